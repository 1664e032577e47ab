package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.acquire;
import static dev.filelock.protocol.kernel.Kernel.file;
import static dev.filelock.protocol.kernel.Kernel.isFree;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NATIVE and Python's {@code FileLock} are one lock. */
class PythonInteropTest {
    /** Each line is a command, each answer one line. */
    private static final String PEER = """
            import os, sys
            import filelock

            path = sys.argv[1]
            lock = getattr(filelock, sys.argv[2])(path)
            fd = None
            for line in sys.stdin:
                words = line.split()
                try:
                    if words[0] == "acquire":
                        lock.acquire(timeout=float(words[1]))
                        print("held")
                    elif words[0] == "release":
                        lock.release()
                        print("released")
                    elif words[0] == "descriptor":
                        fd = os.open(path, os.O_RDWR | os.O_CREAT)
                        print("held" if filelock.lock_descriptor(fd, blocking=False) else "busy")
                    elif words[0] == "count":
                        for _ in range(int(words[2])):
                            with lock:
                                with open(words[1]) as counter:
                                    count = int(counter.read())
                                with open(words[1], "w") as counter:
                                    counter.write(str(count + 1))
                        print("counted")
                except filelock.Timeout:
                    print("busy")
            """;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    private ChildProcess python(String lock) {
        return PythonPeer.start(PEER, path.toString(), lock);
    }

    @Test
    void keepsPythonOut() throws IOException {
        try (ChildProcess python = python("FileLock")) {
            Grant grant = tryOnce(file(path));
            assertThat(python.ask("acquire 0")).isEqualTo("busy");
            assertThat(python.ask("acquire 0.2")).isEqualTo("busy");
            grant.ensureValid();
            grant.release();
            assertThat(python.ask("acquire 0")).isEqualTo("held");
        }
    }

    @Test
    void isKeptOutByPython() throws IOException {
        try (ChildProcess python = python("FileLock")) {
            assertThat(python.ask("acquire 0")).isEqualTo("held");
            assertThat(isFree(path)).isFalse();
            assertThat(python.ask("release")).isEqualTo("released");
            assertThat(isFree(path)).isTrue();
        }
    }

    @Test
    void aWaitingPythonGetsTheLockThatIsReleased() throws IOException {
        try (ChildProcess python = python("FileLock")) {
            Grant grant = tryOnce(file(path));
            python.writeLine("acquire 60");
            grant.release();
            python.expectLine("held");
            assertThat(isFree(path)).isFalse();
        }
    }

    @Test
    void aWaiterGetsTheLockOfAKilledPython() throws IOException {
        try (ChildProcess python = python("FileLock")) {
            assertThat(python.ask("acquire 0")).isEqualTo("held");
            Attempt waiter = file(path).attempt(LockMode.EXCLUSIVE);
            assertThat(waiter.poll(Patience.NONE)).isNull();
            python.kill();
            Grant grant = waiter.poll(Patience.NONE);
            assertThat(grant).isNotNull();
            grant.release();
        }
    }

    @Test
    void contendsWithADescriptorThatPythonLocks() throws IOException {
        Grant grant = tryOnce(file(path));
        try (ChildProcess python = python("FileLock")) {
            assertThat(python.ask("descriptor")).isEqualTo("busy");
            grant.release();
            assertThat(python.ask("descriptor")).isEqualTo("held");
            assertThat(isFree(path)).isFalse();
        }
        assertThat(isFree(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SoftFileLock", "MarkerSoftFileLock", "StrictSoftFileLock"})
    void refusesToLockWhatAnotherOfPythonsLocksHolds(String lock) throws IOException {
        try (ChildProcess python = python(lock)) {
            assertThat(python.ask("acquire 0")).isEqualTo("held");
            byte[] record = Files.readAllBytes(path);
            assertThatExceptionOfType(LockProtocolException.class)
                    .isThrownBy(() -> tryOnce(file(path)))
                    .withMessageContaining("Python's " + (lock.startsWith("Marker") ? "Marker" : lock));
            assertThat(path).hasBinaryContent(record);
            assertThat(python.ask("release")).isEqualTo("released");
        }
    }

    @Test
    void losesNoUpdateAmongProcesses() throws IOException {
        Path counter = Files.writeString(directory.resolve("counter"), "0");
        List<ChildProcess> peers =
                Stream.generate(() -> python("FileLock")).limit(3).toList();
        try {
            peers.forEach(python -> python.writeLine("count " + counter + " 100"));
            for (int i = 0; i < 200; i++) {
                Grant grant = acquire(file(path));
                Kernel.increment(counter);
                grant.release();
            }
            peers.forEach(python -> python.expectLine("counted"));
        } finally {
            peers.forEach(ChildProcess::close);
        }
        assertThat(counter).hasContent("500");
    }
}
