package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.protocol.Heartbeats.Heartbeat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DirectoryHeartbeatsTest {
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final Path HERE = Path.of("here");
    private static final Path THERE = Path.of("there");

    private final DirectoryHeartbeats heartbeats = new DirectoryHeartbeats(new Workers());

    @Test
    void beatsUntilStopped() {
        AtomicInteger beats = new AtomicInteger();
        Heartbeat heartbeat = heartbeats.start(HERE, SHORT, beats::incrementAndGet);
        await().until(() -> beats.get() >= 3);

        heartbeat.stop();
        heartbeat.stop();

        AtomicInteger others = new AtomicInteger();
        Heartbeat other = heartbeats.start(HERE, SHORT, others::incrementAndGet);
        await().until(() -> others.get() >= 1); // one that had begun has ended, as it would have come first
        int atMost = beats.get();
        await().until(() -> others.get() >= 10);
        other.stop();
        assertThat(beats).hasValue(atMost);
    }

    @Test
    void goesOnAfterABeatThatThrew() {
        AtomicInteger beats = new AtomicInteger();
        Heartbeat heartbeat = heartbeats.start(HERE, SHORT, () -> {
            if (beats.incrementAndGet() == 1) {
                throw new IllegalStateException("expected by the test");
            }
        });
        await().until(() -> beats.get() >= 3);
        heartbeat.stop();
    }

    /** As where the logger is that of an application which a container has dropped. */
    @Test
    void goesOnThoughTheLoggerCantSayWhatABeatThrew() {
        AtomicInteger beats = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        Heartbeat heartbeat = heartbeats.start(HERE, SHORT, () -> {
            beats.incrementAndGet();
            throw new Unspeakable();
        });
        Heartbeat other = heartbeats.start(HERE, SHORT, others::incrementAndGet);
        await().until(() -> beats.get() >= 3 && others.get() >= 3);
        heartbeat.stop();
        other.stop();
    }

    @Test
    void letsADirectoryThatHangsDelayNoOther() throws InterruptedException {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger behind = new AtomicInteger();
        AtomicInteger elsewhere = new AtomicInteger();
        Heartbeat hanging = heartbeats.start(HERE, SHORT, () -> {
            hangs.countDown();
            awaitUninterruptibly(release);
        });
        assertThat(hangs.await(10, TimeUnit.SECONDS)).isTrue();
        // More of them than the pool has threads: all in the one lane, none of them may take a thread of its own.
        Heartbeat[] queued = new Heartbeat[20];
        for (int i = 0; i < queued.length; i++) {
            queued[i] = heartbeats.start(HERE, SHORT, behind::incrementAndGet);
        }
        Heartbeat other = heartbeats.start(THERE, SHORT, elsewhere::incrementAndGet);

        await().until(() -> elsewhere.get() >= 5);

        assertThat(behind).as("beats behind the one that hangs").hasValue(0);
        hanging.stop();
        release.countDown();
        await().until(() -> behind.get() >= queued.length);
        other.stop();
        for (Heartbeat each : queued) {
            each.stop();
        }
    }

    @Test
    void mayBeStoppedFromWithinItsBeat() {
        AtomicInteger beats = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        Heartbeat[] self = new Heartbeat[1];
        CountDownLatch known = new CountDownLatch(1);
        self[0] = heartbeats.start(HERE, SHORT, () -> {
            awaitUninterruptibly(known);
            beats.incrementAndGet();
            self[0].stop();
        });
        known.countDown();
        Heartbeat other = heartbeats.start(HERE, SHORT, others::incrementAndGet);
        await().until(() -> others.get() >= 10);
        other.stop();
        assertThat(beats).hasValue(1);
    }

    @Test
    void refusesAnIntervalOfNothing() {
        assertThatThrownBy(() -> heartbeats.start(HERE, Duration.ZERO, () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
