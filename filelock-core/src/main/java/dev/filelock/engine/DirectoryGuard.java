package dev.filelock.engine;

import java.nio.file.Path;

/** Looks at the directory of a registry before a lock is taken there. Safe for use by any number of threads. */
@FunctionalInterface
interface DirectoryGuard {
    /**
     * Makes the directory if it is missing.
     *
     * @param file the lock file that is about to be locked
     * @throws dev.filelock.LockDirectoryException if the directory may not or can't be used
     */
    void prepare(Path file);
}
