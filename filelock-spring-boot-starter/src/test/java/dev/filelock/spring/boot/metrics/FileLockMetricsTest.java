package dev.filelock.spring.boot.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.os.Processes;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the meters show of real locks. */
@Timeout(60)
class FileLockMetricsTest {
    @TempDir
    Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final FileLockMetrics metrics = new FileLockMetrics(meters, () -> Stream.of(this.registry));
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private LockRegistry registry;

    @BeforeEach
    void makeRegistry() {
        registry = LockRegistry.builder()
                .directory(directory)
                .directory("shared", directory.resolve("shared"), LockOptions.defaults())
                .listener(metrics)
                .build();
    }

    @AfterEach
    void stop() {
        registry.close();
        threads.shutdownNow();
    }

    @Test
    void anAcquisitionIsTimedAndSoIsItsHold() throws Exception {
        try (HeldLock held = registry.lock("report").labelled("Reports.write").acquire()) {
            assertThat(held("Reports.write")).isEqualTo(1);
            assertThat(find("filelock.hold").timer()).isNull();
        }
        assertThat(held("Reports.write")).isZero();
        assertThat(acquisitions("acquired")).isEqualTo(1);
        assertThat(find("filelock.hold").timer().count()).isEqualTo(1);
        assertThat(find("filelock.lost").counter().count()).isZero();
    }

    @Test
    void everyMeterHasTheFourTags() throws Exception {
        registry.directory("shared")
                .readWriteLock("prices")
                .readLock()
                .labelled("Prices.read")
                .acquire()
                .close();
        assertThat(meters.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactlyInAnyOrder(
                        "filelock.acquire",
                        "filelock.hold",
                        "filelock.held",
                        "filelock.waiting",
                        "filelock.lost",
                        "filelock.reclaimed");
        assertThat(meters.getMeters()).allSatisfy(meter -> {
            assertThat(meter.getId().getTag("label")).isEqualTo("Prices.read");
            assertThat(meter.getId().getTag("directory")).isEqualTo("shared");
            assertThat(meter.getId().getTag("mode")).isEqualTo("read");
            assertThat(meter.getId().getTag("backend")).isEqualTo("sqlite");
            assertThat(meter.getId().getTags()).hasSize(meter.getId().getName().equals("filelock.acquire") ? 5 : 4);
            assertThat(meter.getId().getDescription()).isNotBlank();
        });
    }

    @Test
    void whoWaitsIsCountedWhileWaitingAndHowItEndedAfterwards() throws Exception {
        FileLock lock = registry.lock("busy").labelled("busy");
        HeldLock held = registry.lock("busy").acquire();
        threads.submit(() -> lock.tryAcquire()).get(20, TimeUnit.SECONDS);
        threads.submit(() -> assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(5)))
                        .isInstanceOf(FileLockTimeoutException.class))
                .get(20, TimeUnit.SECONDS);
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<?> waiter = threads.submit(() -> {
            try {
                lock.acquire();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        await().until(() -> waiting("busy") == 1);
        waiter.cancel(true);
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> waiting("busy") == 0);
        Future<?> successor = threads.submit(() -> lock.execute(() -> null));
        await().until(() -> waiting("busy") == 1);
        held.close();
        successor.get(20, TimeUnit.SECONDS);
        assertThat(waiting("busy")).isZero();
        await().until(() -> acquisitions("cancelled") == 1);
        assertThat(acquisitions("skipped")).isEqualTo(1);
        assertThat(acquisitions("timeout")).isEqualTo(1);
        assertThat(meters.find("filelock.acquire")
                        .tags("label", "busy", "outcome", "acquired")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void cancellingAFutureCancels() throws Exception {
        FileLock lock = registry.lock("busy");
        try (HeldLock held = lock.acquire()) {
            CompletableFuture<HeldLock> waiter = lock.acquireAsync();
            await().until(() -> waiting(Series.NO_LABEL) == 1);
            waiter.cancel(false);
            await().until(() -> waiting(Series.NO_LABEL) == 0 && acquisitions("cancelled") == 1);
        }
    }

    @Test
    void closingTheRegistryCancels() throws Exception {
        FileLock lock = registry.lock("busy");
        HeldLock held = lock.acquire();
        threads.submit(() -> lock.acquire());
        await().until(() -> waiting(Series.NO_LABEL) == 1);
        registry.close();
        await().until(() -> waiting(Series.NO_LABEL) == 0 && acquisitions("cancelled") == 1);
        assertThat(held(Series.NO_LABEL)).as("holds stay").isEqualTo(1);
        held.close();
        assertThat(held(Series.NO_LABEL)).isZero();
    }

    @Test
    void aFailureIsCountedAsOne() throws Exception {
        Files.createSymbolicLink(directory.resolve("link.lock"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> registry.lock("link").acquire()).isInstanceOf(FileLockException.class);
        assertThat(acquisitions("failed")).isEqualTo(1);
    }

    @Test
    void aLossIsCounted() {
        HeldLockInfo lock = new HeldLockInfo(
                directory.resolve("x.lock"),
                null,
                LockMode.EXCLUSIVE,
                LockBackend.SOFT,
                false,
                "Jobs.run",
                null,
                Instant.now(),
                1,
                OptionalLong.empty());
        metrics.acquired(lock, Duration.ZERO);
        metrics.lost(lock, new LockLostException(lock.path(), LockLostException.Reason.OWNER_CHANGED, "taken over"));
        assertThat(find("filelock.lost").tag("backend", "soft").counter().count())
                .isEqualTo(1);
    }

    @Test
    void aReclaimedMarkerIsCounted() throws Exception {
        LockRegistry soft = LockRegistry.builder()
                .directory(directory)
                .options(LockOptions.builder().backend(LockBackend.SOFT).build())
                .listener(metrics)
                .build();
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Files.writeString(
                directory.resolve("x.lock"),
                ended.pid() + "\n" + Processes.system().hostField() + "\n");
        soft.lock("x").acquire(Duration.ofSeconds(20)).close();
        assertThat(find("filelock.reclaimed").tag("backend", "soft").counter().count())
                .isEqualTo(1);
    }

    @Test
    void thousandsOfNamesUnderOneLabelHaveAsManyMetersAsOne() throws Exception {
        registry.lock("ledger/0").labelled("Ledger.append").acquire().close();
        int one = meters.getMeters().size();
        for (int i = 1; i < 3000; i++) {
            registry.lock("ledger/" + i).labelled("Ledger.append").acquire().close();
        }
        assertThat(meters.getMeters()).hasSize(one);
        assertThat(meters.getMeters().stream().map(Meter::getId).map(Object::toString))
                .noneMatch(id -> id.contains(directory.toString()) || id.contains("ledger/"));
    }

    @Test
    void labelsMadeFromDataDoNotMakeMetersWithoutEnd() throws Exception {
        FileLock lock = registry.lock("ledger");
        for (int i = 0; i < FileLockMetrics.MAX_LABELS; i++) {
            lock.labelled("customer " + i).acquire().close();
        }
        lock.labelled("one more").acquire().close();
        int meterCount = meters.getMeters().size();
        for (int i = 0; i < 2000; i++) {
            lock.labelled("another " + i).acquire().close();
        }
        assertThat(meters.getMeters()).hasSize(meterCount);
        assertThat(find("filelock.hold")
                        .tag("label", FileLockMetrics.OTHER)
                        .timer()
                        .count())
                .isEqualTo(2001);
        try (HeldLock held = lock.labelled("customer 0").acquire()) {
            assertThat(held("customer 0")).isEqualTo(1);
        }
        try (HeldLock held = lock.labelled("another 0").acquire()) {
            assertThat(held(FileLockMetrics.OTHER)).isEqualTo(1);
        }
    }

    private Search find(String name) {
        return meters.find(name);
    }

    private double held(String label) {
        return find("filelock.held").tag("label", label).gauge().value();
    }

    private double waiting(String label) {
        var gauge = find("filelock.waiting").tag("label", label).gauge();
        return gauge == null ? 0 : gauge.value();
    }

    private long acquisitions(String outcome) {
        var timer = find("filelock.acquire").tag("outcome", outcome).timer();
        return timer == null ? 0 : timer.count();
    }
}
