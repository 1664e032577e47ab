package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockClaim.Kind;
import dev.filelock.LockClaim.Liveness;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** STRICT among processes that are killed or stopped, in both languages: it fails closed, and an operator clears it. */
@Timeout(120)
class StrictProcessesTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    /** Says what a Python peer sees, waits, and removes what it is told to. */
    private static final String OPERATOR = """
            import filelock, sys
            lock = filelock.StrictSoftFileLock(sys.argv[1], timeout=0)
            print('ready', flush=True)
            for line in sys.stdin:
                words = line.split()
                if words[0] == 'claims':
                    print(' '.join(f'{c.state}:{c.pid}:{c.hostname}:{c.start}' for c in lock.claims), flush=True)
                elif words[0] == 'break':
                    lock.force_break(words[1])
                    print('broken', flush=True)
                elif words[0] == 'try':
                    try:
                        with lock:
                            print('held', flush=True)
                    except filelock.Timeout:
                        print('timeout', flush=True)
            """;

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private static ChildProcess holder(String language, Path path) {
        if (language.equals("Java")) {
            return Peer.start(LockKind.STRICT, path).writeLine("acquire").expectLine("held");
        }
        return PythonPeer.start(PythonInteropTest.holding(LockKind.STRICT), path.toString())
                .expectLine("held");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Java", "Python"})
    void aKilledHolderKeepsEverybodyOutUntilEachOfItsClaimsWasRemoved(String language) throws Exception {
        Path path = directory.resolve("x.lock");
        FileLock lock = LockKind.STRICT.lock(path);
        try (ChildProcess python = PythonPeer.start(OPERATOR, path.toString()).expectLine("ready");
                ChildProcess holder = holder(language, path)) {
            assertThat(lock.claims()).extracting(LockClaim::kind).containsExactly(Kind.HELD, Kind.INTENT);
            assertThat(lock.claims()).allSatisfy(claim -> {
                assertThat(claim.owner().pid()).isEqualTo(holder.pid());
                assertThat(claim.liveness()).isEqualTo(Liveness.ALIVE);
                assertThatThrownBy(() -> lock.forceBreak(claim))
                        .isInstanceOf(FileLockException.class)
                        .hasMessageContaining("its process lives: pid " + holder.pid());
            });
            Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
            holder.kill();

            List<LockClaim> left = lock.claims();
            assertThat(left).extracting(LockClaim::liveness).containsExactly(Liveness.DEAD, Liveness.DEAD);
            assertThatThrownBy(() -> LockKind.STRICT.lock(path).acquire(SHORT))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining(path + " not acquired");
            try (ChildProcess late = Peer.start(LockKind.STRICT, path)) {
                assertThat(late.ask("try 100"))
                        .startsWith("timeout " + path + " not acquired in 100 ms: held by pid " + holder.pid())
                        .contains("that process has ended")
                        .contains("lock.forceBreak(claim)")
                        .contains(left.get(0).id())
                        .contains(left.get(1).id());
            }
            assertThat(python.ask("try")).isEqualTo("timeout");

            assertThat(lock.forceBreak(left.get(0))).isTrue();
            assertThat(lock.forceBreak(left.get(0))).isFalse();
            await().during(Duration.ofMillis(150)).until(() -> !waiting.isDone());
            assertThat(python.ask("try")).isEqualTo("timeout");
            assertThat(lock.forceBreak(left.get(1))).isTrue();
            waiting.get(60, TimeUnit.SECONDS).close();
            assertThat(python.ask("try")).isEqualTo("held");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Java", "Python"})
    void aStoppedHolderStaysTheHolder(String language) throws Exception {
        Path path = directory.resolve("x.lock");
        FileLock lock = LockKind.STRICT.lock(path);
        try (ChildProcess python = PythonPeer.start(OPERATOR, path.toString()).expectLine("ready");
                ChildProcess holder = holder(language, path)) {
            holder.suspend();
            assertThatThrownBy(() -> lock.acquire(SHORT))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by pid " + holder.pid())
                    .hasMessageContaining("stopped by a signal");
            assertThat(python.ask("try")).isEqualTo("timeout");
            holder.resume();
            assertThat(holder.ask(language.equals("Java") ? "release" : "")).isEqualTo("released");
            lock.acquire(Duration.ofSeconds(60)).close();
        }
    }

    @Test
    void whatAJavaHolderLeftIsReadAndRemovedByPython() throws Exception {
        Path path = directory.resolve("x.lock");
        FileLock lock = LockKind.STRICT.lock(path);
        try (ChildProcess python = PythonPeer.start(OPERATOR, path.toString()).expectLine("ready")) {
            long pid;
            List<LockClaim> left;
            try (ChildProcess holder = holder("Java", path)) {
                pid = holder.pid();
                left = lock.claims();
                assertThat(python.ask("claims"))
                        .matches("held:" + pid + ":[^ ]+:[0-9]+ intent:" + pid + ":[^ ]+:[0-9]+");
            }
            assertThat(python.ask("try")).isEqualTo("timeout");
            for (LockClaim claim : left) {
                assertThat(lock.tryAcquire()).isEmpty();
                assertThat(python.ask("break " + claim.id())).isEqualTo("broken");
            }
            assertThat(lock.claims()).isEmpty();
            lock.acquire(Duration.ZERO).close();
        }
    }

    @Test
    void pythonsSoftLockAndTheStrictLockKeepEachOtherOut() throws Exception {
        Path path = directory.resolve("x.lock");
        FileLock lock = LockKind.STRICT.lock(path);
        try (ChildProcess soft = PythonPeer.start(PythonInteropTest.holding(LockKind.SOFT), path.toString())) {
            soft.expectLine("held");
            assertThatThrownBy(() -> lock.acquire(SHORT))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by pid " + soft.pid())
                    .hasMessageContaining("the marker of a SOFT lock is at " + path);
            assertThat(path.resolveSibling("x.lock.filelock")).doesNotExist();
            soft.writeLine("").expectLine("released");
            lock.acquire(Duration.ofSeconds(60)).close();
        }
        try (ChildProcess soft = PythonPeer.start(PythonInteropTest.trying(LockKind.SOFT), path.toString())) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(3600)));
            assertThat(soft.ask("")).isEqualTo("timeout");
            assertThat(path).hasSize(24);
        }
        assertThatThrownBy(() -> LockKind.SOFT.lock(path).tryAcquire())
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("the sentinel of a STRICT lock");
        assertThatThrownBy(() -> LockKind.NATIVE.lock(path).tryAcquire())
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("the sentinel of a STRICT lock");
        lock.acquire(Duration.ZERO).close();
    }

    @Test
    void aHolderIsToldThatItsClaimsWereRemoved() throws Exception {
        Path path = directory.resolve("x.lock");
        FileLock lock = LockKind.STRICT.lock(path);
        try (ChildProcess python = PythonPeer.start(OPERATOR, path.toString()).expectLine("ready");
                HeldLock held = lock.acquire()) {
            held.ensureValid();
            for (LockClaim claim : lock.claims()) {
                assertThatThrownBy(() -> lock.forceBreak(claim)).hasMessageContaining("its process lives");
                assertThat(python.ask("break " + claim.id())).isEqualTo("broken");
            }
            assertThatThrownBy(held::ensureValid)
                    .isInstanceOf(LockLostException.class)
                    .hasMessageContaining("somebody removed or replaced its claims");
            assertThat(python.ask("try")).isEqualTo("held");
        }
    }
}
