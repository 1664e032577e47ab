package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pauses grow up to the poll interval, never beyond it, never to nothing, and differ. */
class BackoffTest {
    private static final long BOUND = TimeUnit.MILLISECONDS.toNanos(50);

    @Test
    void pausesDoubleUpToTheBoundWithUpToHalfTakenOffAtRandom() {
        Backoff backoff = new Backoff();
        long expected = TimeUnit.MILLISECONDS.toNanos(1);
        for (int i = 0; i < 100; i++) {
            long longest = Math.min(expected, BOUND);
            assertThat(backoff.nextNanos(BOUND)).isBetween(longest / 2, longest);
            expected = Math.min(expected * 2, BOUND * 2);
        }
    }

    @Test
    void aChangeStartsThemAgain() {
        Backoff backoff = new Backoff();
        for (int i = 0; i < 100; i++) {
            backoff.nextNanos(BOUND);
        }
        backoff.reset();
        assertThat(backoff.nextNanos(BOUND)).isLessThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
    }

    @Test
    void theSmallestAndTheLargestBoundDoNoHarm() {
        Backoff backoff = new Backoff();
        for (int i = 0; i < 200; i++) {
            assertThat(backoff.nextNanos(1)).isEqualTo(1);
        }
        for (int i = 0; i < 200; i++) {
            assertThat(backoff.nextNanos(Long.MAX_VALUE)).isBetween(1L, TimeUnit.HOURS.toNanos(1));
        }
    }

    @Test
    void waitersDontFallIntoStep() {
        Set<Long> pauses = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            pauses.add(new Backoff().nextNanos(BOUND));
        }
        assertThat(pauses).hasSizeGreaterThan(10);
    }
}
