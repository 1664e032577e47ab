package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Watcher;
import dev.filelock.testing.CapturedLog;
import dev.filelock.testing.LogRecorder;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the engine promises whatever the protocol, where it takes a scripted protocol to bring the moment about. */
@Timeout(60)
class EngineTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    /** A waiter whose first try took longer than its time would not wait, and nobody be told that it did. */
    private static final Duration LONG_ENOUGH_TO_WAIT = Duration.ofMillis(250);

    @TempDir
    Path directory;

    private final ScriptedProtocol protocol = new ScriptedProtocol(false);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Engine engine;
    private Path path;

    @BeforeEach
    void makeEngine() {
        engine = engine(protocol);
        path = directory.resolve("x.lock");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private Engine engine(ScriptedProtocol scripted) {
        return new Engine(
                backend -> scripted, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), Watcher.NONE);
    }

    private FileLock lock() {
        return lock(path, LockOptions.defaults());
    }

    private FileLock lock(Path file, LockOptions options) {
        return engine.fileLock(file, LockMode.EXCLUSIVE, options);
    }

    private LockOptions.Builder quick() {
        return LockOptions.builder().pollInterval(Duration.ofMillis(5));
    }

    /** For waiters that are woken, or wait for longer than any test does: a line of the log would wake them, too. */
    private static LockOptions patient() {
        return LockOptions.builder()
                .pollInterval(Duration.ofMinutes(10))
                .logWaitingAfter(Duration.ofMinutes(10))
                .build();
    }

    private Future<HeldLock> acquiring(FileLock lock) {
        AtomicReference<String> thread = new AtomicReference<>();
        Future<HeldLock> future = threads.submit(() -> {
            thread.set(Thread.currentThread().getName());
            return lock.acquire(LONG);
        });
        await().until(() -> future.isDone()
                || engine.waiting(request -> true).stream()
                        .anyMatch(waiter -> Objects.equals(waiter.thread(), thread.get())));
        return future;
    }

    @Test
    void theRecordsOfTheProtocolAreShownAndTheOneThatIsNamedIsRemoved() {
        LockClaim left = new LockClaim(
                directory.resolve("x.claim"),
                "x.claim",
                LockClaim.Kind.HELD,
                new LockHolder(4711L, "elsewhere", null, null, null, null, null),
                LockClaim.Liveness.UNKNOWN);
        protocol.claims.add(left);
        assertThat(lock().claims()).containsExactly(left);
        assertThat(left.describe(Instant.now())).isEqualTo(left.file() + " of pid 4711 on host elsewhere");
        assertThat(lock().forceBreak(left)).isTrue();
        assertThat(lock().forceBreak(left)).isFalse();
        assertThat(lock().claims()).isEmpty();
        assertThat(protocol.events).isEmpty();
    }

    @Test
    void recordsThatCanNotBeReadOrRemovedAreAnErrorThatNamesThem() {
        LockClaim left = new LockClaim(
                directory.resolve("x.claim"),
                "x.claim",
                LockClaim.Kind.UNKNOWN,
                LockHolder.unknown("nobody"),
                LockClaim.Liveness.UNKNOWN);
        protocol.beforeClaims = () -> {
            throw new IOException("disk on fire");
        };
        assertThatThrownBy(() -> lock().claims())
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("disk on fire");
        assertThatThrownBy(() -> lock().forceBreak(left))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining(left.file().toString())
                .hasMessageContaining("disk on fire");
    }

    @Test
    void waitersOfThisJvmAreServedInTheOrderInWhichTheyCame() throws Exception {
        HeldLock first = lock().acquire();
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Future<?>> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            waiters.add(threads.submit(() -> {
                try (HeldLock held = lock().acquire()) {
                    order.add(number);
                }
                return null;
            }));
            int expected = i + 1;
            await().until(() -> engine.waiting(request -> true).size() == expected);
        }
        first.close();
        for (Future<?> waiter : waiters) {
            waiter.get(20, TimeUnit.SECONDS);
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void anAttemptWithAQueueAheadFailsWithoutTouchingTheDisk() throws Exception {
        HeldLock held = lock().acquire();
        int polls = protocol.polls.get();
        assertThat(threads.submit(() -> lock().tryAcquire()).get()).isEmpty();
        assertThat(protocol.polls).hasValue(polls);
        held.close();
    }

    @Test
    void theDeadlineIsAHardBoundWhateverThePollInterval() {
        protocol.heldElsewhere.put(path, true);
        FileLock lock = lock(
                path, LockOptions.builder().pollInterval(Duration.ofHours(1)).build());
        long start = System.nanoTime();
        assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(100))).isInstanceOf(FileLockTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(100), Duration.ofSeconds(20));
    }

    @Test
    void aTimeoutNamesTheHolder() {
        protocol.heldElsewhere.put(path, true);
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(20)))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessage(path + " not acquired in 20 ms: held by pid 4711 (python3 import.py) on host elsewhere");
    }

    @Test
    void aTimeoutNamesTheThreadOfThisJvmThatHolds() throws Exception {
        HeldLock held = threads.submit(() -> lock().acquire()).get();
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(20)))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("held by thread 'pool-")
                .hasMessageContaining("of this JVM");
        held.close();
    }

    @Test
    void aWaiterThatTimesOutHandsItsReservationToTheNext() throws Exception {
        protocol.heldElsewhere.put(path, true);
        FileLock lock = lock(path, quick().build());
        Future<?> first = threads.submit(() -> lock.acquire(Duration.ofSeconds(2)));
        await().until(() -> protocol.polls.get() > 1);
        Future<HeldLock> second = acquiring(lock);
        assertThatThrownBy(first::get).hasCauseInstanceOf(FileLockTimeoutException.class);
        protocol.heldElsewhere.clear();
        second.get(20, TimeUnit.SECONDS).close();
        assertThat(protocol.events).containsExactly("attempt EXCLUSIVE", "grant EXCLUSIVE", "release");
    }

    @Test
    void theLastWaiterThatTimesOutTakesItsAttemptBack() {
        protocol.heldElsewhere.put(path, true);
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(20))).isInstanceOf(FileLockTimeoutException.class);
        assertThat(protocol.events).containsExactly("attempt EXCLUSIVE", "abandon EXCLUSIVE");
    }

    @Test
    void whatAnAttemptCouldNotTakeBackIsTriedAgain() {
        protocol.heldElsewhere.put(path, true);
        protocol.failAbandons = 2;
        assertThat(lock().tryAcquire()).isEmpty();
        await().until(() -> protocol.events.contains("abandon EXCLUSIVE"));
        await().until(() -> engineForgot(path));
    }

    @Test
    void anInterruptedWaiterLeavesNothingBehind() throws Exception {
        protocol.heldElsewhere.put(path, true);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<HeldLock> waiting = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            return lock().acquire();
        });
        await().until(() -> !engine.waiting(request -> true).isEmpty());
        waiter.get().interrupt();
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        await().until(() -> protocol.events.contains("abandon EXCLUSIVE"));
        assertThat(engine.waiting(request -> true)).isEmpty();
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void anInterruptedThreadDoesNotAcquire() {
        for (ThrowingCallable acquiring : List.<ThrowingCallable>of(
                () -> lock().acquire(), () -> lock().lockInterruptibly(), () -> lock().tryLock(1, TimeUnit.MINUTES))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(acquiring).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
        assertThat(protocol.polls).hasValue(0);
    }

    @Test
    void lockIgnoresAnInterruptAndRestoresIt() throws Exception {
        protocol.heldElsewhere.put(path, true);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        FileLock lock = lock(path, quick().build());
        Future<Boolean> interrupted = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            lock.lock();
            boolean flag = Thread.currentThread().isInterrupted();
            lock.unlock();
            return flag;
        });
        await().until(() -> !engine.waiting(request -> true).isEmpty());
        waiter.get().interrupt();
        protocol.heldElsewhere.clear();
        assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void waitersBehindADriverThatHangsInItsSystemCallEndInTime() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        protocol.beforePoll = () -> awaitUninterruptibly(hang);
        Future<HeldLock> hanging = threads.submit(() -> lock().acquire());
        await().until(() -> protocol.polls.get() == 1);
        assertThat(lock().tryAcquire()).isEmpty();
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(50))).isInstanceOf(FileLockTimeoutException.class);
        hang.countDown();
        hanging.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void aGrantThatComesAfterItsWaiterLeftIsReleased() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting);
        FileLock lock = other.fileLock(path, LockMode.EXCLUSIVE, LockOptions.defaults());
        CountDownLatch hang = new CountDownLatch(1);
        waiting.heldElsewhere.put(path, true);
        waiting.beforePoll = () -> {
            if (waiting.polls.get() > 1) {
                awaitUninterruptibly(hang);
            }
        };
        Future<?> waiter = threads.submit(() -> lock.acquire());
        await().until(() -> waiting.polls.get() == 2);
        waiter.cancel(true);
        await().until(() -> other.waiting(request -> true).isEmpty());
        waiting.heldElsewhere.clear();
        hang.countDown();
        await().until(() -> waiting.events.contains("release"));
        assertThat(waiting.grants).hasValue(0);
    }

    /** Lets a reader's poll hang until it has left the queue, and a writer wait behind it. */
    private Future<HeldLock> writerBehindAReaderThatLeaves(Runnable meanwhile) throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        protocol.heldElsewhere.put(path, true);
        protocol.beforePoll = () -> {
            if (protocol.polls.get() == 1) {
                awaitUninterruptibly(hang);
            }
        };
        CompletableFuture<HeldLock> reader =
                engine.fileLock(path, LockMode.READ, LockOptions.defaults()).acquireAsync();
        await().until(() -> protocol.polls.get() == 1);
        Future<HeldLock> writer = acquiring(engine.fileLock(path, LockMode.WRITE, quick().build()));
        reader.cancel(true);
        meanwhile.run();
        hang.countDown();
        return writer;
    }

    private void assertStillInUseBy(Future<HeldLock> writer) throws Exception {
        protocol.heldElsewhere.clear();
        HeldLock held = writer.get(20, TimeUnit.SECONDS);
        assertThat(engine.inUse()).isOne();
        assertThat(engine.held(request -> true)).hasSize(1);
        held.close();
        await().until(() -> engineForgot(path));
        assertThat(protocol.grants).hasValue(0);
    }

    @Test
    void aGrantThatCameTooLateIsTakenBackUntilThatSucceedsAndTheFileStaysInUse() throws Exception {
        protocol.failReleases = 1;
        Future<HeldLock> writer = writerBehindAReaderThatLeaves(protocol.heldElsewhere::clear);
        await().until(() -> protocol.events.contains("release"));
        assertStillInUseBy(writer);
        assertThat(protocol.releases).hasValue(3); // one failed
    }

    @Test
    void anAttemptIsTakenBackUntilThatSucceedsAndTheFileStaysInUse() throws Exception {
        protocol.failAbandons = 1;
        Future<HeldLock> writer = writerBehindAReaderThatLeaves(() -> {});
        await().until(() -> protocol.events.contains("abandon READ"));
        assertStillInUseBy(writer);
    }

    @Test
    void anAttemptOfACancelledReaderIsTakenBackAndTheFileStaysInUse() throws Exception {
        protocol.heldElsewhere.put(path, true);
        CompletableFuture<HeldLock> reader =
                engine.fileLock(path, LockMode.READ, quick().build()).acquireAsync();
        await().until(() -> protocol.polls.get() > 1);
        Future<HeldLock> writer = acquiring(engine.fileLock(path, LockMode.WRITE, quick().build()));
        reader.cancel(true);
        await().until(() -> protocol.events.contains("abandon READ"));
        assertStillInUseBy(writer);
    }

    @Test
    void aGrantThatCameTooLateLeavesItsFileToItsOtherNames() throws Exception {
        Path link = directory.resolve("link.lock");
        protocol.identities.put(path, new FileIdentity(1, 7));
        protocol.identities.put(link, new FileIdentity(1, 7));
        CountDownLatch hang = new CountDownLatch(1);
        protocol.beforePollOf = polled -> {
            if (polled.equals(path)) {
                awaitUninterruptibly(hang);
            }
        };
        CompletableFuture<HeldLock> late = lock().acquireAsync();
        await().until(() -> protocol.polls.get() == 1);
        late.cancel(true);
        hang.countDown();
        await().until(() -> protocol.events.contains("release"));
        lock(link, LockOptions.defaults()).acquire(LONG).close();
        assertThat(protocol.grants).hasValue(0);
    }

    @Test
    void aTryThatFailsLeavesItsPlaceToTheNextAtOnce() throws Exception {
        CountDownLatch behind = new CountDownLatch(1);
        protocol.beforePoll = () -> {
            awaitUninterruptibly(behind);
            protocol.beforePoll = () -> {};
            throw new IOException("disk on fire");
        };
        Future<?> first = threads.submit(() -> lock().acquire(LONG));
        await().until(() -> protocol.polls.get() == 1);
        Future<HeldLock> second = acquiring(lock(path, patient()));
        behind.countDown();
        assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).hasStackTraceContaining("disk on fire");
        second.get(20, TimeUnit.SECONDS).close();
        assertThat(engine.waiting(request -> true)).isEmpty();
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void aThreadThatHasWaitedIsNotRemembered() throws Exception {
        protocol.heldElsewhere.put(path, true);
        WeakReference<Thread> waited = aThreadThatWaits();
        await().atMost(LONG).until(() -> {
            System.gc();
            return waited.get() == null;
        });
    }

    private WeakReference<Thread> aThreadThatWaits() throws InterruptedException {
        Thread thread = new Thread(() -> assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(50)))
                .isInstanceOf(FileLockTimeoutException.class));
        thread.start();
        thread.join();
        protocol.pollers.clear();
        return new WeakReference<>(thread);
    }

    @Test
    void protocolsThatWaitInsideAPollDoSoOnThreadsOfTheEngineOnly() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting);
        waiting.heldElsewhere.put(path, true);
        Future<HeldLock> acquiring = threads.submit(() ->
                other.fileLock(path, LockMode.EXCLUSIVE, LockOptions.defaults()).acquire(LONG));
        await().until(() -> waiting.polls.get() > 3);
        waiting.heldElsewhere.clear();
        acquiring.get(20, TimeUnit.SECONDS).close();
        assertThat(waiting.pollers.get(1).getName()).startsWith("filelock-waiter");
        assertThat(waiting.events).containsExactly("attempt EXCLUSIVE", "grant EXCLUSIVE", "release");
    }

    @Test
    void moreThanSixteenFilesThatWaitInsideAPollAllMakeProgress() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting);
        List<Future<HeldLock>> acquiring = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Path file = directory.resolve("many-" + i + ".lock");
            waiting.heldElsewhere.put(file, true);
            acquiring.add(threads.submit(() ->
                    other.fileLock(file, LockMode.EXCLUSIVE, quick().build()).acquire(LONG)));
        }
        await().until(() -> other.waiting(request -> true).size() == 20);
        waiting.heldElsewhere.clear();
        for (Future<HeldLock> each : acquiring) {
            each.get(20, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void aFailedReleaseIsReportedAndTriedAgainUntilItSucceeds() throws Exception {
        HeldLock held = lock().acquire();
        protocol.failReleases = 2;
        assertThatThrownBy(held::close)
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("release failed as told")
                .hasMessageContaining("tried again");
        lock().acquire(LONG).close();
        assertThat(protocol.releases.get()).isGreaterThanOrEqualTo(3);
        await().until(() -> engineForgot(path));
    }

    @Test
    void aFailedCloseMayBeCalledAgain() throws Exception {
        HeldLock held = lock().acquire();
        protocol.failReleases = 1;
        assertThatThrownBy(held::close).isInstanceOf(FileLockException.class);
        held.close();
        held.close();
        assertThat(protocol.grants).hasValue(0);
        await().until(() -> engineForgot(path));
    }

    @Test
    void aLockWhoseReleaseFailedIsShownWithNoLevels() throws Exception {
        HeldLock held = lock().acquire();
        protocol.failReleases = Integer.MAX_VALUE;
        assertThatThrownBy(held::close).isInstanceOf(FileLockException.class);
        assertThat(engine.held(request -> true))
                .extracting(HeldLockInfo::holdCount)
                .containsExactly(0);
        protocol.failReleases = 0;
        await().until(() -> engine.held(request -> true).isEmpty());
    }

    @Test
    void theBodysExceptionIsNotReplacedByThatOfTheRelease() {
        protocol.failReleases = 1;
        assertThatThrownBy(() -> lock().execute(() -> {
                    throw new IOException("body");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("body")
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(FileLockException.class));
    }

    @Test
    void oneFileUnderTwoNamesIsAnErrorThatNamesBoth() throws Exception {
        Path alias = directory.resolve("alias.lock");
        Files.createFile(path);
        Files.createLink(alias, path);
        protocol.identities.put(
                path, Objects.requireNonNull(OsFileIdentities.system().notFollowing(path)));
        protocol.identities.put(alias, Objects.requireNonNull(protocol.identities.get(path)));
        try (HeldLock held = lock().acquire()) {
            assertThatThrownBy(() -> lock(alias, LockOptions.defaults()).acquire())
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining(alias.toString());
            protocol.heldElsewhere.put(alias, true); // as a kernel lock would answer
            assertThatThrownBy(() -> lock(alias, LockOptions.defaults()).acquire())
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining("under two names");
        }
        protocol.heldElsewhere.clear();
        lock(alias, LockOptions.defaults()).acquire().close();
        assertThat(protocol.grants).hasValue(0);
    }

    @Test
    void readersShareAGrantWithinTheFirstMoment() throws Exception {
        FileLock read = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        HeldLock first = read.acquire();
        Future<HeldLock> second = threads.submit(() -> read.acquire());
        while (!isGrantedWithoutAWait(second)) { // the moment was over before its thread ran
            first.close();
            second.get(20, TimeUnit.SECONDS).close();
            protocol.releases.set(0);
            protocol.events.clear();
            first = read.acquire();
            second = threads.submit(() -> read.acquire());
        }
        first.close();
        assertThat(protocol.releases).hasValue(0);
        second.get().close();
        assertThat(protocol.events).containsExactly("attempt READ", "grant READ", "release");
    }

    private boolean isGrantedWithoutAWait(Future<HeldLock> acquiring) {
        await().until(() ->
                acquiring.isDone() || !engine.waiting(request -> true).isEmpty());
        return acquiring.isDone();
    }

    @Test
    void aReaderDoesNotOvertakeAWaitingWriter() throws Exception {
        FileLock read = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        FileLock write = engine.fileLock(path, LockMode.WRITE, LockOptions.defaults());
        HeldLock first = read.acquire();
        Future<HeldLock> writer = acquiring(write);
        Future<HeldLock> reader = acquiring(read);
        first.close();
        HeldLock written = writer.get(20, TimeUnit.SECONDS);
        assertThat(reader.isDone()).isFalse();
        written.close();
        reader.get(20, TimeUnit.SECONDS).close();
        assertThat(protocol.events)
                .containsExactly(
                        "attempt READ",
                        "grant READ",
                        "release",
                        "attempt WRITE",
                        "grant WRITE",
                        "release",
                        "attempt READ",
                        "grant READ",
                        "release");
    }

    @Test
    void aThreadCanNotChangeTheModeItHolds() throws Exception {
        FileLock read = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        FileLock write = engine.fileLock(path, LockMode.WRITE, LockOptions.defaults());
        try (HeldLock held = read.acquire()) {
            assertThatThrownBy(write::acquire)
                    .isInstanceOf(LockModeChangeException.class)
                    .hasMessageContaining("READ");
        }
        try (HeldLock held = write.acquire()) {
            assertThatThrownBy(read::tryLock)
                    .isInstanceOf(LockModeChangeException.class)
                    .hasMessageContaining("WRITE");
        }
    }

    @Test
    void aRegistryThatClosesEndsItsWaitsAndKeepsItsHolds() throws Exception {
        LockRegistry registry = engine.registry(directory, LockOptions.defaults(), List.of());
        HeldLock held = registry.lock("a").acquire();
        protocol.heldElsewhere.put(directory.resolve("b.lock"), true);
        Future<HeldLock> waiting = acquiring(registry.lock("b"));
        FileLock afterwards = registry.lock("c");
        registry.close();
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(afterwards::acquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> registry.lock("d")).isInstanceOf(IllegalStateException.class);
        assertThat(held.isValid()).isTrue();
        held.close();
        assertThat(protocol.grants).hasValue(0);
        await().until(() -> protocol.events.contains("abandon EXCLUSIVE"));
    }

    @Test
    void aListenerHearsOfEachHoldOnce() throws Exception {
        Recorder recorder = new Recorder();
        FileLock lock = lock(
                path, LockOptions.builder().listener(recorder).label("import").build());
        try (HeldLock outer = lock.acquire();
                HeldLock inner = lock.acquire()) {
            assertThat(recorder.events).containsExactly("acquired import");
        }
        assertThat(recorder.events).containsExactly("acquired import", "released import");
        protocol.heldElsewhere.put(path, true);
        assertThatThrownBy(() -> lock.acquire(LONG_ENOUGH_TO_WAIT)).isInstanceOf(FileLockTimeoutException.class);
        assertThat(recorder.events)
                .containsExactly(
                        "acquired import", "released import", "waiting import", "waited import", "timedOut import");
    }

    @Test
    void everyWaitThatAListenerHearsOfIsHeardToEnd() throws Exception {
        List<WaitingLockInfo> begun = new CopyOnWriteArrayList<>();
        List<WaitingLockInfo> ended = new CopyOnWriteArrayList<>();
        LockListener listener = new LockListener() {
            @Override
            public void waiting(WaitingLockInfo lock) {
                begun.add(lock);
            }

            @Override
            public void waited(WaitingLockInfo lock) {
                ended.add(lock);
            }
        };
        FileLock lock = lock(path, LockOptions.builder().listener(listener).build());
        protocol.heldElsewhere.put(path, true);
        assertThat(lock.tryAcquire()).as("a single attempt does not wait").isEmpty();
        assertThat(begun).isEmpty();
        assertThatThrownBy(() -> lock.acquire(LONG_ENOUGH_TO_WAIT)).isInstanceOf(FileLockTimeoutException.class);
        assertThat(begun).singleElement().extracting(WaitingLockInfo::timeout).isEqualTo(LONG_ENOUGH_TO_WAIT);
        assertThat(ended).isEqualTo(begun);

        Future<?> interrupted = threads.submit(() -> lock.acquire());
        await().until(() -> begun.size() == 2);
        assertThat(begun.get(1).timeout()).isNegative();
        interrupted.cancel(true);
        await().untilAsserted(() -> assertThat(ended).isEqualTo(begun));

        Future<?> granted = threads.submit(() -> lock.execute(() -> null));
        await().until(() -> begun.size() == 3);
        protocol.heldElsewhere.clear();
        granted.get(20, TimeUnit.SECONDS);
        assertThat(ended).isEqualTo(begun);
    }

    @Test
    void aListenerThatFailsUndoesTheAcquisition() {
        LockListener failing = new LockListener() {
            @Override
            public void acquired(HeldLockInfo lock, Duration waited) {
                throw new IllegalArgumentException("no");
            }
        };
        FileLock lock = lock(path, LockOptions.builder().listener(failing).build());
        assertThatThrownBy(lock::acquire).isInstanceOf(IllegalArgumentException.class);
        assertThat(protocol.grants).hasValue(0);
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void aHoldWhoseTimeMayBeOverIsExaminedBeforeItIsEnteredAgain() throws Exception {
        HeldLock held = lock().acquire();
        lock().acquire().close();
        protocol.beforeEnsureValid = () -> {
            throw new LockLostException(path, LockLostException.Reason.EVICTED, "others have it");
        };
        lock().acquire().close(); // in time, so nothing is examined
        protocol.overdue = true;
        for (ThrowingCallable entering : List.<ThrowingCallable>of(
                () -> lock().acquire(),
                () -> lock().tryAcquire(),
                () -> lock().lock(),
                held::again,
                () -> held.call(() -> lock().acquireAsync().join()))) {
            assertThatThrownBy(entering)
                    .extracting(thrown -> thrown instanceof CompletionException ? thrown.getCause() : thrown)
                    .isInstanceOf(LockLostException.class);
        }
        protocol.beforeEnsureValid = () -> {};
        HeldLock stillHeld = lock().acquire();
        stillHeld.close();
        held.close();
        protocol.beforeEnsureValid = () -> {
            throw new AssertionError("an open hold only");
        };
        assertThatThrownBy(held::again).isInstanceOf(IllegalStateException.class);
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void aLostHoldLeavesTheQueueAndTellsItsHolder() throws Exception {
        HeldLock held = lock().acquire();
        List<LockLostException> reasons = new CopyOnWriteArrayList<>();
        held.lost().thenAccept(reasons::add);
        Objects.requireNonNull(protocol.loser).accept(takenOver());
        assertThat(held.isValid()).isFalse();
        assertThatThrownBy(held::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        e -> assertThat(e.reason()).isEqualTo(LockLostException.Reason.OWNER_CHANGED))
                .hasMessage("taken over");
        assertThatThrownBy(() -> lock().acquire()).isInstanceOf(LockLostException.class);
        HeldLock successor = threads.submit(() -> lock().acquire()).get(20, TimeUnit.SECONDS);
        await().until(() -> reasons.size() == 1);
        held.close();
        assertThat(successor.isValid()).isTrue();
        successor.close();
        assertThat(engineForgot(path)).isTrue();
    }

    private LockLostException takenOver() {
        return new LockLostException(path, LockLostException.Reason.OWNER_CHANGED, "taken over");
    }

    @Test
    void whoWaitsForALostHoldGoesOnAtOnce() throws Exception {
        HeldLock held = lock().acquire();
        Future<HeldLock> next = acquiring(lock(path, patient()));
        Objects.requireNonNull(protocol.loser).accept(takenOver());
        next.get(10, TimeUnit.SECONDS).close();
        held.close();
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void aHandleIsNotDroppedBeforeItsLastCallIsThrough() {
        try (HeldLock held = lock().acquireAsync().join()) {
            for (int i = 0; i < 20_000; i++) {
                held.ensureValid(); // until it is compiled: then nothing but the code itself keeps the handle
            }
        }
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            protocol.beforeEnsureValid = () -> {
                WeakReference<Object> collected = new WeakReference<>(new Object());
                await().until(() -> {
                    System.gc();
                    return collected.refersTo(null);
                });
                await().during(Duration.ofMillis(200))
                        .until(() -> log.warnings().isEmpty());
            };
            lock().acquireAsync().join().ensureValid();
            protocol.beforeEnsureValid = () -> {};
            await().until(() -> {
                System.gc();
                return !log.warnings().isEmpty();
            });
        }
    }

    @Test
    void aLossIsToldOnceAndNotAfterTheEnd() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        LockListener listener = new LockListener() {
            @Override
            public void lost(HeldLockInfo lock, LockLostException reason) {
                told.add(String.valueOf(reason.getMessage()));
            }
        };
        LockOptions options = LockOptions.builder().listener(listener).build();
        HeldLock held = lock(path, options).acquire();
        Consumer<LockLostException> loser = Objects.requireNonNull(protocol.loser);
        loser.accept(takenOver());
        await().until(() -> told.contains("taken over"));
        loser.accept(new LockLostException(path, LockLostException.Reason.MARKER_MISSING, "gone, too"));
        held.close();
        HeldLock next = lock(path, options).acquire();
        next.close();
        Objects.requireNonNull(protocol.loser).accept(takenOver());
        HeldLock last = lock(path, options).acquire();
        Objects.requireNonNull(protocol.loser)
                .accept(new LockLostException(path, LockLostException.Reason.EVICTED, "the last"));
        await().until(() -> told.contains("the last"));
        assertThat(told).containsExactly("taken over", "the last");
        last.close();
    }

    @Test
    void unlockPopsOnlyALevelOfItsOwnMode() throws Exception {
        FileLock reader = engine.fileLock(path, LockMode.READ, LockOptions.defaults());
        FileLock writer = engine.fileLock(path, LockMode.WRITE, LockOptions.defaults());
        reader.lock();
        assertThatThrownBy(writer::unlock).isInstanceOf(IllegalMonitorStateException.class);
        assertThat(reader.isHeldByCurrentThread()).isTrue();
        assertThat(writer.isHeldByCurrentThread()).isFalse();
        reader.unlock();
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void aHoldThatWasDroppedIsReleasedOnceItsThreadHasEnded() throws Exception {
        Thread forgetful = new Thread(() -> {
            try {
                lock().acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        forgetful.start();
        forgetful.join();
        assertThat(protocol.grants).hasValue(1);
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            return protocol.grants.get() == 0;
        });
    }

    @Test
    void aHoldThatWasDroppedStaysWhileItsThreadLives() throws Exception {
        CountDownLatch dropped = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicReference<WeakReference<HeldLock>> handle = new AtomicReference<>();
        Thread forgetful = new Thread(() -> {
            handle.set(new WeakReference<>(lock().tryAcquire().orElseThrow()));
            dropped.countDown();
            awaitUninterruptibly(end);
        });
        try (CapturedLog log = new CapturedLog()) {
            forgetful.start();
            awaitUninterruptibly(dropped);
            await().atMost(LONG).until(() -> {
                System.gc();
                return handle.get().get() == null && !log.warnings().isEmpty();
            });
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains(path.toString(), "dropped without being closed", "when that thread has ended");
        }
        assertThat(protocol.grants).hasValue(1);
        end.countDown();
        await().atMost(LONG).until(() -> protocol.grants.get() == 0);
        assertThat(engineForgot(path)).isTrue();
    }

    @Test
    void namesThatNobodyUsesCostNothing() throws Exception {
        for (int i = 0; i < 1000; i++) {
            lock(directory.resolve(i + ".lock"), LockOptions.defaults())
                    .acquire()
                    .close();
        }
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void unlockPopsOnlyWhatLockPushed() throws Exception {
        FileLock lock = lock();
        HeldLock held = lock.acquire();
        assertThatThrownBy(lock::unlock)
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("handle");
        lock.lock();
        held.close();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThatThrownBy(() -> threads.submit(lock::unlock).get())
                .hasCauseInstanceOf(IllegalMonitorStateException.class);
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void aHandleMayBeClosedByAnotherThreadAndTwice() throws Exception {
        HeldLock held = lock().acquire();
        threads.submit(held::close).get();
        held.close();
        assertThat(protocol.releases).hasValue(1);
        assertThatThrownBy(held::ensureValid).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(held::again).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLevelAddedToAHoldKeepsIt() throws Exception {
        HeldLock held = lock().acquire();
        HeldLock again = held.again();
        held.close();
        assertThat(again.isValid()).isTrue();
        assertThat(protocol.releases).hasValue(0);
        again.close();
        assertThat(protocol.releases).hasValue(1);
    }

    @Test
    void aDetachedHoldIsNotReenteredByTheThreadThatTookIt() throws Exception {
        HeldLock held = lock().acquire();
        held.detach();
        held.detach();
        assertThat(lock().isHeldByCurrentThread()).isFalse();
        assertThat(held.info().thread()).isNull();
        assertThat(lock().tryAcquire()).isEmpty();
        Future<?> closer = threads.submit(held::close);
        try (HeldLock next = lock().acquire(LONG)) {
            assertThat(next.info().holdCount()).isOne();
        }
        closer.get(20, TimeUnit.SECONDS);
        assertThatThrownBy(held::detach).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyTheDetachedLevelIsPartedFromItsThread() throws Exception {
        HeldLock outer = lock().acquire();
        HeldLock inner = lock().acquire();
        inner.detach();
        lock().acquire(Duration.ZERO).close();
        outer.close();
        assertThat(lock().tryAcquire()).isEmpty();
        inner.close();
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void anUnlockStillWorksAfterTheDirectoryWasMoved() throws Exception {
        Path sub = Files.createDirectory(directory.resolve("sub"));
        FileLock lock = lock(sub.resolve("y.lock"), LockOptions.defaults());
        lock.lock();
        Files.move(sub, directory.resolve("moved"));
        lock.unlock();
        assertThat(protocol.grants).hasValue(0);
    }

    private boolean engineForgot(Path file) {
        return engine.inUse() == 0;
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                if (!latch.await(30, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the test did not go on");
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Recorder implements LockListener {
        final List<String> events = new CopyOnWriteArrayList<>();

        @Override
        public void waiting(WaitingLockInfo lock) {
            events.add("waiting " + lock.label());
        }

        @Override
        public void acquired(HeldLockInfo lock, Duration waited) {
            events.add("acquired " + lock.label());
        }

        @Override
        public void waited(WaitingLockInfo lock) {
            events.add("waited " + lock.label());
        }

        @Override
        public void timedOut(WaitingLockInfo lock, Duration waited) {
            events.add("timedOut " + lock.label());
        }

        @Override
        public void released(HeldLockInfo lock, Duration held) {
            events.add("released " + lock.label());
        }
    }
}
