package dev.filelock.engine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Through whom a lock was had. Compared by identity. */
interface Scope {
    /** Locks that belong to no registry. */
    Scope NONE = new Scope() {};

    /**
     * Called before each acquisition.
     *
     * @throws IllegalStateException if there may be no more
     * @throws dev.filelock.FileLockException if the lock's directory may not be used
     */
    default void beforeAcquire(Path path) {}

    /**
     * Called again when the acquisition is about to join the queue, under the file's mutex.
     *
     * @throws IllegalStateException if there may be no more
     */
    default void requireOpen() {}

    /** The name of the directory whose locks these are, if it has one. */
    default @Nullable String directoryName() {
        return null;
    }
}
