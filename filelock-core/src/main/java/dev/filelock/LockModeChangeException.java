package dev.filelock;

import java.nio.file.Path;

/** A thread, or a call under a hold, that has a file in one mode asked for another: there is neither upgrade nor downgrade. */
public final class LockModeChangeException extends FileLockException {
    private static final long serialVersionUID = 1L;

    private final LockMode held;
    private final LockMode requested;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param held the mode in which it is held
     * @param requested the mode that was asked for
     */
    public LockModeChangeException(Path path, LockMode held, LockMode requested) {
        this(path, held, requested, "release it before you ask for another mode");
    }

    /**
     * Makes an exception that says what to do.
     *
     * @param path the lock file
     * @param held the mode in which it is held
     * @param requested the mode that was asked for
     * @param advice what to do instead
     */
    public LockModeChangeException(Path path, LockMode held, LockMode requested, String advice) {
        super(
                path,
                path + " is held by the caller in mode " + held + ", so it can't be acquired in mode " + requested
                        + ": " + advice);
        this.held = held;
        this.requested = requested;
    }

    /**
     * The mode in which the lock is held.
     *
     * @return never null
     */
    public LockMode held() {
        return held;
    }

    /**
     * The mode that was asked for.
     *
     * @return never null
     */
    public LockMode requested() {
        return requested;
    }
}
