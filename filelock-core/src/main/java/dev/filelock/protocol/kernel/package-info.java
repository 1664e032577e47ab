/**
 * The kernel's own locks: {@code flock(2)} on Unix, a one-byte range lock on Windows and where it was chosen.
 *
 * <p>The protocol of Python's {@code filelock.FileLock} and of {@code flock(1)}, with two differences that its peers can't notice:
 * nothing is ever written to the lock file or truncated, and a locked file must still be the one the path names.
 */
@NullMarked
package dev.filelock.protocol.kernel;

import org.jspecify.annotations.NullMarked;
