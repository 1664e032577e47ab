package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.OpenDescriptors;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What every lock that lets one holder in promises, whatever its backend; in threads and in processes. */
@Timeout(120)
abstract class LockContract {
    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration FOR_EVER = Duration.ofMillis(-1);
    private static final Duration SHORT = Duration.ofMillis(100);

    @TempDir
    Path directory;

    private final LockKind kind;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    Path path = Path.of("unset");
    FileLock lock = FileLock.of(Path.of("unset.lock"));

    LockContract(LockKind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void makeLock() {
        path = directory.resolve("x" + kind.suffix);
        lock = kind.lock(path);
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private <T> T elsewhere(java.util.concurrent.Callable<T> work) throws Exception {
        return threads.submit(work).get(60, TimeUnit.SECONDS);
    }

    private boolean isFreeForOthers() throws Exception {
        Optional<HeldLock> held = elsewhere(() -> kind.lock(path).tryAcquire());
        held.ifPresent(HeldLock::close);
        return held.isPresent();
    }

    @Test
    void whoHoldsItKeepsOtherThreadsOutThroughTheSameObjectAndThroughAnother() throws Exception {
        HeldLock held = lock.acquire();
        assertThat(elsewhere(() -> lock.tryAcquire())).isEmpty();
        assertThat(elsewhere(() -> kind.lock(path).tryAcquire())).isEmpty();
        held.close();
        assertThat(isFreeForOthers()).isTrue();
    }

    @Test
    void threadsThatIncrementUnderItLoseNothing() throws Exception {
        int[] counter = {0};
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            FileLock mine = i % 2 == 0 ? lock : kind.lock(path);
            workers.add(threads.submit(() -> {
                for (int n = 0; n < 50; n++) {
                    try (HeldLock held = mine.acquire()) {
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
        assertThat(counter[0]).isEqualTo(200);
    }

    @Test
    void whoHoldsItKeepsOtherProcessesOutAndIsKeptOutByThem() throws Exception {
        try (ChildProcess peer = Peer.start(kind, path)) {
            try (HeldLock held = lock.acquire()) {
                assertThat(peer.ask("try 100")).startsWith("timeout " + path + " not acquired in 100 ms");
            }
            assertThat(peer.ask("acquire")).isEqualTo("held");
            assertThat(lock.tryAcquire()).isEmpty();
            assertThatThrownBy(() -> lock.acquire(SHORT)).isInstanceOf(FileLockTimeoutException.class);
            Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
            assertThat(peer.ask("release")).isEqualTo("released");
            waiting.get(60, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void aHolderEntersAgainThroughAnyObjectAndAnySpelling() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        Path relative = Path.of("").toAbsolutePath().relativize(path);
        try (HeldLock first = lock.acquire();
                HeldLock second = kind.lock(link.resolve(path.getFileName())).acquire(AT_ONCE);
                HeldLock third = kind.lock(relative).acquire(AT_ONCE);
                HeldLock fourth = kind.lock(directory.resolve(".").resolve(path.getFileName()))
                        .acquire(AT_ONCE)) {
            assertThat(fourth.info().holdCount()).isEqualTo(4);
            assertThat(isFreeForOthers()).isFalse();
        }
        assertThat(isFreeForOthers()).isTrue();
    }

    @Test
    void everyLevelNeedsAReleaseOfItsOwn() throws Exception {
        HeldLock first = lock.acquire();
        HeldLock second = lock.acquire();
        lock.lock();
        first.close();
        second.close();
        assertThat(isFreeForOthers()).isFalse();
        lock.unlock();
        assertThat(isFreeForOthers()).isTrue();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void timeoutsMeanWhatTheySay() throws Exception {
        FileLock impatient = kind.lock(
                path,
                kind.options()
                        .timeout(SHORT)
                        .pollInterval(Duration.ofSeconds(30))
                        .build());
        HeldLock held = lock.acquire();
        elsewhere(() -> {
            long start = System.nanoTime();
            assertThatThrownBy(() -> impatient.acquire(AT_ONCE))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("not acquired at once");
            assertThatThrownBy(() -> impatient.acquire(null))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("not acquired in 100 ms");
            assertThatThrownBy(() -> lock.acquire(SHORT)).isInstanceOf(FileLockTimeoutException.class);
            assertThat(lock.tryLock()).isFalse();
            assertThat(lock.tryLock(-1, TimeUnit.SECONDS)).isFalse();
            assertThat(lock.tryLock(1, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
            return null;
        });
        Future<HeldLock> patient = threads.submit(() -> impatient.acquire(FOR_EVER));
        await().during(Duration.ofMillis(200)).until(() -> !patient.isDone());
        held.close();
        patient.get(60, TimeUnit.SECONDS).close();
    }

    @Test
    void anInterruptEndsAWaitAndLeavesNothingBehind() throws Exception {
        HeldLock held = lock.acquire();
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<HeldLock> waiting = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            return lock.acquire();
        });
        await().until(() -> waiter.get() != null);
        waiter.get().interrupt();
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        held.close();
        assertThat(isFreeForOthers()).isTrue();
    }

    @Test
    void waitersOfThisJvmAreServedInTheOrderInWhichTheyCame() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        AtomicInteger started = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(4);
        LockListener counting = new LockListener() {
            @Override
            public void waiting(WaitingLockInfo waiter) {
                started.incrementAndGet();
            }
        };
        FileLock heard = kind.lock(path, kind.options().listener(counting).build());
        HeldLock held = lock.acquire();
        for (int i = 0; i < 4; i++) {
            int number = i;
            threads.submit(() -> {
                try (HeldLock mine = heard.acquire()) {
                    order.add(number);
                }
                done.countDown();
                return null;
            });
            await().until(() -> started.get() == number + 1);
        }
        held.close();
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(order).containsExactly(0, 1, 2, 3);
    }

    @Test
    void aBodyThatFailsReleasesAndItsExceptionIsWhatTheCallerSees() throws Exception {
        assertThatThrownBy(() -> lock.execute(() -> {
                    assertThat(FileLocks.current().path()).isEqualTo(lock.path());
                    throw new IOException("body");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("body")
                .hasNoSuppressedExceptions();
        assertThat(isFreeForOthers()).isTrue();
        assertThat(FileLocks.find()).isEmpty();
    }

    @Test
    void aHandleIsClosedOnceAndByAnyThread() throws Exception {
        HeldLock held = lock.acquire();
        elsewhere(() -> {
            held.close();
            return null;
        });
        try (HeldLock successor = lock.acquire()) {
            held.close();
            assertThat(isFreeForOthers()).isFalse();
            assertThat(successor.isValid()).isTrue();
        }
    }

    @Test
    void aHoldIsNotValidOnceItsFileWasReplaced() throws Exception {
        HeldLock held = lock.acquire();
        held.ensureValid();
        Files.delete(path);
        Files.createFile(path);
        assertThat(held.isValid()).isFalse();
        assertThatThrownBy(held::ensureValid)
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining(path.toString());
        held.close();
        assertThat(path).as("what replaced it is somebody else's").exists();
    }

    @Test
    void aHoldIsNotValidOnceItsFileWasDeleted() throws Exception {
        HeldLock held = lock.acquire();
        Files.delete(path);
        assertThatThrownBy(held::ensureValid)
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining(path.toString());
        held.close();
    }

    @Test
    void anInterruptDoesNotGetInTheWayOfARelease() throws Exception {
        try (ChildProcess peer = Peer.start(kind, path)) {
            HeldLock held = lock.acquire();
            Thread.currentThread().interrupt();
            held.close();
            assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
            assertThat(peer.ask("try 60000")).isEqualTo("held");
        }
    }

    @Test
    void askingAboutAHoldDoesNotDropIt() throws Exception {
        LockRegistry registry = LockRegistry.builder().directory(directory).build();
        try (ChildProcess peer = Peer.start(kind, path);
                HeldLock held = lock.acquire()) {
            held.ensureValid();
            assertThat(held.info().path()).isEqualTo(path);
            assertThat(registry.heldLocks()).isEmpty();
            registry.prune(Duration.ZERO);
            elsewhere(() -> {
                assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(1)))
                        .isInstanceOfSatisfying(
                                FileLockTimeoutException.class,
                                timeout -> assertThat(timeout.holders()).isNotEmpty());
                return null;
            });
            assertThat(peer.ask("try 100")).startsWith("timeout");
            held.ensureValid();
        }
    }

    @Test
    void anOrdinaryTurnLogsNothing() throws Exception {
        FileLock lock = kind.lock(
                path, kind.options().logWaitingAfter(Duration.ofMinutes(10)).build());
        lock.acquire().close(); // what is said once in a JVM is said now
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            lock.acquire().close();
            HeldLock held = lock.acquire();
            Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
            await().until(() -> !waiting.isDone());
            held.close();
            waiting.get(60, TimeUnit.SECONDS).close();
            for (Level level : List.of(Level.INFO, Level.WARN, Level.ERROR)) {
                assertThat(log.events(level)).isEmpty();
            }
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void explicitPermissionsAreExactAndTheUmaskStaysAsItIs() throws Exception {
        Set<PosixFilePermission> everybody = PosixFilePermissions.fromString("rw-rw-rw-");
        String umask = umask();
        FileLock open =
                kind.lock(path, kind.options().filePermissions(everybody).build());
        try (HeldLock held = open.acquire()) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(everybody);
            assertThat(umask()).isEqualTo(umask);
        }
    }

    /** What a child of this process inherits. */
    private static String umask() {
        try (ChildProcess shell = ChildProcess.start("sh", "-c", "umask")) {
            return shell.readLine();
        }
    }

    @Test
    void aLevelWithoutHandleOutlivesItsThreadAsInTheJdk() throws Exception {
        Thread careless = new Thread(lock::lock, "careless");
        careless.start();
        careless.join();
        assertThatThrownBy(() -> lock.acquire(SHORT))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("'careless'");
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void aThreadThatUsedItCanBeCollectedOnceItHasEnded() throws Exception {
        HeldLock held = lock.acquire();
        WeakReference<Thread> user = useInAThreadOfItsOwn();
        held.close();
        await().until(() -> {
            System.gc();
            return user.get() == null;
        });
    }

    /** A wait in vain, in a thread that has ended when this returns. */
    private WeakReference<Thread> useInAThreadOfItsOwn() throws InterruptedException {
        Thread thread = new Thread(() -> {
            try {
                lock.tryLock(1, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        thread.join();
        return new WeakReference<>(thread);
    }

    @Test
    void missingDirectoriesAreMade() throws Exception {
        Path deep = directory.resolve("a/b/c").resolve("y" + kind.suffix);
        kind.lock(deep).acquire().close();
        assertThat(deep.getParent()).isDirectory();
    }

    @Test
    void manyNamesOneAfterTheOtherLeaveNoDescriptorOpen() throws Exception {
        for (int i = 0; i < 300; i++) {
            kind.lock(directory.resolve("many-" + i + kind.suffix)).acquire().close();
        }
        if (OpenDescriptors.canBeCounted()) {
            assertThat(OpenDescriptors.in(directory)).hasSizeLessThanOrEqualTo(16);
        }
    }

    @Test
    void virtualThreadsExcludeEachOther() throws Exception {
        ExecutorService virtual;
        try {
            virtual = (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException e) {
            return; // before JDK 21 there is nothing to promise
        }
        int[] counter = {0};
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            workers.add(virtual.submit(() -> {
                try (HeldLock held = lock.acquire()) {
                    counter[0]++;
                }
                return null;
            }));
        }
        for (Future<?> worker : workers) {
            worker.get(60, TimeUnit.SECONDS);
        }
        virtual.shutdown();
        assertThat(counter[0]).isEqualTo(200);
    }

    // ---- without a thread that waits

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aFutureHoldKeepsThreadsAndOtherProcessesOutAndIsKeptOutByThem() throws Exception {
        try (ChildProcess peer = Peer.start(kind, path)) {
            HeldLock held = get(lock.acquireAsync());
            assertThat(lock.tryAcquire()).isEmpty();
            assertThat(get(lock.tryAcquireAsync())).isEmpty();
            assertThat(peer.ask("try 100")).startsWith("timeout " + path + " not acquired in 100 ms");
            elsewhere(() -> {
                held.close();
                held.close();
                return null;
            });
            assertThat(peer.ask("try 20000")).isEqualTo("held");
            assertThat(get(lock.tryAcquireAsync())).isEmpty();
            assertThatThrownBy(() -> get(lock.acquireAsync(SHORT))).hasCauseInstanceOf(FileLockTimeoutException.class);
            Future<HeldLock> waiting = lock.acquireAsync();
            assertThat(peer.ask("release")).isEqualTo("released");
            get(waiting).close();
        }
    }

    @Test
    void futuresThatIncrementUnderItLoseNothing() throws Exception {
        int[] counter = {0};
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            FileLock mine = i % 2 == 0 ? lock : kind.lock(path);
            all.add(mine.acquireAsync().thenAccept(held -> {
                int seen = counter[0];
                Thread.yield();
                counter[0] = seen + 1;
                held.close();
            }));
            all.add(threads.submit(() -> {
                try (HeldLock held = mine.acquire()) {
                    counter[0]++;
                }
                return null;
            }));
        }
        for (Future<?> each : all) {
            get(each);
        }
        assertThat(counter[0]).isEqualTo(200);
    }

    @Test
    void aCancelledFutureLeavesNothingBehind() throws Exception {
        try (ChildProcess peer = Peer.start(kind, path)) {
            assertThat(peer.ask("acquire")).isEqualTo("held");
            List<CompletableFuture<HeldLock>> waiting = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                waiting.add(
                        i % 2 == 0 ? lock.acquireAsync() : lock.acquireAsync().orTimeout(1, TimeUnit.MILLISECONDS));
            }
            CompletableFuture<HeldLock> last = lock.acquireAsync();
            waiting.forEach(each -> each.cancel(true));
            assertThat(peer.ask("release")).isEqualTo("released");
            get(last).close();
            waiting.forEach(each -> assertThat(each).isCompletedExceptionally());
        }
        assertThat(isFreeForOthers()).isTrue();
    }

    @Test
    void cancellingWhileItIsAcquiredNeverLeavesItHeld() throws Exception {
        for (int i = 0; i < 100; i++) {
            CompletableFuture<HeldLock> future = lock.acquireAsync();
            if (i % 3 > 0) {
                LockSupport.parkNanos(i * 3_000);
            }
            if (!future.cancel(true)) {
                get(future).close();
            }
        }
        lock.acquire(Duration.ofSeconds(60)).close();
        get(lock.acquireAsync(Duration.ofSeconds(60))).close(); // comes to its file after all those before it
    }

    @Test
    void insideACallItsHoldIsEnteredAgain() throws Exception {
        try (HeldLock held = get(lock.acquireAsync())) {
            held.call(() -> {
                kind.lock(path).acquire(AT_ONCE).close();
                get(kind.lock(path).acquireAsync(AT_ONCE)).close();
                return null;
            });
            assertThat(held.isValid()).isTrue();
            assertThat(lock.tryAcquire()).isEmpty();
        }
        assertThat(isFreeForOthers()).isTrue();
    }
}
