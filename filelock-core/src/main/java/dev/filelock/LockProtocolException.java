package dev.filelock;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is on disk can't be taken for a lock of this backend, or a lock can't be kept there. Nothing was changed on disk. */
public final class LockProtocolException extends FileLockException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     */
    public LockProtocolException(Path path, String message) {
        this(path, message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     * @param cause why, or null
     */
    public LockProtocolException(Path path, String message, @Nullable Throwable cause) {
        super(path, message, cause);
    }
}
