/**
 * Read-write locks for shared file systems, as Python filelock 4's {@code SoftReadWriteLock} keeps them: a log of immutable
 * snapshots, each naming who is inside, and one record per participant that it rewrites to show that it lives.
 *
 * <p>{@link dev.filelock.protocol.generation.Participant} tells an attempt from top to bottom. Its parts are what a snapshot says
 * ({@link dev.filelock.protocol.generation.Snapshot}), which one is the newest and how the next one is agreed on
 * ({@link dev.filelock.protocol.generation.GenerationLog}), how a participant shows itself and leaves
 * ({@link dev.filelock.protocol.generation.Membership}), how others are found to be gone
 * ({@link dev.filelock.protocol.generation.Observations}) and how a hold is kept
 * ({@link dev.filelock.protocol.generation.GenerationGrant}).
 */
@NullMarked
package dev.filelock.protocol.generation;

import org.jspecify.annotations.NullMarked;
