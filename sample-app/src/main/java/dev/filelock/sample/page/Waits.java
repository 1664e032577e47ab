package dev.filelock.sample.page;

import dev.filelock.sample.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long turns waited for the lock.
 *
 * @param medianMillis null if no turn is known to have waited
 * @param worstMillis null likewise
 */
record Waits(@Nullable Long medianMillis, @Nullable Long worstMillis) {
    /** Turns that don't say when they asked are left out. */
    static Waits of(Collection<Turn> turns) {
        long[] sorted = turns.stream()
                .filter(turn -> turn.asked() != null)
                .mapToLong(Waits::millis)
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return new Waits(null, null);
        }
        int middle = sorted.length / 2;
        long median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Waits(median, sorted[sorted.length - 1]);
    }

    /** Zero where the clock was set back meanwhile. */
    private static long millis(Turn turn) {
        Instant asked = turn.asked() == null ? turn.start() : turn.asked();
        return Math.max(0, TimeUnit.MILLISECONDS.convert(Duration.between(asked, turn.start())));
    }
}
