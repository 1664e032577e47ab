package dev.filelock.engine;

import java.time.Duration;

/**
 * The end of a wait, on the monotonic clock.
 *
 * @param start when the wait began, by {@link System#nanoTime}
 * @param limit how long it may last in nanoseconds; 0 is one attempt, {@link Long#MAX_VALUE} is for ever
 */
record Deadline(long start, long limit) {
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    static Deadline after(Duration timeout) {
        long limit = timeout.isNegative() || timeout.compareTo(LONGEST) >= 0 ? Long.MAX_VALUE : timeout.toNanos();
        return new Deadline(System.nanoTime(), limit);
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
        return Duration.ofNanos(limit);
    }
}
