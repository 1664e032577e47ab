package dev.filelock.protocol;

import java.nio.file.Path;
import java.time.Duration;

/** Runs something once, after a while. Safe for use by any number of threads. */
@FunctionalInterface
public interface Later {

    /**
     * Never blocks.
     *
     * @param directory where the work does its I/O; one that hangs delays no work in others
     * @param delay from now on, at least
     * @param work short I/O; runs on a daemon thread
     */
    void run(Path directory, Duration delay, Runnable work);
}
