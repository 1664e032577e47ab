package dev.filelock;

import java.util.Optional;

/** What the body of a locked call can ask. */
public final class FileLocks {
    private FileLocks() {}

    /**
     * The innermost hold under which the calling code runs: the one of the nearest {@link FileLock#execute} or
     * {@link HeldLock#call} on this thread, or of the {@link LockContext} that it has entered.
     *
     * @return the hold
     * @throws IllegalStateException if the calling code runs under none
     */
    public static HeldLock current() {
        return find().orElseThrow(() -> new IllegalStateException("no file lock is held by the running call: "
                + "FileLocks.current() works inside FileLock.execute, HeldLock.call and methods annotated with "
                + "@FileLocked that are called through their Spring proxy"));
    }

    /**
     * Like {@link #current()}, for code that may also run under no lock.
     *
     * @return the hold, or empty
     */
    public static Optional<HeldLock> find() {
        return LockContext.current().innermost();
    }
}
