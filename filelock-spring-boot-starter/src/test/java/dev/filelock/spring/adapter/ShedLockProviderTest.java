package dev.filelock.spring.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.DefaultLockingTaskExecutor;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What ShedLock demands of a provider, and ShedLock's own executor on it. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ShedLockProviderTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private LockRegistry registry;
    private ShedLockProvider provider;

    @BeforeEach
    void makeProvider() {
        registry = LockRegistry.builder().directory(directory).build();
        provider = new ShedLockProvider(registry);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        provider.destroy();
        registry.close();
    }

    @Test
    void aLockIsHadOnceUntilItIsGivenBack() {
        for (int i = 0; i < 10; i++) {
            SimpleLock lock = lock("job", LONG, Duration.ZERO).orElseThrow();
            assertThat(isLocked("job")).isTrue();
            assertThat(lock("job", LONG, Duration.ZERO))
                    .as("on the same thread")
                    .isEmpty();
            lock.unlock();
            assertThat(isLocked("job")).isFalse();
        }
    }

    @Test
    void locksOfDifferentNamesAreIndependent() {
        SimpleLock first = lock("first", LONG, Duration.ZERO).orElseThrow();
        SimpleLock second = lock("second", LONG, Duration.ZERO).orElseThrow();
        first.unlock();
        assertThat(isLocked("second")).isTrue();
        second.unlock();
    }

    @Test
    void anyThreadGivesBack() throws Exception {
        SimpleLock lock = lock("job", LONG, Duration.ZERO).orElseThrow();
        threads.submit(lock::unlock).get(20, TimeUnit.SECONDS);
        assertThat(isLocked("job")).isFalse();
    }

    @Test
    void lockAtMostForEndsTheHoldAndSaysSo(CapturedOutput output) {
        SimpleLock lock = lock("slow job", Duration.ofMillis(30), Duration.ZERO).orElseThrow();
        await().until(() -> !isLocked("slow job"));
        assertThat(output).contains("lockAtMostFor of 'slow job' has passed while its task still runs");
        SimpleLock successor = lock("slow job", LONG, Duration.ZERO).orElseThrow();
        lock.unlock();
        assertThat(isLocked("slow job")).as("by its successor").isTrue();
        successor.unlock();
    }

    @Test
    void lockAtLeastForKeepsTheLockAfterTheTask() {
        long start = System.nanoTime();
        Duration atLeast = Duration.ofMillis(400);
        lock("job", LONG, atLeast).orElseThrow().unlock();
        await().pollInterval(Duration.ofMillis(5)).until(() -> !isLocked("job"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(atLeast.minusMillis(5));
    }

    @Test
    void anExtendedLockIsKeptBeyondItsFirstEnd(CapturedOutput output) {
        SimpleLock lock = lock("job", Duration.ofSeconds(3), Duration.ZERO).orElseThrow();
        SimpleLock extended = lock.extend(LONG, Duration.ZERO).orElseThrow();
        await().pollDelay(Duration.ofMillis(3200)).until(() -> true);
        assertThat(isLocked("job")).isTrue();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lock.extend(LONG, Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        extended.unlock();
        assertThat(isLocked("job")).isFalse();
        assertThat(output).doesNotContain("lockAtMostFor");
    }

    @Test
    void extendingKeepsAtLeastSoLong() {
        SimpleLock lock = lock("job", LONG, Duration.ZERO).orElseThrow();
        lock.extend(LONG, LONG).orElseThrow().unlock();
        assertThat(isLocked("job")).isTrue();
    }

    @Test
    void whatHasEndedCanNotBeExtended() {
        SimpleLock unlocked = lock("job", LONG, Duration.ZERO).orElseThrow();
        unlocked.unlock();
        assertThatThrownBy(() -> unlocked.extend(LONG, Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        SimpleLock expired = lock("job", Duration.ofMillis(1), Duration.ZERO).orElseThrow();
        await().until(() -> !isLocked("job"));
        assertThat(expired.extend(LONG, Duration.ZERO)).isEmpty();
        assertThat(isLocked("job")).isFalse();
    }

    @Test
    void tasksOfManyThreadsExcludeEachOther() throws Exception {
        int[] counters = new int[2];
        List<Future<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int job = i % 2;
            tasks.add(threads.submit(() -> {
                for (int done = 0; done < 50; ) {
                    Optional<SimpleLock> lock = lock("job " + job, LONG, Duration.ZERO);
                    if (lock.isPresent()) {
                        int seen = counters[job];
                        Thread.yield();
                        counters[job] = seen + 1;
                        lock.get().unlock();
                        done++;
                    }
                }
            }));
        }
        for (Future<?> task : tasks) {
            task.get(50, TimeUnit.SECONDS);
        }
        assertThat(counters).containsExactly(200, 200);
    }

    @Test
    void shedLocksExecutorRunsATaskInOnePlaceOnly() throws Throwable {
        DefaultLockingTaskExecutor executor = new DefaultLockingTaskExecutor(provider);
        LockConfiguration job = new LockConfiguration(ClockProvider.now(), "a/job: nightly", LONG, Duration.ZERO);
        List<String> runs = new ArrayList<>();
        executor.executeWithLock(
                (Runnable) () -> {
                    runs.add("outer");
                    DefaultLockingTaskExecutor elsewhere = new DefaultLockingTaskExecutor(new ShedLockProvider(
                            LockRegistry.builder().directory(directory).build()));
                    Thread other = new Thread(() -> elsewhere.executeWithLock((Runnable) () -> runs.add("other"), job));
                    other.start();
                    try {
                        other.join();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                job);
        executor.executeWithLock((Runnable) () -> runs.add("again"), job);
        assertThat(runs).containsExactly("outer", "again");
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void whoAsksAfterTheEndGetsNoLockAndLeavesNoneBehind() {
        provider.destroy();
        assertThatThrownBy(() -> lock("job", LONG, Duration.ZERO))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("destroyed");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void stoppingGivesBackWhatIsOnlyKept() {
        SimpleLock working = lock("working", LONG, LONG).orElseThrow();
        lock("kept", LONG, LONG).orElseThrow().unlock();
        provider.stop();
        assertThat(isLocked("kept")).isFalse();
        assertThat(isLocked("working")).isTrue();
        working.unlock();
        assertThat(isLocked("working")).as("kept no longer once stopped").isFalse();
    }

    private Optional<SimpleLock> lock(String name, Duration atMost, Duration atLeast) {
        return provider.lock(new LockConfiguration(ClockProvider.now(), name, atMost, atLeast));
    }

    private boolean isLocked(String name) {
        Optional<SimpleLock> lock = lock(name, LONG, Duration.ZERO);
        lock.ifPresent(SimpleLock::unlock);
        return lock.isEmpty();
    }
}
