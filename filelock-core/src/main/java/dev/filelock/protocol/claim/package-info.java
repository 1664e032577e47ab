/**
 * Locks that fail closed, as Python filelock's {@code StrictSoftFileLock} keeps them: whoever wants the lock publishes a claim by a
 * hard link, and has it once every look at all claims agreed. Nothing but its owner, or an operator, ever takes a claim away.
 *
 * <p>{@link dev.filelock.protocol.claim.StrictAttempt} tells an attempt from top to bottom. Its parts are where things are
 * ({@link dev.filelock.protocol.claim.Layout}), the sentinel that keeps other locks away
 * ({@link dev.filelock.protocol.claim.Sentinel}), what a claim says ({@link dev.filelock.protocol.claim.ClaimRecord}), how one
 * comes into being whole ({@link dev.filelock.protocol.claim.Publication}), the look at all of them
 * ({@link dev.filelock.protocol.claim.Scan}) and those that are ours ({@link dev.filelock.protocol.claim.OwnClaims}).
 */
@NullMarked
package dev.filelock.protocol.claim;

import org.jspecify.annotations.NullMarked;
