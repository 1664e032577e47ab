package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GrowingIntervalTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** At which seconds somebody speaks who is asked ten times a second. */
    private static List<Double> turns(Duration first, Duration longest, int seconds) {
        GrowingInterval interval = new GrowingInterval(first, longest);
        List<Double> turns = new ArrayList<>();
        for (int tenths = 0; tenths < 10 * seconds; tenths++) {
            long elapsed = TimeUnit.MILLISECONDS.toNanos(100L * tenths);
            if (interval.isDue(elapsed)) {
                interval.next(elapsed);
                turns.add(tenths / 10.0);
            }
        }
        return turns;
    }

    @Test
    void itDoublesUpToTheLongest() {
        assertThat(turns(Duration.ofSeconds(1), MINUTE, 260))
                .containsExactly(1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0, 243.0);
    }

    @Test
    void aFirstOneThatIsShortIsNotRepeatedWithinTheSecond() {
        assertThat(turns(Duration.ZERO, MINUTE, 8)).containsExactly(0.0, 1.0, 3.0, 7.0);
        assertThat(turns(Duration.ofMillis(100), MINUTE, 8)).containsExactly(0.1, 1.1, 3.1, 7.1);
    }

    @Test
    void aFirstOneThatIsLongerThanTheLongestIsKept() {
        assertThat(turns(Duration.ofSeconds(100), MINUTE, 301)).containsExactly(100.0, 200.0, 300.0);
    }

    @Test
    void neverIsNever() {
        assertThat(turns(LockOptions.FOREVER, MINUTE, 300)).isEmpty();
        assertThat(turns(Duration.ofSeconds(Long.MAX_VALUE), MINUTE, 300)).isEmpty();
        assertThat(new GrowingInterval(LockOptions.FOREVER, MINUTE).untilDue(Long.MAX_VALUE))
                .isEqualTo(Long.MAX_VALUE);
    }
}
