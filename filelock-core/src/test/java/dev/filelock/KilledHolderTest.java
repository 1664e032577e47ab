package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A holder that is killed without a chance to release does not keep its waiters for ever, in either language. */
@Timeout(120)
class KilledHolderTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(value = LockKind.class, names = "STRICT", mode = EnumSource.Mode.EXCLUDE)
    void aWaiterGoesOnAfterAJavaHolderWasKilled(LockKind kind) throws Exception {
        Path path = directory.resolve("killed" + kind.suffix);
        FileLock lock = kind.competing().lock(path);
        try (ChildProcess holder = Peer.start(kind, path)) {
            holder.writeLine("acquire").expectLine("held");
            Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
            await().during(Duration.ofMillis(100)).until(() -> !waiting.isDone());
            holder.kill();
            waiting.get(60, TimeUnit.SECONDS).close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = LockKind.class,
            names = {"RANGE", "STRICT"},
            mode = EnumSource.Mode.EXCLUDE)
    void aWaiterGoesOnAfterAPythonHolderWasKilled(LockKind kind) throws Exception {
        Path path = directory.resolve("killed" + kind.suffix);
        FileLock lock = kind.competing().lock(path);
        try (ChildProcess holder = PythonPeer.start(PythonInteropTest.holding(kind), path.toString())) {
            holder.expectLine("held");
            Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
            await().during(Duration.ofMillis(100)).until(() -> !waiting.isDone());
            holder.kill();
            waiting.get(60, TimeUnit.SECONDS).close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void aHolderThatIsOnlyStoppedStaysTheHolder(LockKind kind) throws Exception {
        Path path = directory.resolve("stopped" + kind.suffix);
        FileLock lock = kind.competing().lock(path);
        try (ChildProcess holder = Peer.start(kind, path)) {
            holder.writeLine("acquire").expectLine("held");
            holder.suspend();
            assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(300)))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by");
            holder.resume();
            assertThat(holder.ask("release")).isEqualTo("released");
            lock.acquire(Duration.ofSeconds(60)).close();
        }
    }

    @Test
    void aSingleAttemptGetsTheLockOfADeadHolder() throws Exception {
        Path path = directory.resolve("dead.lock");
        try (ChildProcess holder = Peer.start(LockKind.SOFT, path)) {
            holder.writeLine("acquire").expectLine("held");
            holder.kill();
        }
        assertThat(path).exists();
        LockKind.SOFT.lock(path).acquire(Duration.ZERO).close();
        assertThat(path).doesNotExist();
    }
}
