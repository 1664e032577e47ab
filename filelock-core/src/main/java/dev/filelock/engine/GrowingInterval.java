package dev.filelock.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When something that lasts is told of again: after a while, then less and less often. Not safe for use by several threads. */
final class GrowingInterval {
    private static final long SHORTEST_AGAIN = TimeUnit.SECONDS.toNanos(1);

    private final long longest;
    private long interval;
    private long due;

    /**
     * @param first after how long it is told of first; negative: never
     * @param longest how far the interval grows, unless the first one is longer
     */
    GrowingInterval(Duration first, Duration longest) {
        this.interval = first.isNegative() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(first);
        this.due = interval;
        this.longest = Math.max(interval, TimeUnit.NANOSECONDS.convert(longest));
    }

    /** The one that ends when it is due. */
    long nanos() {
        return interval;
    }

    /** Nanoseconds until it is due; zero or less if it is; {@link Long#MAX_VALUE} for never. */
    long untilDue(long elapsed) {
        return due == Long.MAX_VALUE ? Long.MAX_VALUE : due - elapsed;
    }

    boolean isDue(long elapsed) {
        return untilDue(elapsed) <= 0;
    }

    /** Begins the next interval, twice as long. */
    void next(long elapsed) {
        interval = interval > longest / 2 ? longest : Math.max(2 * interval, SHORTEST_AGAIN);
        due = elapsed + interval;
    }
}
