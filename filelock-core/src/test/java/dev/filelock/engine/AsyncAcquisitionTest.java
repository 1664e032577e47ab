package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockDeadlockException;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an acquisition without a waiting thread promises, where it takes a scripted protocol to bring the moment about. */
@Timeout(60)
class AsyncAcquisitionTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final ScriptedProtocol protocol = new ScriptedProtocol(false);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Recorder recorder = new Recorder();
    private Engine engine;
    private Path path;

    @BeforeEach
    void makeEngine() {
        engine = engine(protocol, OsFileIdentities.system());
        path = directory.resolve("x.lock");
    }

    @AfterEach
    void nothingIsLeft() {
        threads.shutdownNow();
        protocol.heldElsewhere.clear();
        await().untilAsserted(() -> {
            assertThat(engine.inUse()).isZero();
            assertThat(protocol.grants).hasValue(0);
        });
    }

    private static Engine engine(ScriptedProtocol scripted, FileIdentities identities) {
        return new Engine(backend -> scripted, identities, (dir, age) -> List.of(), new Workers(), Watcher.NONE);
    }

    private FileLock lock() {
        return lock(LockOptions.builder().pollInterval(Duration.ofMillis(5)).build());
    }

    private FileLock lock(LockOptions options) {
        return engine.fileLock(path, LockMode.EXCLUSIVE, options);
    }

    private FileLock heard() {
        return lock(LockOptions.builder()
                .pollInterval(Duration.ofMillis(5))
                .listener(recorder)
                .build());
    }

    private CompletableFuture<HeldLock> acquiring(FileLock lock) {
        return acquiring(lock, lock.acquireAsync());
    }

    private CompletableFuture<HeldLock> acquiring(FileLock lock, CompletableFuture<HeldLock> future) {
        await().until(() -> future.isDone()
                || engine.waiting(request -> request.path().equals(lock.path())).stream()
                        .anyMatch(waiter -> waiter.thread() == null));
        return future;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private int waiters() {
        return engine.waiting(request -> true).size();
    }

    // ---- acquiring and owning

    @Test
    void aFreeLockIsHeldByItsHandleAndByNoThread() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        assertThat(held.info().thread()).isNull();
        assertThat(engine.held(request -> true))
                .extracting(HeldLockInfo::thread)
                .containsOnlyNulls();
        assertThat(lock().isHeldByCurrentThread()).isFalse();
        assertThat(lock().tryAcquire()).isEmpty();
        get(threads.submit(held::close));
        held.close();
        assertThat(protocol.releases).hasValue(1);
    }

    @Test
    void nothingIsPolledOnTheCallersThread() throws Exception {
        get(lock().acquireAsync()).close();
        assertThat(protocol.pollers)
                .allSatisfy(thread -> assertThat(thread.getName()).startsWith("filelock-worker"));
    }

    @Test
    void aSecondAcquisitionQueuesBehindTheFirstAndOneThroughTheHoldDoesNot() throws Exception {
        HeldLock first = get(lock().acquireAsync());
        CompletableFuture<HeldLock> second = acquiring(lock());
        first.again().close();
        assertThat(second).isNotDone();
        first.close();
        get(second).close();
    }

    @Test
    void acquisitionsWithAndWithoutAThreadAreServedInTheOrderInWhichTheyCame() throws Exception {
        HeldLock first = lock().acquire();
        List<String> order = new CopyOnWriteArrayList<>();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String name = i + (i % 2 == 0 ? " future" : " thread");
            if (i % 2 == 0) {
                all.add(lock().acquireAsync().thenAccept(held -> {
                    order.add(name);
                    held.close();
                }));
            } else {
                all.add(threads.submit(() -> {
                    try (HeldLock held = lock().acquire()) {
                        order.add(name);
                    }
                    return null;
                }));
            }
            int expected = i + 1;
            await().until(() -> waiters() == expected);
        }
        first.close();
        for (Future<?> each : all) {
            get(each);
        }
        assertThat(order).containsExactly("0 future", "1 thread", "2 future", "3 thread", "4 future", "5 thread");
    }

    @Test
    void acquisitionsOfOneThreadAreServedInTheOrderOfItsCalls() throws Exception {
        HeldLock first = lock().acquire();
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int number = i;
            all.add(lock().acquireAsync().thenAccept(held -> {
                order.add(number);
                held.close();
            }));
        }
        first.close();
        for (Future<?> each : all) {
            get(each);
        }
        assertThat(order).isSorted().hasSize(200);
    }

    @Test
    void readersShareAGrantWithAndWithoutAThread() throws Exception {
        FileLock write = engine.fileLock(path, LockMode.WRITE, LockOptions.defaults());
        FileLock read = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        HeldLock writer = write.acquire();
        CompletableFuture<HeldLock> one = acquiring(read);
        Future<HeldLock> two = threads.submit(() -> read.acquire());
        await().until(() -> waiters() == 2);
        CompletableFuture<HeldLock> three = read.acquireAsync();
        await().until(() -> waiters() == 3);
        writer.close();
        HeldLock second = get(two);
        assertThat(get(one).info().mode()).isEqualTo(LockMode.READ);
        get(one).close();
        get(three).close();
        second.close();
        assertThat(protocol.events)
                .containsExactly("attempt WRITE", "grant WRITE", "release", "attempt READ", "grant READ", "release");
    }

    @Test
    void aTimeoutNamesAHolderThatNoThreadOwns() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(10)))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("held by pid " + ProcessHandle.current().pid())
                .hasMessageContaining("this JVM, by no thread in particular");
        held.close();
    }

    // ---- timeouts

    @Test
    void oneAttemptIsOneAttempt() throws Exception {
        protocol.heldElsewhere.put(path, true);
        assertThat(get(lock().tryAcquireAsync())).isEmpty();
        assertThat(protocol.polls).hasValue(1);
        assertThatThrownBy(() -> get(lock().acquireAsync(Duration.ZERO)))
                .hasCauseInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("not acquired at once: held by pid 4711");
        assertThat(protocol.polls).hasValue(2);
        await().untilAsserted(() -> assertThat(protocol.events)
                .as("what the caller need not wait for")
                .filteredOn("abandon EXCLUSIVE"::equals)
                .hasSize(2));
        protocol.heldElsewhere.clear();
        Optional<HeldLock> held = get(lock().tryAcquireAsync());
        assertThat(held).isPresent();
        int polls = protocol.polls.get();
        assertThat(get(lock().tryAcquireAsync())).as("a queue ahead").isEmpty();
        assertThat(protocol.polls).hasValue(polls);
        held.get().close();
    }

    @Test
    void aTimeoutNamesTheHolder() throws Exception {
        protocol.heldElsewhere.put(path, true);
        assertThat(get(lock().tryAcquireAsync()))
                .as("threads that ask are there")
                .isEmpty();
        assertThatThrownBy(() -> get(lock().acquireAsync(Duration.ofMillis(500))))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessage(path + " not acquired in 500 ms: held by pid 4711 (python3 import.py) on host elsewhere");
        assertThat(waiters()).isZero();
    }

    @Test
    void theDefaultTimeoutIsThatOfTheLock() {
        protocol.heldElsewhere.put(path, true);
        FileLock impatient =
                lock(LockOptions.builder().timeout(Duration.ofMillis(30)).build());
        assertThatThrownBy(() -> get(impatient.acquireAsync())).hasMessageContaining("not acquired in 30 ms");
        assertThatThrownBy(() -> get(impatient.acquireAsync(null))).hasMessageContaining("not acquired in 30 ms");
        CompletableFuture<HeldLock> patient = acquiring(impatient, impatient.acquireAsync(LockOptions.FOREVER));
        await().during(Duration.ofMillis(100)).until(() -> !patient.isDone());
        patient.cancel(false);
    }

    @Test
    void theDeadlineHoldsThoughTheDriverHangs() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        protocol.beforePoll = () -> awaitUninterruptibly(hang);
        CompletableFuture<HeldLock> behind = lock().acquireAsync(Duration.ofMillis(500));
        await().until(() -> protocol.polls.get() == 1 || behind.isDone());
        assertThatThrownBy(() -> get(behind)).hasCauseInstanceOf(FileLockTimeoutException.class);
        assertThat(waiters()).isZero();
        hang.countDown();
    }

    @Test
    void theDeadlineHoldsThoughNobodyCanSayWhoHolds() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        protocol.heldElsewhere.put(path, true);
        protocol.beforeHolders = () -> awaitUninterruptibly(hang);
        assertThatThrownBy(() -> get(lock().acquireAsync(Duration.ofMillis(50))))
                .hasMessageContaining("held by an unknown process (the file system gave no answer in time)");
        hang.countDown();
    }

    @Test
    void theDeadlineHoldsThoughTheDirectoryHangs() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        Engine hanging = engine(protocol, new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path file) throws IOException {
                inside.countDown();
                awaitUninterruptibly(hang);
                return OsFileIdentities.system().following(file);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path file) throws IOException {
                return OsFileIdentities.system().notFollowing(file);
            }
        });
        FileLock lock = hanging.fileLock(path, LockMode.EXCLUSIVE, LockOptions.defaults());
        CompletableFuture<HeldLock> cancelled = lock.acquireAsync();
        awaitUninterruptibly(inside);
        assertThatThrownBy(() -> get(lock.acquireAsync(Duration.ofMillis(50))))
                .hasCauseInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("held by an unknown process (the file system gave no answer in time)");
        assertThat(cancelled.cancel(true)).isTrue();
        hang.countDown();
        get(lock.acquireAsync()).close();
        assertThat(protocol.polls)
                .as("those that had ended never came to the file")
                .hasValue(1);
        await().until(() -> hanging.inUse() == 0);
    }

    @Test
    void aDirectoryThatHangsLeavesThreadsToTheOthers() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        Path mount = directory.resolve("mount");
        protocol.beforePollOf = file -> {
            if (file.startsWith(mount)) {
                awaitUninterruptibly(hang);
            }
        };
        List<CompletableFuture<HeldLock>> hanging = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            hanging.add(engine.fileLock(mount.resolve(i + ".lock"), LockMode.EXCLUSIVE, LockOptions.defaults())
                    .acquireAsync());
        }
        await().until(() -> engine.waiting(request -> true).size() == 50);
        get(lock().acquireAsync()).close();
        hang.countDown();
        for (CompletableFuture<HeldLock> each : hanging) {
            get(each).close();
        }
    }

    @Test
    void aWaiterThatTimesOutHandsItsReservationToTheNext() throws Exception {
        protocol.heldElsewhere.put(path, true);
        CompletableFuture<HeldLock> first = lock().acquireAsync(Duration.ofSeconds(2));
        await().until(() -> protocol.polls.get() > 1);
        Future<HeldLock> second = threads.submit(() -> lock().acquire(LONG));
        await().until(() -> waiters() == 2); // well before the first gives up, also on a busy machine
        assertThatThrownBy(() -> get(first)).hasCauseInstanceOf(FileLockTimeoutException.class);
        protocol.heldElsewhere.clear();
        get(second).close();
        assertThat(protocol.events).containsExactly("attempt EXCLUSIVE", "grant EXCLUSIVE", "release");
    }

    // ---- ending it from outside

    @Test
    void aCancelledWaiterLeavesTheQueueAtOnce() throws Exception {
        HeldLock held = lock().acquire();
        CompletableFuture<HeldLock> waiting = acquiring(lock());
        assertThat(waiting.cancel(true)).isTrue();
        assertThat(waiters()).isZero();
        held.close();
        lock().acquire(Duration.ZERO).close();
    }

    @Test
    void aCancelledHeadTakesItsAttemptBack() {
        protocol.heldElsewhere.put(path, true);
        CompletableFuture<HeldLock> waiting = acquiring(lock());
        await().until(() -> protocol.polls.get() > 1);
        waiting.cancel(true);
        await().until(() -> protocol.events.contains("abandon EXCLUSIVE"));
    }

    @Test
    void everyWayToCompleteTheFutureEndsTheAcquisition() throws Exception {
        HeldLock held = lock().acquire();
        acquiring(lock()).completeExceptionally(new IllegalStateException("enough"));
        assertThat(waiters()).isZero();
        acquiring(lock()).complete(held);
        assertThat(waiters()).isZero();
        acquiring(lock()).obtrudeValue(held);
        assertThat(waiters()).isZero();
        CompletableFuture<HeldLock> timed = lock().acquireAsync().orTimeout(50, TimeUnit.MILLISECONDS);
        assertThatThrownBy(() -> get(timed)).hasCauseInstanceOf(TimeoutException.class);
        await().until(() -> waiters() == 0);
        CompletableFuture<HeldLock> substituted =
                lock().acquireAsync().completeOnTimeout(held, 50, TimeUnit.MILLISECONDS);
        assertThat(get(substituted)).isSameAs(held);
        await().until(() -> waiters() == 0);
        assertThat(held.isValid()).isTrue();
        held.close();
    }

    @Test
    void aGrantThatComesAfterItsWaiterWasCancelledIsReleased() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        protocol.beforePoll = () -> awaitUninterruptibly(hang);
        CompletableFuture<HeldLock> cancelled = lock().acquireAsync();
        await().until(() -> protocol.polls.get() == 1);
        cancelled.cancel(true);
        hang.countDown();
        await().until(() -> protocol.releases.get() == 1);
    }

    @Test
    void aHoldThatWaitsForTheExecutorIsReleasedWhenTheFutureIsCancelled() throws Exception {
        LinkedBlockingQueue<Runnable> stuck = new LinkedBlockingQueue<>();
        CompletableFuture<HeldLock> future = heard().acquireAsync(null, stuck::add);
        Runnable delivery = Objects.requireNonNull(stuck.poll(30, TimeUnit.SECONDS));
        assertThat(protocol.grants).hasValue(1);
        assertThat(future.cancel(true)).isTrue();
        await().until(() -> protocol.grants.get() == 0);
        delivery.run();
        assertThat(recorder.events).containsExactly("failed CancellationException");
    }

    @Test
    void aRegistryThatClosesEndsWhatWaits() throws Exception {
        LockRegistry registry = engine.registry(directory, LockOptions.defaults(), List.of());
        HeldLock held = get(registry.lock("a").acquireAsync());
        protocol.heldElsewhere.put(directory.resolve("b.lock"), true);
        FileLock other = registry.lock("b");
        CompletableFuture<HeldLock> waiting = acquiring(other);
        FileLock afterwards = registry.lock("c");
        registry.close();
        assertThatThrownBy(() -> get(waiting))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> get(afterwards.acquireAsync())).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(held.isValid()).isTrue();
        held.close();
    }

    @Test
    void aDroppedHoldIsReportedAndReleased() throws Exception {
        get(lock().acquireAsync());
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            return protocol.grants.get() == 0;
        });
    }

    // ---- failures

    @Test
    void whatThePollThrowsIsWhatTheFutureCompletesWith() {
        protocol.beforePoll = () -> {
            throw new IOException("poll failed as told");
        };
        assertThatThrownBy(() -> get(lock().acquireAsync()))
                .cause()
                .isInstanceOf(dev.filelock.FileLockException.class)
                .hasMessage(path + " could not be locked: poll failed as told");
    }

    @Test
    void anErrorOnTheWayToTheQueueIsWhatTheFutureCompletesWith() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        protocol.overdue = true;
        protocol.beforeEnsureValid = () -> {
            throw new AssertionError("broken as told");
        };
        held.call(() -> {
            CompletableFuture<HeldLock> entering = lock().acquireAsync();
            assertThatThrownBy(() -> get(entering)).hasRootCauseMessage("broken as told");
            return null;
        });
        held.close();
    }

    @Test
    void anExecutorThatRefusesFailsTheAcquisitionAndReleases() throws Exception {
        Executor refusing = task -> {
            throw new RejectedExecutionException("full");
        };
        assertThatThrownBy(() -> get(lock().acquireAsync(null, refusing)))
                .hasCauseInstanceOf(RejectedExecutionException.class);
        await().until(() -> protocol.grants.get() == 0);
        assertThatThrownBy(() -> get(heard().acquireAsync(null, refusing)))
                .hasCauseInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void anExecutorThatRefusesTheNewsOfTheWaitEndsTheWait() {
        protocol.heldElsewhere.put(path, true);
        Executor refusing = task -> {
            throw new RejectedExecutionException("full");
        };
        assertThatThrownBy(() -> get(heard().acquireAsync(null, refusing)))
                .hasCauseInstanceOf(RejectedExecutionException.class);
        await().until(() -> waiters() == 0);
    }

    @Test
    void anOutcomeThatComesWhileTheExecutorRefusesTheNewsIsStillAnOutcome() {
        protocol.heldElsewhere.put(path, true);
        LockRegistry registry = engine.registry(
                directory, LockOptions.builder().listener(recorder).build(), List.of());
        Executor refusing = task -> {
            registry.close(); // settles the waiter
            throw new RejectedExecutionException("full");
        };
        assertThatThrownBy(() -> get(registry.lock("x").acquireAsync(null, refusing)))
                .hasCauseInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void aListenerThatFailsUndoesTheAcquisition() {
        LockListener failing = new LockListener() {
            @Override
            public void acquired(HeldLockInfo lock, Duration waited) {
                throw new IllegalArgumentException("no");
            }
        };
        FileLock lock = lock(LockOptions.builder().listener(failing).build());
        assertThatThrownBy(() -> get(lock.acquireAsync())).hasCauseInstanceOf(IllegalArgumentException.class);
        await().until(() -> protocol.grants.get() == 0);
    }

    // ---- threads

    @Test
    void completingCodeAndListenersRunOnTheExecutorThatWasGiven() throws Exception {
        ExecutorService mine = Executors.newSingleThreadExecutor(work -> new Thread(work, "mine"));
        try {
            List<String> seen = new CopyOnWriteArrayList<>();
            HeldLock first = get(heard().acquireAsync(null, mine));
            CompletableFuture<String> second = heard().acquireAsync(null, mine).thenApply(held -> {
                held.close();
                return Thread.currentThread().getName();
            });
            await().until(() -> recorder.events.contains("waiting"));
            first.close();
            assertThat(get(second)).isEqualTo("mine");
            protocol.heldElsewhere.put(path, true);
            CountDownLatch added = new CountDownLatch(1);
            mine.execute(() -> awaitUninterruptibly(added)); // or the future may be complete before a stage is added
            CompletableFuture<HeldLock> late = heard().acquireAsync(Duration.ofMillis(10), mine)
                    .exceptionally(e -> {
                        seen.add(Thread.currentThread().getName());
                        return null;
                    });
            added.countDown();
            get(late);
            assertThat(seen).allMatch("mine"::equals);
            assertThat(recorder.threads)
                    .hasSizeGreaterThan(4)
                    .filteredOn(name -> !name.equals("mine"))
                    .hasSize(1);
        } finally {
            mine.shutdown();
        }
    }

    private static Set<Thread> threadsOfTheLibrary() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("filelock-"))
                .collect(Collectors.toSet());
    }

    @Test
    void tenThousandPendingAcquisitionsHoldAHandfulOfThreads() throws Exception {
        Set<Thread> others = threadsOfTheLibrary(); // of engines before this one, and ending as they like
        List<HeldLock> held = new ArrayList<>();
        List<CompletableFuture<HeldLock>> pending = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Path file = directory.resolve("many-" + i + ".lock");
            FileLock lock = engine.fileLock(file, LockMode.EXCLUSIVE, LockOptions.defaults());
            if (i % 2 == 0) {
                held.add(lock.acquire());
            } else {
                protocol.heldElsewhere.put(file, true);
            }
            for (int n = 0; n < 100; n++) {
                pending.add(lock.acquireAsync(LONG.multipliedBy(10), Runnable::run));
            }
        }
        await().until(() -> waiters() == 10_000);
        assertThat(threadsOfTheLibrary())
                .filteredOn(thread -> !others.contains(thread))
                .hasSizeBetween(1, 12);
        pending.forEach(each -> each.cancel(false));
        assertThat(waiters()).isZero();
        held.forEach(HeldLock::close);
    }

    @Test
    void aProtocolThatWaitsInsideItsPollIsServedByAtMostSixteenThreads() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting, OsFileIdentities.system());
        List<CompletableFuture<HeldLock>> pending = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Path file = directory.resolve("many-" + i + ".lock");
            waiting.heldElsewhere.put(file, true);
            FileLock lock = other.fileLock(file, LockMode.EXCLUSIVE, LockOptions.defaults());
            for (int n = 0; n < 25; n++) {
                pending.add(lock.acquireAsync());
            }
        }
        await().until(() -> other.waiting(request -> true).size() == 1000 && waiting.polls.get() > 200);
        assertThat(waiting.pollers.stream()
                        .distinct()
                        .filter(Thread::isAlive)
                        .filter(thread -> thread.getName().startsWith("filelock-waiter")))
                .hasSizeLessThanOrEqualTo(16);
        waiting.heldElsewhere.clear();
        for (CompletableFuture<HeldLock> each : pending) {
            get(each).close();
        }
        await().until(() -> other.inUse() == 0);
        assertThat(waiting.grants).hasValue(0);
    }

    // ---- the call chain

    @Test
    void whatIsAcquiredInsideACallReentersItsHold() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        held.call(() -> {
            assertThat(lock().isHeldByCurrentThread()).isTrue();
            lock().acquire(Duration.ZERO).close();
            HeldLock nested = get(lock().acquireAsync(Duration.ZERO));
            assertThat(nested.info().holdCount()).isEqualTo(2);
            nested.close();
            HeldLock optional = get(lock().tryAcquireAsync()).orElseThrow();
            optional.close();
            return null;
        });
        assertThat(lock().tryAcquire()).as("outside the call").isEmpty();
        held.close();
        assertThat(protocol.releases).hasValue(1);
    }

    @Test
    void aLevelTakenInsideACallKeepsTheHoldOpen() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        HeldLock nested = held.call(() -> get(lock().acquireAsync()));
        held.close();
        assertThat(nested.isValid()).isTrue();
        assertThat(protocol.grants).hasValue(1);
        nested.close();
        assertThat(protocol.grants).hasValue(0);
    }

    @Test
    void anotherModeInsideACallIsRefusedAtOnce() throws Exception {
        FileLock read = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        FileLock write = engine.fileLock(path, LockMode.WRITE, LockOptions.defaults());
        HeldLock held = get(read.acquireAsync());
        held.call(() -> {
            assertThatThrownBy(() -> get(write.acquireAsync())).hasCauseInstanceOf(LockModeChangeException.class);
            assertThatThrownBy(write::acquire).isInstanceOf(LockModeChangeException.class);
            return null;
        });
        held.close();
    }

    @Test
    void lockInsideACallOfAHoldOfNoThreadIsADeadlockAndSaysSo() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        held.call(() -> {
            assertThatThrownBy(() -> lock().lock())
                    .isInstanceOf(LockDeadlockException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining("use acquire()");
            assertThatThrownBy(() -> lock().tryLock()).isInstanceOf(LockDeadlockException.class);
            return null;
        });
        held.close();
    }

    @Test
    void theInnermostHoldCarriesAllUnderWhichItWasAcquired() throws Exception {
        FileLock other = engine.fileLock(directory.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        HeldLock outer = get(lock().acquireAsync());
        HeldLock inner = outer.call(() -> get(other.acquireAsync()));
        get(threads.submit(() -> inner.call(() -> {
            lock().acquire(Duration.ZERO).close();
            other.acquire(Duration.ZERO).close();
            assertThat(engine.context().innermost()).containsSame(inner);
            return null;
        })));
        inner.close();
        outer.close();
    }

    @Test
    void callsInsideCallsCarryTheHoldsOfAll() throws Exception {
        FileLock other = engine.fileLock(directory.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        HeldLock outer = get(lock().acquireAsync());
        HeldLock inner = get(other.acquireAsync());
        outer.call(() -> {
            inner.call(() -> {
                lock().acquire(Duration.ZERO).close();
                other.acquire(Duration.ZERO).close();
                assertThat(engine.context().innermost()).containsSame(inner);
                return null;
            });
            assertThat(engine.context().innermost()).containsSame(outer);
            assertThat(other.tryAcquire()).isEmpty();
            return null;
        });
        inner.close();
        outer.close();
    }

    @Test
    void aHoldThatWasClosedIsNotCarriedOn() throws Exception {
        FileLock other = engine.fileLock(directory.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        HeldLock outer = get(lock().acquireAsync());
        HeldLock inner = outer.call(() -> get(other.acquireAsync()));
        outer.close();
        HeldLock successor = get(lock().acquireAsync());
        inner.call(() -> {
            assertThat(lock().tryAcquire()).isEmpty();
            return null;
        });
        successor.close();
        inner.close();
    }

    @Test
    void aHandleThatWasClosedLetsNobodyInThoughItsHoldHasOthers() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        HeldLock shared = held.again();
        get(threads.submit(() -> shared.call(() -> {
            shared.close();
            assertThat(lock().isHeldByCurrentThread()).isFalse();
            assertThat(lock().tryAcquire()).isEmpty();
            assertThat(get(lock().tryAcquireAsync())).isEmpty();
            return null;
        })));
        assertThat(held.info().holdCount()).isOne();
        held.close();
    }

    @Test
    void aLevelTakenInsideACallOfAnotherThreadsHoldIsNotThatThreads() throws Exception {
        HeldLock held = lock().acquire();
        HeldLock nested = get(threads.submit(() -> held.call(() -> lock().acquire(Duration.ZERO))));
        held.close();
        assertThat(lock().isHeldByCurrentThread()).isFalse();
        assertThat(lock().tryAcquire()).isEmpty();
        nested.close();
    }

    @Test
    void executeCarriesItsHoldToWhatItsBodyAcquires() throws Exception {
        lock().execute(() -> {
            get(lock().acquireAsync(Duration.ZERO)).close();
            return null;
        });
        assertThat(FileLocks.find()).isEmpty();
        assertThat(protocol.releases).hasValue(1);
    }

    @Test
    void aLostHoldIsNotReenteredInsideACall() throws Exception {
        HeldLock held = get(lock().acquireAsync());
        Objects.requireNonNull(protocol.loser)
                .accept(new LockLostException(path, LockLostException.Reason.EVICTED, "taken over"));
        held.call(() -> {
            assertThatThrownBy(() -> get(lock().acquireAsync())).hasCauseInstanceOf(LockLostException.class);
            return null;
        });
        held.close();
    }

    // ---- listeners

    @Test
    void aListenerHearsTheSameAsOfAThread() throws Exception {
        HeldLock first = get(heard().acquireAsync());
        CompletableFuture<HeldLock> second = heard().acquireAsync();
        await().until(() -> recorder.events.contains("waiting"));
        first.close();
        get(second).close();
        protocol.heldElsewhere.put(path, true);
        assertThatThrownBy(() -> get(heard().acquireAsync(Duration.ZERO))).isInstanceOf(ExecutionException.class);
        assertThat(recorder.events)
                .containsExactlyInAnyOrder(
                        "acquired", "waiting", "released", "waited", "acquired", "released", "timedOut");
        CompletableFuture<HeldLock> cancelled = heard().acquireAsync();
        await().until(() -> recorder.events.size() == 8);
        cancelled.cancel(true);
        await().until(() -> recorder.events.size() == 10);
        assertThat(recorder.events.subList(7, 10))
                .containsExactly("waiting", "waited", "failed " + CancellationException.class.getSimpleName());
    }

    private static final class Recorder implements LockListener {
        final List<String> events = new CopyOnWriteArrayList<>();
        final List<String> threads = new CopyOnWriteArrayList<>();

        private void add(String event) {
            threads.add(Thread.currentThread().getName());
            events.add(event);
        }

        @Override
        public void waiting(WaitingLockInfo lock) {
            add("waiting");
        }

        @Override
        public void waited(WaitingLockInfo lock) {
            add("waited");
        }

        @Override
        public void acquired(HeldLockInfo lock, Duration waited) {
            add("acquired");
        }

        @Override
        public void timedOut(WaitingLockInfo lock, Duration waited) {
            add("timedOut");
        }

        @Override
        public void failed(WaitingLockInfo lock, Duration waited, Throwable cause) {
            add("failed " + cause.getClass().getSimpleName());
        }

        @Override
        public void released(HeldLockInfo lock, Duration held) {
            add("released");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the test was stopped", e);
        }
    }
}
