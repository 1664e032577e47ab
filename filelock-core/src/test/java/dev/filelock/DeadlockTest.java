package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.filelock.LockDeadlockException.Participant;
import dev.filelock.engine.Leaks;
import dev.filelock.testing.LogRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that wait for each other are told so at once; nobody is told so who could have had the lock. */
@Timeout(120)
class DeadlockTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    Path directory;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private FileLock lock(String name) {
        return FileLock.of(directory.resolve(name + ".lock"));
    }

    /** A thread that holds one lock and, told so, waits for another; it gives both back as soon as it can. */
    private final class Crossing {
        private final CountDownLatch go = new CountDownLatch(1);
        private final CountDownLatch holding = new CountDownLatch(1);
        private final Future<String> end;
        volatile Thread thread = Thread.currentThread();

        Crossing(Callable<HeldLock> first, Callable<HeldLock> second) throws InterruptedException {
            this(threads, first, second);
        }

        Crossing(ExecutorService executor, Callable<HeldLock> first, Callable<HeldLock> second)
                throws InterruptedException {
            end = executor.submit(() -> {
                thread = Thread.currentThread();
                try (HeldLock mine = first.call()) {
                    holding.countDown();
                    go.await();
                    try (HeldLock other = second.call()) {
                        return "had both";
                    }
                }
            });
            holding.await();
        }

        Crossing go() {
            go.countDown();
            return this;
        }

        /** As soon as the wait for the second lock has begun. */
        Crossing goAndWait(Path path) {
            go();
            await().until(() -> thread.getState() == Thread.State.TIMED_WAITING
                    && Leaks.waiting(directory).stream()
                            .anyMatch(waiting -> waiting.path().equals(path)));
            return this;
        }

        String outcome() throws Exception {
            return end.get(60, TimeUnit.SECONDS);
        }

        LockDeadlockException deadlock() {
            ExecutionException failed =
                    catchThrowableOfType(ExecutionException.class, () -> end.get(60, TimeUnit.SECONDS));
            assertThat(failed).as("it should have failed").isNotNull();
            assertThat(failed.getCause()).isInstanceOf(LockDeadlockException.class);
            return (LockDeadlockException) failed.getCause();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "STRICT", "SQLITE_WRITE", "GENERATION_WRITE"})
    void whoeverClosesTheCircleFailsAtOnceAndTheOtherGoesOn(LockKind kind) throws Exception {
        FileLock a = kind.lock(directory.resolve("a" + kind.suffix));
        FileLock b = kind.lock(directory.resolve("b" + kind.suffix));
        Crossing one = new Crossing(a::acquire, b::acquire);
        Crossing two = new Crossing(b::acquire, a::acquire);
        one.goAndWait(b.path());
        LockDeadlockException deadlock = two.go().deadlock();

        assertThat(one.outcome()).isEqualTo("had both");
        assertThat(deadlock.path()).isEqualTo(a.path());
        assertThat(deadlock.participants())
                .extracting(Participant::thread, Participant::holds, Participant::waitsFor)
                .containsExactly(
                        tuple(two.thread.getName(), b.path(), a.path()),
                        tuple(one.thread.getName(), a.path(), b.path()));
        assertThat(deadlock)
                .hasMessage(a.path() + " would have been waited for in vain, for each waits for the next: thread '"
                        + two.thread.getName() + "' holds " + b.path() + " and waits for " + a.path() + ", thread '"
                        + one.thread.getName() + "' holds " + a.path() + " and waits for " + b.path()
                        + ". Take the locks in the same order everywhere, or the second one by tryLock(time, unit)");
        assertThat(deadlock.getStackTrace()).as("the stack of the victim").anyMatch(this::isInCrossing);
        assertThat(deadlock.getSuppressed()).singleElement().satisfies(other -> {
            assertThat(other.getStackTrace()).as("the stack of the other").anyMatch(this::isInCrossing);
            assertThat(other).hasMessageContaining("thread '" + one.thread.getName() + "' holds " + a.path());
        });
    }

    private boolean isInCrossing(StackTraceElement frame) {
        return frame.getClassName().startsWith(Crossing.class.getName());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 7})
    void longerCirclesAreFoundToo(int length) throws Exception {
        List<Crossing> circle = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            FileLock second = lock("x" + (i + 1) % length);
            circle.add(new Crossing(lock("x" + i)::acquire, second::acquire));
        }
        for (int i = 0; i < length - 1; i++) {
            circle.get(i).goAndWait(lock("x" + (i + 1)).path());
        }
        LockDeadlockException deadlock = circle.get(length - 1).go().deadlock();
        assertThat(deadlock.participants()).hasSize(length);
        assertThat(deadlock.getSuppressed()).hasSize(length - 1);
        for (int i = 0; i < length - 1; i++) {
            assertThat(circle.get(i).outcome()).isEqualTo("had both");
        }
    }

    @Test
    void aReaderAmongSeveralIsEnough() throws Exception {
        ReadWriteFileLock shared = ReadWriteFileLock.of(directory.resolve("shared.db"));
        CyclicBarrier bothRead = new CyclicBarrier(2);
        Callable<HeldLock> read = () -> {
            bothRead.await(60, TimeUnit.SECONDS);
            return shared.readLock().acquire();
        };
        CompletableFuture<Crossing> harmless = CompletableFuture.supplyAsync(
                () -> crossing(read, () -> lock("other").acquire()), threads);
        Crossing one = new Crossing(read, lock("a")::acquire);
        Crossing writer = new Crossing(lock("a")::acquire, shared.writeLock()::acquire);
        one.goAndWait(lock("a").path());
        assertThat(writer.go().deadlock().participants()).hasSize(2);
        assertThat(one.outcome()).isEqualTo("had both");
        assertThat(harmless.get(60, TimeUnit.SECONDS).go().outcome()).isEqualTo("had both");
    }

    private Crossing crossing(Callable<HeldLock> first, Callable<HeldLock> second) {
        try {
            return new Crossing(first, second);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theMethodsOfTheJdkFailToo() throws Exception {
        FileLock a = lock("a");
        Crossing one = new Crossing(a::acquire, lock("b")::acquire);
        Crossing two = new Crossing(lock("b")::acquire, () -> {
            a.lock();
            throw new AssertionError("it was locked");
        });
        one.goAndWait(lock("b").path());
        two.go().deadlock();
        assertThat(one.outcome()).isEqualTo("had both");
    }

    @Test
    void virtualThreadsAreThreads() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "there are no virtual threads before JDK 21");
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        Crossing one = new Crossing(virtual, lock("a")::acquire, lock("b")::acquire);
        Crossing two = new Crossing(virtual, lock("b")::acquire, lock("a")::acquire);
        one.goAndWait(lock("b").path());
        assertThat(two.go().deadlock().participants()).hasSize(2);
        assertThat(one.outcome()).isEqualTo("had both");
        virtual.shutdown();
    }

    @Test
    void whoeverRunsInsideAHoldWithoutAThreadHasIt() throws Exception {
        HeldLock withoutThread = lock("a").acquireAsync().get(60, TimeUnit.SECONDS);
        Crossing two = new Crossing(lock("b")::acquire, lock("a")::acquire);
        two.goAndWait(lock("a").path());
        assertThatThrownBy(() -> withoutThread.call(() -> lock("b").acquire()))
                .isInstanceOf(LockDeadlockException.class);
        withoutThread.close();
        assertThat(two.outcome()).isEqualTo("had both");
    }

    // ---- timeouts

    @Test
    void ofWaitsWithALimitTheOneFailsWhoseTimeWouldBeUpFirst() throws Exception {
        Crossing one = new Crossing(lock("a")::acquire, () -> lock("b").acquire(LONG));
        Crossing two = new Crossing(lock("b")::acquire, () -> lock("a").acquire(LONG.multipliedBy(2)));
        one.goAndWait(lock("b").path());
        two.go();
        LockDeadlockException deadlock = one.deadlock();
        assertThat(deadlock.path()).isEqualTo(lock("b").path());
        assertThat(deadlock.participants().get(0).thread()).isEqualTo(one.thread.getName());
        assertThat(deadlock.getStackTrace())
                .as("the stack of the victim, not of whoever found it")
                .anyMatch(frame -> frame.getMethodName().equals("await")
                        || frame.getMethodName().startsWith("park"));
        assertThat(two.outcome()).isEqualTo("had both");
    }

    @Test
    void whoeverTriesForAWhileIsLeftToItAndTheOtherGoesOn() throws Exception {
        Crossing patient = new Crossing(lock("b")::acquire, lock("a")::acquire);
        AtomicInteger tries = new AtomicInteger();
        Crossing careful = new Crossing(lock("a")::acquire, () -> {
            assertThat(lock("b").tryLock(1, TimeUnit.SECONDS)).isFalse();
            tries.incrementAndGet();
            return lock("c").acquire();
        });
        careful.goAndWait(lock("b").path());
        patient.go();
        assertThat(careful.outcome()).isEqualTo("had both");
        assertThat(patient.outcome()).isEqualTo("had both");
        assertThat(tries).hasValue(1);
    }

    // ---- no false alarm

    @Test
    void aHoldThatWasPartedFromItsThreadIsWaitedForWithoutAlarm() throws Exception {
        HeldLock parted = lock("a").acquire();
        parted.detach();
        Crossing two = new Crossing(lock("b")::acquire, lock("a")::acquire);
        two.goAndWait(lock("a").path());
        Thread closer = new Thread(() -> {
            await().until(() -> Leaks.waiting(directory).size() == 2);
            parted.close();
        });
        closer.start();
        try (HeldLock b = lock("b").acquire()) { // waits for the one who waits for what this thread took
            assertThat(two.outcome()).isEqualTo("had both");
        }
        closer.join();
    }

    @Test
    void aHoldWithALevelOfItsThreadAndOneHandedOnIsOfTheThread() throws Exception {
        HeldLock mine = lock("a").acquire();
        HeldLock forOther = mine.again();
        forOther.detach();
        Crossing two = new Crossing(lock("b")::acquire, lock("a")::acquire);
        two.goAndWait(lock("a").path());
        assertThatThrownBy(() -> lock("b").acquire()).isInstanceOf(LockDeadlockException.class);
        forOther.close();
        mine.close();
        assertThat(two.outcome()).isEqualTo("had both");
    }

    @Test
    void whatWasBegunUnderAHoldIsOnlySuspectedToKeepIt() throws Exception {
        HeldLock a = lock("a").acquireAsync().get(60, TimeUnit.SECONDS);
        FileLock b = FileLock.builder(lock("b").path())
                .options(LockOptions.builder().logWaitingAfter(Duration.ZERO).build())
                .build();
        Crossing two = new Crossing(b::acquire, lock("a")::acquire);
        two.goAndWait(lock("a").path());
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            CompletableFuture<HeldLock> later = a.call(() -> b.acquireAsync());
            await().until(() -> log.events(Level.INFO).stream()
                    .map(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.endsWith(
                            "; perhaps they wait for each other: an acquisition without a thread waits for "
                                    + b.path() + ", thread '" + two.thread.getName() + "' waits for "
                                    + lock("a").path())));
            assertThat(later).isNotDone();
            a.close(); // though what was begun has not ended
            assertThat(two.outcome()).isEqualTo("had both");
            later.get(60, TimeUnit.SECONDS).close();
        }
    }

    /** Takes up to four locks in a way that chance decides, on threads that do so again and again, and gives all back. */
    private final class Crowd {
        private static final int THREADS = 6;
        private static final int LOCKS = 5;
        private static final int ROUNDS = 100;

        private final boolean ordered;
        private final Map<Path, Thread> owners = new ConcurrentHashMap<>();
        private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
        final AtomicInteger deadlocks = new AtomicInteger();

        Crowd(boolean ordered) {
            this.ordered = ordered;
        }

        void run(long seed) throws Exception {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed + i);
                all.add(threads.submit(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        nest(random, random.ints(0, LOCKS).distinct().limit(1 + random.nextInt(4)));
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get(100, TimeUnit.SECONDS);
            }
        }

        private void nest(Random random, IntStream chosen) throws Exception {
            descend(random, (ordered ? chosen.sorted() : chosen).boxed().toList());
        }

        private void descend(Random random, List<Integer> names) throws Exception {
            if (names.isEmpty()) {
                return;
            }
            FileLock lock = lock("x" + names.get(0));
            Map<String, Integer> before = new ConcurrentHashMap<>();
            failures.forEach((thread, count) -> before.put(thread, count.get()));
            HeldLock held;
            try {
                held = take(random, lock);
            } catch (LockDeadlockException e) {
                deadlocks.incrementAndGet();
                verify(e, before);
                failures.computeIfAbsent(Thread.currentThread().getName(), name -> new AtomicInteger())
                        .incrementAndGet();
                return;
            }
            if (held == null) {
                return;
            }
            if (random.nextInt(5) == 0) {
                held.detach();
                threads.submit(() -> {
                    Thread.yield();
                    held.close();
                });
                descend(random, names.subList(1, names.size()));
                return;
            }
            try (held) {
                owners.put(lock.path(), Thread.currentThread());
                descend(random, names.subList(1, names.size()));
                owners.remove(lock.path());
            }
        }

        private HeldLock take(Random random, FileLock lock) throws Exception {
            switch (random.nextInt(5)) {
                case 0:
                    return lock.acquire(LONG);
                case 1:
                    if (!lock.tryLock(1, TimeUnit.MILLISECONDS)) {
                        return null;
                    }
                    HeldLock handle = lock.acquire();
                    lock.unlock();
                    return handle;
                case 2:
                    return lock.tryAcquire().orElse(null);
                default:
                    return lock.acquire();
            }
        }

        /** While the victim still has what it holds, the others are where they were, but for other victims. */
        private void verify(LockDeadlockException e, Map<String, Integer> before) {
            assertThat(e.participants().get(0).thread())
                    .isEqualTo(Thread.currentThread().getName());
            for (Participant each : e.participants()) {
                Thread owner = owners.get(each.holds());
                AtomicInteger failed = failures.get(each.thread());
                assertThat(owner != null && owner.getName().equals(each.thread())
                                || failed != null && failed.get() > before.getOrDefault(each.thread(), 0))
                        .as("%s holds what %s says", each.thread(), each)
                        .isTrue();
            }
        }
    }

    @Test
    void inNoOrderEveryReportIsTrueAndNobodyWaitsForEver() throws Exception {
        Crowd crowd = new Crowd(false);
        crowd.run(System.nanoTime());
        assertThat(crowd.deadlocks.get()).isPositive();
    }

    @Test
    void inTheSameOrderEverywhereNobodyIsTold() throws Exception {
        Crowd crowd = new Crowd(true);
        crowd.run(System.nanoTime());
        assertThat(crowd.deadlocks.get()).isZero();
    }
}
