package dev.filelock;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The wait for a lock was interrupted, where the signature allows no InterruptedException. The interrupt flag is set. */
public final class LockInterruptedException extends FileLockException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     */
    public LockInterruptedException(Path path, String message) {
        this(path, message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     * @param cause why, or null
     */
    public LockInterruptedException(Path path, String message, @Nullable Throwable cause) {
        super(path, message, cause);
    }
}
