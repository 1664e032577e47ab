package dev.filelock.spring.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.integration.leader.Context;
import org.springframework.integration.leader.DefaultCandidate;
import org.springframework.integration.support.leader.LockRegistryLeaderInitiator;

/** Spring Integration itself, on file locks. */
@Timeout(60)
class IntegrationLockRegistryTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private LockRegistry registry;
    private IntegrationLockRegistry locks;

    @BeforeEach
    void makeRegistry() {
        registry = LockRegistry.builder().directory(directory).build();
        locks = new IntegrationLockRegistry(registry);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        registry.close();
    }

    @Test
    void whoRunsUnderAKeyExcludesOthers() throws Exception {
        locks.executeLocked("key", () -> {
            assertThatThrownBy(
                            () -> threads.submit(() -> locks.executeLocked("key", Duration.ofMillis(10), () -> "done"))
                                    .get(20, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(TimeoutException.class);
            assertThat(threads.submit(() -> locks.executeLocked("another", () -> "done"))
                            .get(20, TimeUnit.SECONDS))
                    .isEqualTo("done");
            locks.executeLocked("key", () -> assertThat(registry.heldLocks()).hasSize(1));
        });
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void anyKeyIsOneFileInTheDirectory() throws Exception {
        for (Object key : new Object[] {"../outside", "a/b", "/", 42, "con", "x".repeat(400)}) {
            Lock lock = locks.obtain(key);
            lock.lock();
            lock.unlock();
        }
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(6).allMatch(Files::isRegularFile);
        }
        assertThatThrownBy(() -> locks.obtain(" ")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onlyItsOwnThreadUnlocks() {
        Lock lock = locks.obtain("key");
        lock.lock();
        assertThatThrownBy(
                        () -> threads.submit(() -> locks.obtain("key").unlock()).get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IllegalMonitorStateException.class);
        lock.unlock();
    }

    @Test
    void oneOfTwoCandidatesLeadsAndTheOtherFollows() throws Exception {
        AtomicInteger leaders = new AtomicInteger();
        LockRegistryLeaderInitiator first = initiator("first", leaders);
        LockRegistryLeaderInitiator second = initiator("second", leaders);
        first.start();
        await().until(() -> first.getContext().isLeader());
        second.start();
        await().during(Duration.ofMillis(150)) // heart beats pass, each of which takes the lock once more
                .until(() -> leaders.get() == 1 && !second.getContext().isLeader());
        first.stop();
        await().until(() -> second.getContext().isLeader() && leaders.get() == 1);
        second.getContext().yield();
        await().until(() -> leaders.get() == 0 || second.getContext().isLeader());
        second.stop();
        await().until(() -> registry.heldLocks().isEmpty());
        first.destroy();
        second.destroy();
    }

    private LockRegistryLeaderInitiator initiator(String id, AtomicInteger leaders) {
        LockRegistryLeaderInitiator initiator =
                new LockRegistryLeaderInitiator(locks, new DefaultCandidate(id, "the-leader") {
                    @Override
                    public void onGranted(Context context) {
                        leaders.incrementAndGet();
                    }

                    @Override
                    public void onRevoked(Context context) {
                        leaders.decrementAndGet();
                    }
                });
        initiator.setHeartBeatMillis(10);
        initiator.setBusyWaitMillis(10);
        return initiator;
    }
}
