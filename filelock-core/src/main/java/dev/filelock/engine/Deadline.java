package dev.filelock.engine;

import dev.filelock.LockOptions;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/**
 * The end of a wait, on the monotonic clock.
 *
 * @param start when the wait began, by {@link System#nanoTime}
 * @param limit how long it may last in nanoseconds; 0 is one attempt, {@link Long#MAX_VALUE} is for ever
 */
record Deadline(long start, long limit) {
    /** By which of two waits ends first; those without an end are last, and alike. */
    static final Comparator<Deadline> BY_END = Comparator.comparing(Deadline::isEndless)
            .thenComparing((one, other) ->
                    one.isEndless() ? 0 : Long.signum(one.limit - other.limit + (one.start - other.start)));

    /** A negative timeout is for ever, and so is one of more than 292 years. */
    static Deadline after(Duration timeout) {
        return after(timeout.isNegative() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(timeout));
    }

    static Deadline after(long nanos) {
        return new Deadline(System.nanoTime(), nanos);
    }

    boolean isEndless() {
        return limit == Long.MAX_VALUE;
    }

    boolean allowsOneAttemptOnly() {
        return limit == 0;
    }

    long elapsed() {
        return System.nanoTime() - start;
    }

    /** Nanoseconds left; zero or less once it has passed. */
    long remaining() {
        return isEndless() ? Long.MAX_VALUE : limit - elapsed();
    }

    boolean passed() {
        return remaining() <= 0;
    }

    Duration limitAsDuration() {
        return isEndless() ? LockOptions.FOREVER : Duration.ofNanos(limit);
    }
}
