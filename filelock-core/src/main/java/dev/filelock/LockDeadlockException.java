package dev.filelock;

import java.nio.file.Path;

/** An acquisition would have waited for the very call that asked for it. It failed at once; nothing was acquired. */
public final class LockDeadlockException extends FileLockException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param message what would have waited for what, and what to do about it; names the path
     */
    public LockDeadlockException(Path path, String message) {
        super(path, message);
    }
}
