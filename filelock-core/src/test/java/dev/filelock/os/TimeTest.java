package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimeTest {
    private final Time time = Time.system();

    @Test
    void aPauseIsNotCutShortByAnInterruptAndKeepsIt() {
        long start = time.nanos();
        Thread.currentThread().interrupt();
        time.pause(Duration.ofMillis(30));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(time.nanos() - start).isGreaterThanOrEqualTo(30_000_000);
        time.pause(Duration.ZERO);
        time.pause(Duration.ofMillis(-1));
    }

    @Test
    void theWallClockIsTheSystems() {
        assertThat(Duration.between(Instant.now(), time.now()).abs()).isLessThan(Duration.ofMinutes(1));
    }
}
