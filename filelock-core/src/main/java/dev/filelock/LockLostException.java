package dev.filelock;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A hold ended behind its holder's back: the lock file was deleted or replaced, or the hold was lost to a peer. */
public final class LockLostException extends FileLockException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     */
    public LockLostException(Path path, String message) {
        this(path, message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     * @param cause why, or null
     */
    public LockLostException(Path path, String message, @Nullable Throwable cause) {
        super(path, message, cause);
    }
}
