/**
 * Locks on files that exclude other processes: everything a user of the library imports.
 *
 * <p>Start with {@link dev.filelock.FileLock#of(java.nio.file.Path)} for one lock, with
 * {@link dev.filelock.LockRegistry} for many named locks in one directory, and with
 * {@link dev.filelock.ReadWriteFileLock} where many read and few write.
 */
@NullMarked
package dev.filelock;

import org.jspecify.annotations.NullMarked;
