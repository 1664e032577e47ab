/**
 * Locks that are the existence of a file, as Python filelock's {@code SoftFileLock}, {@code MarkerSoftFileLock} and
 * {@code SoftFileLease} keep them: whoever creates the marker has the lock until it deletes it, or until its lease runs out.
 *
 * <p>{@link dev.filelock.protocol.marker.MarkerAttempt} tells an attempt from top to bottom. Its parts are what a marker says
 * ({@link dev.filelock.protocol.marker.Content}), whether its owner is gone ({@link dev.filelock.protocol.marker.Owners}), what
 * follows from that for each backend ({@link dev.filelock.protocol.marker.Contract}), how a stale one is taken away
 * ({@link dev.filelock.protocol.marker.Reclamation}) and how ours is made and kept
 * ({@link dev.filelock.protocol.marker.HeldMarker}, {@link dev.filelock.protocol.marker.HeldLease}).
 */
@NullMarked
package dev.filelock.protocol.marker;

import org.jspecify.annotations.NullMarked;
