package dev.filelock.protocol;

import java.time.Duration;

/** Runs something once, after a while. Safe for use by any number of threads. */
@FunctionalInterface
public interface Later {

    /**
     * Never blocks.
     *
     * @param delay from now on, at least
     * @param work short I/O; runs on a daemon thread
     */
    void run(Duration delay, Runnable work);
}
