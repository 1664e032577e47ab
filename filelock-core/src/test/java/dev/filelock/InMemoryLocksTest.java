package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks in memory behave as those on disk do, and leave nothing there. */
@Timeout(60)
class InMemoryLocksTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final InMemoryLocks locks =
            LockRegistry.builder().timeout(Duration.ofMinutes(1)).inMemory();
    private final LockRegistry registry = locks.registry();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private <T> T elsewhere(Callable<T> work) throws Exception {
        return threads.submit(work).get(30, TimeUnit.SECONDS);
    }

    @Test
    void aHolderElsewhereDoesNotLetGo() throws Exception {
        try (HeldLock other = locks.holdElsewhere("report")) {
            assertThat(registry.lock("report").tryAcquire()).isEmpty();
            assertThatThrownBy(() -> registry.lock("report").acquire(Duration.ofMillis(50)))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("report.lock not acquired in 50 ms: held by")
                    .hasMessageContaining("in memory, by another registry of the same InMemoryLocks");
            assertThat(registry.heldLocks()).isEmpty();
        }
        try (HeldLock held = registry.lock("report").acquire(Duration.ZERO)) {
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void whoWaitsForItGetsItOnceItLetsGo() throws Exception {
        HeldLock other = locks.holdElsewhere("report");
        Future<HeldLock> waiting = threads.submit(() -> registry.lock("report").acquire());
        await().until(() -> registry.waitingLocks().size() == 1);
        other.close();
        waiting.get(30, TimeUnit.SECONDS).close();
    }

    @Test
    void whatIsHeldHereCanNotBeHeldElsewhere() throws Exception {
        try (HeldLock held = registry.lock("report").acquire()) {
            assertThatThrownBy(() -> locks.holdElsewhere("report"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'report' is not free");
        }
        try (HeldLock other = locks.holdElsewhere("report")) {
            assertThatThrownBy(() -> locks.holdElsewhere("report")).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void threadsExcludeEachOtherAndAThreadReenters() throws Exception {
        try (HeldLock held = registry.lock("a/b").acquire();
                HeldLock again = registry.lock("a/b").acquire(Duration.ZERO)) {
            assertThat(again.info().holdCount()).isEqualTo(2);
            assertThat(elsewhere(() -> registry.lock("a/b").tryAcquire())).isEmpty();
            assertThat(elsewhere(() -> registry.lock("a/c").tryAcquire())).isPresent();
        }
        assertThat(elsewhere(() -> registry.lock("a/b").tryAcquire())).isPresent();
    }

    @Test
    void readersShareAndWritersDoNot() throws Exception {
        try (HeldLock other = locks.holdElsewhere("catalog", LockMode.READ)) {
            try (HeldLock reader = registry.readWriteLock("catalog").readLock().acquire(Duration.ZERO)) {
                assertThat(reader.mode()).isEqualTo(LockMode.READ);
                assertThatThrownBy(() ->
                                registry.readWriteLock("catalog").writeLock().acquire(Duration.ZERO))
                        .isInstanceOf(LockModeChangeException.class);
            }
            assertThat(registry.readWriteLock("catalog").writeLock().tryAcquire())
                    .isEmpty();
        }
        try (HeldLock other = locks.holdElsewhere("catalog", LockMode.WRITE)) {
            assertThat(registry.readWriteLock("catalog").readLock().tryAcquire())
                    .isEmpty();
        }
        assertThatThrownBy(() -> registry.lock("catalog")).hasMessageContaining("use mode WRITE");
    }

    @Test
    void processesExcludeEachOtherOnOneThread() throws Exception {
        LockRegistry first = locks.otherProcess();
        LockRegistry second = locks.otherProcess();
        try (HeldLock held = first.lock("x").acquire()) {
            assertThat(second.lock("x").tryAcquire()).isEmpty();
            assertThat(registry.lock("x").tryAcquire()).isEmpty();
        }
        assertThat(second.lock("x").tryAcquire()).isPresent();
    }

    @Test
    void manyThreadsOfSeveralProcessesLoseNothing() throws Exception {
        List<LockRegistry> processes = List.of(registry, locks.otherProcess(), locks.otherProcess());
        int[] counter = {0};
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            FileLock lock = processes.get(i % 3).lock("counter");
            workers.add(threads.submit(() -> {
                for (int n = 0; n < 50; n++) {
                    try (HeldLock held = lock.acquire()) {
                        int seen = counter[0];
                        Thread.yield();
                        counter[0] = seen + 1;
                    }
                }
                return null;
            }));
        }
        for (Future<?> worker : workers) {
            worker.get(60, TimeUnit.SECONDS);
        }
        assertThat(counter[0]).isEqualTo(300);
    }

    @Test
    void directoriesAndBackendsAreMereNames() throws Exception {
        InMemoryLocks configured = LockRegistry.builder()
                .directory(directory.resolve("main"))
                .options(LockOptions.builder().backend(LockBackend.SOFT).build())
                .directory("shared", directory.resolve("shared"), LockOptions.defaults())
                .inMemory();
        LockRegistry app = configured.registry();
        try (HeldLock soft = app.lock("x").acquire();
                HeldLock shared =
                        app.directory("shared").readWriteLock("x").writeLock().acquire();
                HeldLock other = configured.holdElsewhere("shared", "y", LockMode.EXCLUSIVE)) {
            assertThat(soft.path()).isEqualTo(directory.resolve("main/x.lock"));
            assertThat(soft.info().backend()).isEqualTo(LockBackend.SOFT);
            assertThat(shared.path()).isEqualTo(directory.resolve("shared/x.db"));
            assertThat(app.heldLocks()).hasSize(2);
            assertThat(app.directory("shared").lock("y").tryAcquire()).isEmpty();
            assertThat(app.lock("y").tryAcquire()).isPresent();
        }
        assertThat(app.prune(Duration.ZERO)).isEmpty();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void nothingOnDiskIsExcluded() throws IOException, InterruptedException {
        InMemoryLocks here = LockRegistry.builder().directory(directory).inMemory();
        try (HeldLock held = here.registry().lock("x").acquire();
                HeldLock real = FileLock.of(directory.resolve("x.lock")).acquire(Duration.ZERO);
                HeldLock unrelated = locks.registry().lock("x").acquire(Duration.ZERO)) {
            assertThat(real.isValid()).isTrue();
        }
    }

    @Test
    void onlyTheCodeUnderTestTellsTheListeners() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        LockListener listener = new LockListener() {
            @Override
            public void acquired(HeldLockInfo lock, Duration waited) {
                told.add(lock.path().getFileName().toString());
            }
        };
        InMemoryLocks heard = LockRegistry.builder().listener(listener).inMemory();
        heard.holdElsewhere("theirs").close();
        heard.registry().lock("ours").acquire().close();
        assertThat(told).containsExactly("ours.lock");
    }

    @Test
    void theBodyKnowsItsHold() throws Exception {
        registry.lock("x").execute(() -> {
            assertThat(FileLocks.current().path()).endsWithRaw(Path.of("x.lock"));
            FileLocks.current().ensureValid();
            return null;
        });
    }
}
