package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a waiter makes of change signals: they speed it up, and that is all that depends on them. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class ChangeSignalTest {
    /** Who polls: the head's thread, which is told or looks out itself, a thread of the engine's, or one that waits inside the protocol. */
    enum Driver {
        THREAD,
        LOOKOUT,
        TURN,
        PATIENCE
    }

    /** Signals only when the test says so. */
    private static final class Hand implements Watcher {
        final List<Runnable> signals = new CopyOnWriteArrayList<>();
        final List<HandLookout> lookouts = new CopyOnWriteArrayList<>();
        final AtomicInteger looksOut = new AtomicInteger();
        volatile boolean hasLookouts;
        volatile int armed;

        @Override
        public @Nullable Lookout lookout() {
            return hasLookouts ? new HandLookout(this) : null;
        }

        @Override
        public Subscription subscribe(Runnable signal) {
            signals.add(signal);
            return new Subscription() {
                @Override
                public void watch(Set<Watch> watches) {
                    armed++;
                }

                @Override
                public void close() {
                    signals.remove(signal);
                }
            };
        }

        void signal() {
            signals.forEach(Runnable::run);
            lookouts.forEach(HandLookout::change);
        }

        boolean isWatched() {
            return !signals.isEmpty() || !lookouts.isEmpty();
        }
    }

    /** As the kernel's: a change is seen until the next look at what is watched, and each wake ends one wait. */
    private static final class HandLookout implements Watcher.Lookout {
        private final Hand hand;
        private boolean changed;
        private boolean woken;

        HandLookout(Hand hand) {
            this.hand = hand;
            hand.lookouts.add(this);
        }

        @Override
        public synchronized void watch(Set<Watch> watches) {
            hand.armed++;
            changed = false;
        }

        @Override
        public synchronized boolean await(long nanos) {
            hand.looksOut.incrementAndGet();
            try {
                if (!changed && !woken) {
                    TimeUnit.NANOSECONDS.timedWait(this, nanos);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            woken = false;
            return changed;
        }

        synchronized void change() {
            changed = true;
            notifyAll();
        }

        @Override
        public synchronized void wake() {
            woken = true;
            notifyAll();
        }

        @Override
        public void close() {
            hand.lookouts.remove(this);
        }
    }

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Hand hand = new Hand();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private ScriptedProtocol protocol(Driver driver) {
        ScriptedProtocol protocol = new ScriptedProtocol(driver == Driver.PATIENCE);
        protocol.heldElsewhere.put(path(), true);
        return protocol;
    }

    private Path path() {
        return directory.resolve("x.lock");
    }

    private Future<HeldLock> waiter(Driver driver, ScriptedProtocol protocol, Duration pollInterval) {
        Engine engine = new Engine(
                backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), hand);
        FileLock lock = engine.fileLock(
                path(),
                LockMode.EXCLUSIVE,
                LockOptions.builder().pollInterval(pollInterval).build());
        hand.hasLookouts = driver == Driver.LOOKOUT;
        return driver == Driver.THREAD || driver == Driver.LOOKOUT
                ? threads.submit(() -> lock.acquire())
                : lock.acquireAsync();
    }

    private void untilThePausesAreLong(ScriptedProtocol protocol) {
        AtomicInteger before = new AtomicInteger();
        await().during(Duration.ofMillis(200)).until(() -> {
            int polls = protocol.polls.get();
            return before.getAndSet(polls) == polls && polls > 2;
        });
    }

    @ParameterizedTest
    @EnumSource(Driver.class)
    void aSignalLeadsToATryAtOnce(Driver driver) throws Exception {
        ScriptedProtocol protocol = protocol(driver);
        Future<HeldLock> waiter = waiter(driver, protocol, Duration.ofHours(1));
        untilThePausesAreLong(protocol);
        assertThat(hand.armed).as("before the second try").isPositive();
        int polls = protocol.polls.get();
        protocol.heldElsewhere.clear();
        hand.signal();
        waiter.get(20, TimeUnit.SECONDS).close();
        assertThat(protocol.polls).hasValue(polls + 1);
        assertThat(hand.isWatched()).as("what nobody waits for is not watched").isFalse();
    }

    @ParameterizedTest
    @EnumSource(Driver.class)
    void aLostSignalOnlyDelays(Driver driver) throws Exception {
        ScriptedProtocol protocol = protocol(driver);
        Future<HeldLock> waiter = waiter(driver, protocol, Duration.ofMillis(50));
        await().until(() -> protocol.polls.get() > 3);
        protocol.heldElsewhere.clear();
        waiter.get(20, TimeUnit.SECONDS).close();
    }

    @ParameterizedTest
    @EnumSource(Driver.class)
    void aSignalJustBeforeTheReleaseIsFollowedByAFewQuickTries(Driver driver) throws Exception {
        ScriptedProtocol protocol = protocol(driver);
        Future<HeldLock> waiter = waiter(driver, protocol, Duration.ofHours(1));
        untilThePausesAreLong(protocol);
        int polls = protocol.polls.get();
        protocol.beforePoll = () -> {
            if (protocol.polls.get() == polls + 3) {
                protocol.heldElsewhere.clear();
            }
        };
        hand.signal();
        waiter.get(20, TimeUnit.SECONDS).close();
    }

    @ParameterizedTest
    @EnumSource(Driver.class)
    void aSignalDuringATryIsNotLost(Driver driver) throws Exception {
        ScriptedProtocol protocol = protocol(driver);
        Future<HeldLock> waiter = waiter(driver, protocol, Duration.ofHours(1));
        untilThePausesAreLong(protocol);
        int polls = protocol.polls.get();
        protocol.beforePoll = () -> {
            if (protocol.polls.get() == polls + 6) {
                hand.signal();
            } else if (protocol.polls.get() > polls + 6) {
                protocol.heldElsewhere.clear();
            }
        };
        for (int i = 0; i < 6 && protocol.polls.get() < polls + 6; i++) {
            int before = protocol.polls.get();
            hand.signal();
            await().until(() -> protocol.polls.get() > before || waiter.isDone());
        }
        waiter.get(20, TimeUnit.SECONDS).close();
    }

    @ParameterizedTest
    @EnumSource(Driver.class)
    void aStormOfSignalsDoesNotSpin(Driver driver) throws Exception {
        ScriptedProtocol protocol = protocol(driver);
        Future<HeldLock> waiter = waiter(driver, protocol, Duration.ofHours(1));
        untilThePausesAreLong(protocol);
        int polls = protocol.polls.get();
        int looksOut = hand.looksOut.get();
        long start = System.nanoTime();
        long signals = 0;
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(300)) {
            hand.signal();
            signals++;
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertThat(signals).as("far more than tries").isGreaterThan(2 * (millis + 10));
        assertThat(protocol.polls.get() - polls).isBetween(2, (int) millis + 10);
        assertThat(hand.looksOut.get() - looksOut)
                .as("a lookout that knows of a change sees it until the next try, so it is no place to wait for that")
                .isLessThanOrEqualTo(2 * (int) millis + 20);
        protocol.heldElsewhere.clear();
        hand.signal();
        waiter.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void aWaiterThatLooksOutIsWokenByWhatElseEndsItsWait() throws Exception {
        ScriptedProtocol protocol = protocol(Driver.LOOKOUT);
        hand.hasLookouts = true;
        Engine engine = new Engine(
                backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), hand);
        try (LockRegistry registry = engine.registry(
                directory,
                LockOptions.builder()
                        .pollInterval(Duration.ofHours(1))
                        .logWaitingAfter(Duration.ofHours(1))
                        .build(),
                List.of())) {
            FileLock lock = registry.lock("x");
            Future<HeldLock> interrupted = threads.submit(() -> lock.acquire());
            untilThePausesAreLong(protocol);
            interrupted.cancel(true);
            await().until(() -> !hand.isWatched());
            Future<HeldLock> cancelled = threads.submit(() -> lock.acquire());
            await().until(hand::isWatched);
            untilThePausesAreLong(protocol);
            registry.close();
            assertThatThrownBy(() -> cancelled.get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatBehindALookoutWaitsTakesItOver() throws Exception {
        ScriptedProtocol protocol = protocol(Driver.LOOKOUT);
        hand.hasLookouts = true;
        Engine engine = new Engine(
                backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), hand);
        FileLock lock = engine.fileLock(
                path(),
                LockMode.EXCLUSIVE,
                LockOptions.builder().pollInterval(Duration.ofHours(1)).build());
        Future<HeldLock> first = threads.submit(() -> lock.acquire());
        untilThePausesAreLong(protocol);
        CompletableFuture<HeldLock> second = lock.acquireAsync();
        first.cancel(true); // an acquisition without a thread has nobody to look out
        await().until(() -> hand.lookouts.isEmpty() && !hand.signals.isEmpty());
        untilThePausesAreLong(protocol);
        protocol.heldElsewhere.clear();
        hand.signal();
        second.get(20, TimeUnit.SECONDS).close();
    }
}
