package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.ReadWriteFileLock;
import java.nio.file.Path;

/**
 * The two views of one file.
 *
 * @param path the lock file
 * @param readLock its readers' view
 * @param writeLock its writers' view
 */
record EngineReadWriteLock(Path path, FileLock readLock, FileLock writeLock) implements ReadWriteFileLock {}
