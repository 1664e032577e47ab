package dev.filelock;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A lock could not be acquired, kept or released for a reason that its message tells. The parent of all such failures. */
public class FileLockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     */
    public FileLockException(Path path, String message) {
        this(path, message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param path the lock file
     * @param message what happened and what to do about it; names the path
     * @param cause why, or null
     */
    public FileLockException(Path path, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.path = path.toString();
    }

    /**
     * The lock file.
     *
     * @return its path
     */
    public Path path() {
        return Path.of(path);
    }
}
