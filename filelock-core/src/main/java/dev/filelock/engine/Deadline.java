package dev.filelock.engine;

import dev.filelock.LockOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The end of a wait, on the monotonic clock.
 *
 * @param start when the wait began, by {@link System#nanoTime}
 * @param limit how long it may last in nanoseconds; 0 is one attempt, {@link Long#MAX_VALUE} is for ever
 */
record Deadline(long start, long limit) {
    /** A negative timeout is for ever, and so is one of more than 292 years. */
    static Deadline after(Duration timeout) {
        return after(timeout.isNegative() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(timeout));
    }

    static Deadline after(long nanos) {
        return new Deadline(System.nanoTime(), nanos);
    }

    boolean allowsOneAttemptOnly() {
        return limit == 0;
    }

    long elapsed() {
        return System.nanoTime() - start;
    }

    /** Nanoseconds left; zero or less once it has passed. */
    long remaining() {
        return limit == Long.MAX_VALUE ? Long.MAX_VALUE : limit - elapsed();
    }

    boolean passed() {
        return remaining() <= 0;
    }

    Duration limitAsDuration() {
        return limit == Long.MAX_VALUE ? LockOptions.FOREVER : Duration.ofNanos(limit);
    }
}
