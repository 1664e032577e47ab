package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Python's filelock and this library exclude each other on one path, in both directions. */
@Timeout(120)
class PythonInteropTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path directory;

    /** A script that holds the lock named by its argument until a line comes in. */
    static String holding(LockKind kind) {
        return String.format("""
                import filelock, sys
                path, timeout = sys.argv[1], -1
                with %s:
                    print('held', flush=True)
                    sys.stdin.readline()
                print('released', flush=True)
                sys.stdin.readline()
                """, kind.pythonLock());
    }

    static String trying(LockKind kind) {
        return String.format("""
                import filelock, sys
                path, timeout = sys.argv[1], 0.2
                for line in sys.stdin:
                    try:
                        with %s:
                            print('held', flush=True)
                    except filelock.Timeout:
                        print('timeout', flush=True)
                """, kind.pythonLock());
    }

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "MARKER", "LEASE", "STRICT", "SQLITE_WRITE", "GENERATION_WRITE"})
    void whatPythonHoldsJavaCanNotAcquire(LockKind kind) throws Exception {
        Path path = directory.resolve("python" + kind.suffix);
        FileLock lock = kind.lock(path);
        try (ChildProcess python = PythonPeer.start(holding(kind), path.toString())) {
            python.expectLine("held");
            assertThat(lock.tryAcquire()).isEmpty();
            assertThatThrownBy(() -> lock.acquire(SHORT))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by pid " + python.pid() + " (python");
            python.writeLine("").expectLine("released");
            lock.acquire(Duration.ofSeconds(60)).close();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "MARKER", "LEASE", "STRICT", "SQLITE_WRITE", "GENERATION_WRITE"})
    void whatJavaHoldsPythonCanNotAcquire(LockKind kind) throws Exception {
        Path path = directory.resolve("java" + kind.suffix);
        try (ChildProcess python = PythonPeer.start(trying(kind), path.toString())) {
            try (HeldLock held = kind.lock(path).acquire()) {
                assertThat(python.ask("")).isEqualTo("timeout");
            }
            assertThat(python.ask("")).isEqualTo("held");
        }
    }

    @Test
    void readersOfBothLanguagesShareAndWritersOfBothAreKeptOut() throws Exception {
        Path path = directory.resolve("shared.db");
        try (ChildProcess python = PythonPeer.start(holding(LockKind.SQLITE_READ), path.toString());
                ChildProcess writer = PythonPeer.start(trying(LockKind.SQLITE_WRITE), path.toString())) {
            python.expectLine("held");
            try (HeldLock held = LockKind.SQLITE_READ.lock(path).acquire(Duration.ofSeconds(60))) {
                assertThat(writer.ask("")).isEqualTo("timeout");
                python.writeLine("").expectLine("released");
                assertThat(writer.ask("")).isEqualTo("timeout");
            }
            assertThat(writer.ask("")).isEqualTo("held");
        }
    }

    @Test
    void aHolderFromTheShellIsNamedToo() throws Exception {
        Path path = directory.resolve("shell.lock");
        try (ChildProcess shell = ChildProcess.start("flock", path.toString(), "sh", "-c", "echo held; read line")) {
            shell.expectLine("held");
            assertThatThrownBy(() -> FileLock.of(path).acquire(SHORT))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by pid " + shell.pid());
            shell.writeLine("");
            FileLock.of(path).acquire(Duration.ofSeconds(60)).close();
        }
        try (HeldLock held = FileLock.of(path).acquire();
                ChildProcess shell = ChildProcess.start("flock", "-n", path.toString(), "true")) {
            assertThat(shell.waitFor()).isEqualTo(1);
        }
    }
}
