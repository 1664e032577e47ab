/**
 * Locks that are the existence of a file, as Python filelock's {@code SoftFileLock} keeps them: whoever creates the marker has
 * the lock until it deletes it.
 *
 * <p>{@link dev.filelock.protocol.marker.SoftLockFile} tells an attempt from top to bottom. Its parts are what a marker says
 * ({@link dev.filelock.protocol.marker.Content}), whether its owner is gone ({@link dev.filelock.protocol.marker.Owners}), how a
 * stale one is taken away ({@link dev.filelock.protocol.marker.Reclamation}) and how ours is made and kept
 * ({@link dev.filelock.protocol.marker.HeldMarker}).
 */
@NullMarked
package dev.filelock.protocol.marker;

import org.jspecify.annotations.NullMarked;
