package dev.filelock.os;

import java.time.Duration;
import java.time.Instant;

/** The clocks, and the pauses that belong to one step on disk. Safe for use by any number of threads. */
public interface Time {

    /** The time of this system. */
    static Time system() {
        return SystemTime.INSTANCE;
    }

    /** By the wall clock; to be compared with the time stamps of files only. */
    Instant now();

    /** Nanoseconds by the monotonic clock, from an arbitrary origin. */
    long nanos();

    /** Waits. An interrupt does not cut it short and is kept. */
    void pause(Duration time);
}
