package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a waiter makes of change signals: they speed it up, and that is all that depends on them. */
@Timeout(60)
class ChangeSignalTest {
    /** Who polls: the head's thread, a thread of the engine's, or one that waits inside the protocol. */
    enum Driver {
        THREAD,
        TURN,
        PATIENCE
    }

    /** Signals only when the test says so. */
    private static final class Hand implements Watcher {
        final List<Runnable> signals = new CopyOnWriteArrayList<>();
        volatile int armed;

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
        return driver == Driver.THREAD ? threads.submit(() -> lock.acquire()) : lock.acquireAsync();
    }

    private void untilThePausesAreLong(ScriptedProtocol protocol) {
        await().until(() -> {
            int before = protocol.polls.get();
            TimeUnit.MILLISECONDS.sleep(200);
            return before > 2 && protocol.polls.get() == before;
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
        assertThat(hand.signals).as("what nobody waits for is not watched").isEmpty();
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
        long start = System.nanoTime();
        long signals = 0;
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(300)) {
            hand.signal();
            signals++;
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertThat(signals).isGreaterThan(10 * millis);
        assertThat(protocol.polls.get() - polls).isBetween(2, (int) millis + 10);
        protocol.heldElsewhere.clear();
        hand.signal();
        waiter.get(20, TimeUnit.SECONDS).close();
    }
}
