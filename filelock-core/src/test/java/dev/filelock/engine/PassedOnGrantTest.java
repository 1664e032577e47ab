package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A grant serves several owners of this JVM in turn, but only for a moment, only if it still stands, and only if it may. */
@Timeout(120)
class PassedOnGrantTest {
    private static final long LONGER_THAN_IT_MAY = TimeUnit.MICROSECONDS.toNanos(150);

    @TempDir
    Path directory;

    private final ScriptedProtocol protocol = new ScriptedProtocol(false);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Engine engine = new Engine(
            backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), Watcher.NONE);
    private final AtomicInteger turns = new AtomicInteger();
    private final AtomicBoolean occupied = new AtomicBoolean();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** Lets four threads take turns, each holding the lock for a time, until something has happened; then all have ended. */
    private void takeTurns(long nanos, BooleanSupplier until) throws Exception {
        FileLock lock = engine.fileLock(directory.resolve("x.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        List<Future<?>> players = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            players.add(threads.submit(() -> {
                while (!until.getAsBoolean()) {
                    try (HeldLock held = lock.acquire()) {
                        long begun = System.nanoTime();
                        assertThat(occupied.getAndSet(true)).isFalse();
                        assertThat(held.info().thread())
                                .isEqualTo(Thread.currentThread().getName());
                        held.ensureValid();
                        turns.incrementAndGet();
                        while (System.nanoTime() - begun < nanos) {
                            Thread.onSpinWait();
                        }
                        occupied.set(false);
                    }
                }
                return null;
            }));
        }
        for (Future<?> player : players) {
            player.get(60, TimeUnit.SECONDS);
        }
        assertThat(protocol.grants).as("grants not given back").hasValue(0);
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void threadsThatHoldALockBrieflyShareAGrant() throws Exception {
        protocol.grantsCanBePassedOn = true;
        takeTurns(0, () -> turns.get() >= protocol.releases.get() + 100);
        assertThat(protocol.releases.get()).isPositive();
    }

    @Test
    void noneIsPassedOnOnceItIsATenthOfAMillisecondOld() throws Exception {
        protocol.grantsCanBePassedOn = true;
        takeTurns(LONGER_THAN_IT_MAY, () -> turns.get() >= 200);
        assertThat(protocol.releases).hasValue(turns.get());
    }

    @Test
    void noneIsPassedOnThatNoLongerStands() throws Exception {
        protocol.grantsCanBePassedOn = true;
        AtomicInteger examined = new AtomicInteger();
        protocol.beforeEnsureValid = () -> {
            if (!occupied.get()) {
                int times = examined.incrementAndGet();
                if (times % 3 == 0) {
                    throw new IOException("disk on fire");
                } else if (times % 3 == 1) {
                    throw new NoClassDefFoundError("as told");
                }
                throw new LockLostException(directory, LockLostException.Reason.OWNER_CHANGED, "replaced");
            }
        };
        takeTurns(0, () -> examined.get() >= 100);
        assertThat(protocol.releases).hasValue(turns.get());
    }

    @Test
    void noneIsPassedOnThatMayNotBe() throws Exception {
        takeTurns(0, () -> turns.get() >= 500);
        assertThat(protocol.releases).hasValue(turns.get());
    }
}
