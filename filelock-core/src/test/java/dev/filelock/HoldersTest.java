package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who has a lock can be asked of any process, and nobody is disturbed by it. */
@Timeout(120)
class HoldersTest {
    private static final String USER = System.getProperty("user.name");

    @TempDir
    Path directory;

    private Path path(LockKind kind) {
        return directory.resolve("x" + kind.suffix);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RANGE")
    @EnabledOnOs(OS.LINUX)
    void aProcessOfPythonIsNamed(LockKind kind) throws Exception {
        FileLock lock = kind.lock(path(kind));
        try (ChildProcess python = PythonPeer.start(
                "import sys, filelock\npath, timeout = sys.argv[1], 30\nwith " + kind.pythonLock()
                        + ":\n print('held')\n sys.stdin.readline()\n",
                path(kind).toString())) {
            python.expectLine("held");
            assertThat(lock.holders()).singleElement().satisfies(holder -> {
                assertThat(holder.pid()).isEqualTo(python.pid());
                assertThat(holder.process()).startsWith("python");
                assertThat(holder.user()).isEqualTo(USER);
                assertThat(holder.thread()).isNull();
                assertThat(holder.host()).isNull();
            });
            FileLock other = kind.competing().lock(path(kind));
            for (int looks = 0; looks < 2; looks++) {
                lock.holders();
                assertThat(other.tryAcquire()).as("still held").isEmpty();
            }
            assertThat(timeoutOf(other))
                    .contains(" not acquired at once: held by pid " + python.pid() + " (python")
                    .contains(") of user " + USER);
            python.endInput();
            python.expectSuccess();
        }
        assertThat(lock.holders()).isEmpty();
    }

    private static String timeoutOf(FileLock lock) throws InterruptedException {
        try (HeldLock held = lock.acquire(Duration.ZERO)) {
            throw new AssertionError(held + " is held twice");
        } catch (FileLockTimeoutException e) {
            assertThat(e.holders()).isNotEmpty();
            return e.getMessage();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadOfThisJvmIsNamed(LockKind kind) throws Exception {
        FileLock lock = kind.lock(path(kind));
        Instant before = Instant.now();
        try (HeldLock held = lock.acquire()) {
            assertThat(kind.lock(path(kind)).holders()).singleElement().satisfies(holder -> {
                assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
                assertThat(holder.thread()).isEqualTo(Thread.currentThread().getName());
                assertThat(holder.since()).isBetween(before, Instant.now());
            });
            held.ensureValid();
        }
        assertThat(lock.holders()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aHoldWithoutAThreadIsSaidToBeOne(LockKind kind) throws Exception {
        FileLock lock = kind.lock(path(kind));
        try (HeldLock held = lock.acquireAsync().get(60, TimeUnit.SECONDS)) {
            assertThat(lock.holders()).singleElement().satisfies(holder -> {
                assertThat(holder.thread()).isNull();
                assertThat(holder.remark()).isEqualTo("this JVM, by no thread in particular");
            });
            held.ensureValid();
        }
    }

    @ParameterizedTest
    @EnumSource
    void nobodyHasWhatIsNotThereAndAskingMakesNothing(LockKind kind) {
        Path missing = directory.resolve("missing").resolve("x" + kind.suffix);
        assertThat(kind.lock(missing).holders()).isEmpty();
        assertThat(kind.lock(missing).claims()).isEmpty();
        assertThat(missing.getParent()).doesNotExist();
        assertThat(kind.lock(path(kind)).holders()).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatStandsInTheMarkersPlaceIsNamedToo() throws Exception {
        Files.writeString(path(LockKind.SOFT), "my notes\n");
        assertThat(LockKind.SOFT.lock(path(LockKind.SOFT)).holders())
                .containsExactly(LockHolder.unknown("a data file stands in the place of its marker"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHolderOutsideTheContainerIsUnknownForThatReason() throws Exception {
        List<String> unshare = List.of("unshare", "--pid", "--fork", "--mount-proc");
        assumeThat(canRun(unshare)).as("may make PID namespaces").isTrue();
        List<String> command = new ArrayList<>(unshare);
        command.addAll(JavaPeer.command(List.of()));
        command.addAll(
                List.of(Peer.class.getName(), "NATIVE", path(LockKind.NATIVE).toString()));
        try (HeldLock held = LockKind.NATIVE.lock(path(LockKind.NATIVE)).acquire();
                ChildProcess inside = ChildProcess.start(command)) {
            inside.expectLine("ready");
            assertThat(inside.ask("try 0"))
                    .endsWith(
                            "held by an unknown process (/proc/locks shows nobody: the holder is outside this container's PID"
                                    + " namespace, or on another host, or has let go by now)");
            held.ensureValid();
        }
    }

    private static boolean canRun(List<String> unshare) {
        List<String> command = new ArrayList<>(unshare);
        command.add("true");
        try (ChildProcess tried = ChildProcess.start(command)) {
            return tried.waitFor() == 0;
        } catch (UncheckedIOException e) {
            return false;
        }
    }
}
