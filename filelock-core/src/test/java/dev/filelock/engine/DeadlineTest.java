package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timeouts mean what the design says at their edges: negative, zero, and more than the clock can count. */
class DeadlineTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"PT-0.000000001S", "PT-1S", "PT-9223372036854775808S", "PT9223372036854775807S", "P110000D"})
    void negativeAndUncountableTimeoutsNeverPass(Duration timeout) {
        Deadline deadline = Deadline.after(timeout);
        assertThat(deadline.passed()).isFalse();
        assertThat(deadline.remaining()).isEqualTo(Long.MAX_VALUE);
        assertThat(deadline.allowsOneAttemptOnly()).isFalse();
    }

    @Test
    void zeroIsOneAttempt() {
        Deadline deadline = Deadline.after(Duration.ZERO);
        assertThat(deadline.allowsOneAttemptOnly()).isTrue();
        assertThat(deadline.passed()).isTrue();
        assertThat(deadline.limitAsDuration()).isZero();
    }

    @Test
    void aPositiveTimeoutCountsDown() {
        Deadline fresh = Deadline.after(Duration.ofHours(1));
        assertThat(fresh.remaining()).isBetween(1L, TimeUnit.HOURS.toNanos(1));
        assertThat(fresh.passed()).isFalse();
        assertThat(fresh.allowsOneAttemptOnly()).isFalse();
        Deadline old = new Deadline(System.nanoTime() - TimeUnit.HOURS.toNanos(2), TimeUnit.HOURS.toNanos(1));
        assertThat(old.passed()).isTrue();
        assertThat(old.remaining()).isNegative();
        assertThat(old.elapsed()).isGreaterThanOrEqualTo(TimeUnit.HOURS.toNanos(2));
    }

    @Test
    void aClockThatWrapsAroundDoesNotMatter() {
        Deadline deadline = new Deadline(System.nanoTime() - 1, Long.MAX_VALUE - 1);
        assertThat(deadline.passed()).isFalse();
        assertThat(deadline.remaining()).isPositive();
    }
}
