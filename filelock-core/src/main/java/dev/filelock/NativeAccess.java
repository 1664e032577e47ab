package dev.filelock;

/** What {@link LockBackend#NATIVE} does for its kernel lock on Unix. Windows has only one kernel lock; there it changes nothing. */
public enum NativeAccess {
    /**
     * Calls {@code flock(2)}, as Python's filelock and {@code flock(1)} do; where the native call can't be made, every
     * acquisition fails with a message that says how to mend it. The default.
     */
    REQUIRE,

    /**
     * Locks the first byte of the file through {@link java.nio.channels.FileChannel}, an {@code fcntl} lock on Unix.
     *
     * <p>Needs no native access, but excludes neither Python's filelock nor {@code flock(1)} nor a peer that uses
     * {@link #REQUIRE}: every process that shares the path must be configured with it. Whatever else in this process opens
     * and closes the lock file drops the lock.
     */
    RANGE_LOCK
}
