package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockLostException.Reason;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A lease outlives its duration while its holder lives, and passes to a peer when its holder stands still; in both languages. */
@Timeout(180)
class LostLeaseTest {
    /** As short as a busy machine allows. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final Duration HEARTBEAT = Duration.ofMillis(200);

    private static final String PYTHON = """
            import sys
            from filelock import SoftFileLease, Timeout
            def lost(compromise):
                print('lost', compromise.reason)
            lock = SoftFileLease(sys.argv[1], lease_duration=5, heartbeat_interval=0.2, on_compromise=lost)
            for line in sys.stdin:
                if line == 'acquire\\n':
                    lock.acquire()
                    print('held')
                elif line == 'try\\n':
                    try:
                        with lock.acquire(timeout=0):
                            print('held')
                    except Timeout:
                        print('timeout')
                elif line == 'release\\n':
                    lock.release()
                    print('released')
            """;

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private static FileLock lease(Path path) {
        return FileLock.builder(path)
                .backend(LockBackend.LEASE)
                .leaseDuration(LEASE)
                .leaseHeartbeat(HEARTBEAT)
                .build();
    }

    private Path path() {
        return directory.resolve("x.lock");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void heartbeatsKeepALiveHoldersLeaseBeyondItsDuration() throws Exception {
        FileLock lock = lease(path());
        try (ChildProcess python = PythonPeer.start(PYTHON, path().toString());
                ChildProcess java = JavaPeer.start(Peer.class, path().toString())) {
            try (HeldLock held = lock.acquire()) {
                await().pollDelay(LEASE.plusSeconds(1))
                        .timeout(Duration.ofMinutes(1))
                        .until(() -> true);
                assertThat(java.ask("try")).isEqualTo("timeout");
                assertThat(python.ask("try")).isEqualTo("timeout");
                held.ensureValid();
                assertThat(held.lost().toCompletableFuture()).isNotDone();
            }
            assertThat(python.ask("acquire")).isEqualTo("held");
            await().pollDelay(LEASE.plusSeconds(1))
                    .timeout(Duration.ofMinutes(1))
                    .until(() -> true);
            assertThat(lock.tryAcquire()).isEmpty();
            assertThat(python.ask("release")).isEqualTo("released");
            lock.acquire(Duration.ofSeconds(60)).close();
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aJavaHolderThatStandsStillLosesItsLeaseToPythonAndIsToldWhenItWakes() throws Exception {
        try (ChildProcess java = JavaPeer.start(Peer.class, path().toString());
                ChildProcess python = PythonPeer.start(PYTHON, path().toString())) {
            assertThat(java.ask("acquire")).isEqualTo("held");
            java.suspend();
            assertThat(python.ask("acquire")).isEqualTo("held");
            java.resume();

            assertThat(java.readLine()).isIn("lost OWNER_CHANGED", "lost REFRESH_FAILED");
            assertThat(java.ask("validate")).isIn("invalid OWNER_CHANGED", "invalid REFRESH_FAILED");
            assertThat(java.ask("release")).isEqualTo("released");

            assertThat(Files.readString(path())).contains("pid=" + python.pid() + "\n");
            assertThat(python.ask("release")).isEqualTo("released");
            assertThat(java.ask("try")).isEqualTo("held");
        }
        assertThat(path()).doesNotExist();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aJavaHolderThatStoodStillForTooLongHasLostItsLeaseThoughNobodyTookIt() throws Exception {
        try (ChildProcess java = JavaPeer.start(Peer.class, path().toString())) {
            assertThat(java.ask("acquire")).isEqualTo("held");
            java.suspend();
            await().pollDelay(LEASE.plusSeconds(1))
                    .timeout(Duration.ofMinutes(1))
                    .until(() -> true);
            java.resume();

            assertThat(java.readLine()).isEqualTo("lost REFRESH_FAILED");
            assertThat(java.ask("validate")).isEqualTo("invalid REFRESH_FAILED");
            assertThat(java.ask("release")).isEqualTo("released");
            assertThat(java.ask("try")).isEqualTo("held");
        }
        assertThat(path()).doesNotExist();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aPythonHolderThatStandsStillLosesItsLeaseToJavaAndIsToldWhenItWakes() throws Exception {
        FileLock lock = lease(path());
        try (ChildProcess python = PythonPeer.start(PYTHON, path().toString())) {
            assertThat(python.ask("acquire")).isEqualTo("held");
            python.suspend();
            try (HeldLock held = lock.acquire()) {
                python.resume();
                assertThat(python.readLine()).isEqualTo("lost owner-changed");
                assertThat(python.ask("release")).isEqualTo("released");
                held.ensureValid();
            }
        }
        assertThat(path()).doesNotExist();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aJavaHolderLosesItsLeaseToJavaJustSo() throws Exception {
        FileLock lock = lease(path());
        try (ChildProcess java = JavaPeer.start(Peer.class, path().toString())) {
            assertThat(java.ask("acquire")).isEqualTo("held");
            java.suspend();
            try (HeldLock held = lock.acquire()) {
                java.resume();
                assertThat(java.readLine()).isIn("lost OWNER_CHANGED", "lost REFRESH_FAILED");
                assertThat(java.ask("release")).isEqualTo("released");
                held.ensureValid();
            }
        }
        assertThat(path()).doesNotExist();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLostHoldIsNotEnteredAgainAndFreesTheLockForOthers() throws Exception {
        FileLock lock = lease(path());
        List<LockLostException> losses = new CopyOnWriteArrayList<>();
        HeldLock held = lock.acquire();
        held.lost().thenAccept(losses::add);
        Files.delete(path());

        await().atMost(Duration.ofSeconds(60)).until(() -> !losses.isEmpty());

        assertThat(losses)
                .singleElement()
                .satisfies(loss -> assertThat(loss.reason()).isEqualTo(Reason.MARKER_MISSING));
        assertThatThrownBy(held::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MARKER_MISSING))
                .hasMessageContaining(path().toString());
        assertThat(held.isValid()).isFalse();
        assertThatThrownBy(lock::acquire).isInstanceOf(LockLostException.class);
        assertThatThrownBy(held::again).isInstanceOf(LockLostException.class);
        HeldLock successor = threads.submit(() -> lock.acquire()).get(60, TimeUnit.SECONDS);
        held.close();
        successor.ensureValid();
        assertThat(path()).exists();
        successor.close();
        assertThat(path()).doesNotExist();
        assertThat(losses).hasSize(1);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void oneDurationPerFileInThisJvmToo() throws Exception {
        FileLock longer = FileLock.builder(path())
                .backend(LockBackend.LEASE)
                .leaseDuration(LEASE.multipliedBy(2))
                .build();
        try (HeldLock held = lease(path()).acquire()) {
            assertThatThrownBy(longer::tryAcquire)
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining("leaseDuration=PT5S, leaseHeartbeat=PT0.2S")
                    .hasMessageContaining("leaseDuration=PT10S, leaseHeartbeat=PT3.33");
        }
        longer.acquire(Duration.ZERO).close();
    }

    /** A holder in another JVM. Says by itself when it has lost its lease. */
    static final class Peer {
        private Peer() {}

        public static void main(String[] arguments) throws Exception {
            FileLock lock = lease(Path.of(arguments[0]));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            HeldLock held = null;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                switch (line) {
                    case "acquire" -> {
                        held = lock.acquire();
                        held.lost().thenAccept(loss -> say("lost " + loss.reason()));
                        say("held");
                    }
                    case "try" -> {
                        var once = lock.tryAcquire();
                        once.ifPresent(HeldLock::close);
                        say(once.isPresent() ? "held" : "timeout");
                    }
                    case "validate" -> {
                        try {
                            Objects.requireNonNull(held).ensureValid();
                            say("valid");
                        } catch (LockLostException e) {
                            say("invalid " + e.reason());
                        }
                    }
                    case "release" -> {
                        Objects.requireNonNull(held).close();
                        say("released");
                    }
                    default -> throw new IllegalArgumentException(line);
                }
            }
        }

        @SuppressWarnings("SystemOut") // it answers the test
        private static synchronized void say(String line) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
