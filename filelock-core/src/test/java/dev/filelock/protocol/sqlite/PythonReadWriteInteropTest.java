package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockMode;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Python's {@code ReadWriteLock} and a SQLITE lock are one lock. */
class PythonReadWriteInteropTest {
    /** {@code READ 0} is answered by held or busy, {@code release} by released; the number is the timeout in seconds. */
    private static final String READ_WRITE_LOCK = """
            import sys
            from filelock import ReadWriteLock, Timeout

            lock = ReadWriteLock(sys.argv[1])
            for line in sys.stdin:
                words = line.split()
                try:
                    if words[0] == "release":
                        lock.release()
                        print("released")
                    elif words[0] == "count":
                        for _ in range(int(words[1])):
                            with lock.write_lock():
                                with open(words[2]) as counter:
                                    count = int(counter.read())
                                with open(words[2], "w") as counter:
                                    counter.write(str(count + 1))
                        print("counted")
                    else:
                        acquire = lock.acquire_read if words[0] == "READ" else lock.acquire_write
                        acquire(timeout=float(words[1]))
                        print("held")
                except Timeout:
                    print("busy")
            """;

    @TempDir
    private Path directory;

    private Path path;
    private LockFile file;

    @BeforeEach
    void chooseTheLockFile() throws IOException {
        path = directory.toRealPath().resolve("catalog.db");
        file = SqlitePeer.open(path);
    }

    @Test
    void readersShareWhoeverCameFirst() throws IOException {
        try (ChildProcess python = startPython()) {
            python.writeLine("READ 0").expectLine("held");
            Grant grant = take(LockMode.READ);
            python.writeLine("release").expectLine("released");
            python.writeLine("READ 0").expectLine("held");
            grant.release();
        }
        assertThat(path).isEmptyFile();
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void aPythonWriterKeepsJavaOut(LockMode mode) throws IOException {
        try (ChildProcess python = startPython()) {
            python.writeLine("WRITE 0").expectLine("held");

            assertThat(attempt(mode)).isNull();

            python.writeLine("release").expectLine("released");
            take(mode).release();
        }
    }

    @Test
    void aPythonReaderKeepsAJavaWriterOut() throws IOException {
        try (ChildProcess python = startPython()) {
            python.writeLine("READ 0").expectLine("held");

            assertThat(attempt(LockMode.WRITE)).isNull();

            python.writeLine("release").expectLine("released");
            take(LockMode.WRITE).release();
        }
    }

    @Test
    void aJavaWriterKeepsPythonOut() throws IOException {
        try (ChildProcess python = startPython()) {
            Grant grant = take(LockMode.WRITE);

            python.writeLine("READ 0").expectLine("busy");
            python.writeLine("WRITE 0").expectLine("busy");

            grant.release();
            python.writeLine("WRITE 0").expectLine("held");
        }
    }

    @Test
    void aJavaReaderKeepsAPythonWriterOut() throws IOException {
        try (ChildProcess python = startPython()) {
            Grant grant = take(LockMode.READ);

            python.writeLine("WRITE 0").expectLine("busy");

            grant.release();
            python.writeLine("WRITE 0").expectLine("held");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void javaWaitsForPythonFromItsFirstStatementOn(LockMode mode) throws IOException {
        try (ChildProcess python = startPython()) {
            python.writeLine("WRITE 0").expectLine("held");
            List<String> waiting = new ArrayList<>();

            Grant grant = file.attempt(mode).poll(() -> {
                waiting.add("again");
                if (waiting.size() == 3) {
                    python.writeLine("release").expectLine("released");
                }
                return true;
            });

            assertThat(grant).isNotNull();
            assertThat(waiting).hasSize(3);
            grant.release();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void pythonWaitsForJava(LockMode mode) throws IOException {
        try (ChildProcess python = startPython()) {
            Grant grant = take(LockMode.WRITE);
            python.writeLine("%s -1".formatted(mode));
            grant.release();

            python.expectLine("held");

            assertThat(attempt(LockMode.WRITE)).isNull();
        }
    }

    @Test
    void aWaitingJavaWriterIsNotOvertakenByNewPythonReaders() throws IOException {
        try (ChildProcess reader = startPython();
                ChildProcess newcomer = startPython()) {
            reader.writeLine("READ 0").expectLine("held");
            List<String> newcomers = new ArrayList<>();

            Grant grant = file.attempt(LockMode.WRITE).poll(() -> {
                newcomers.add(newcomer.ask("READ 0"));
                if (newcomers.size() == 3) {
                    reader.writeLine("release").expectLine("released");
                }
                return true;
            });

            assertThat(newcomers).containsExactly("busy", "busy", "busy");
            assertThat(grant).isNotNull();
            grant.release();
            newcomer.writeLine("READ 0").expectLine("held");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aWaitingPythonWriterIsNotOvertakenByANewJavaReader() throws IOException {
        try (ChildProcess reader = startPython();
                ChildProcess writer = startPython()) {
            reader.writeLine("READ 0").expectLine("held");
            writer.writeLine("WRITE -1");
            await().until(() -> LocksOnFile.hasWriterWaitingForReaders(path));

            assertThat(attempt(LockMode.READ)).isNull();

            reader.writeLine("release").expectLine("released");
            writer.expectLine("held");
            writer.writeLine("release").expectLine("released");
            take(LockMode.READ).release();
        }
    }

    @Test
    void aKilledPythonHolderIsGoneAtOnce() throws IOException {
        try (ChildProcess python = startPython()) {
            python.writeLine("WRITE 0").expectLine("held");
            assertThat(attempt(LockMode.READ)).isNull();

            python.kill();

            take(LockMode.WRITE).release();
        }
    }

    @Test
    void aKilledJavaHolderIsGoneAtOnce() {
        try (ChildProcess python = startPython();
                ChildProcess java = SqlitePeer.start(path)) {
            java.writeLine("try WRITE").expectLine("held");
            python.writeLine("READ 0").expectLine("busy");

            java.kill();

            python.writeLine("WRITE 0").expectLine("held");
        }
    }

    @Test
    void noIncrementOfACounterIsLost() throws IOException {
        Path counter = Files.writeString(path.resolveSibling("counter"), "0");
        try (ChildProcess python = startPython();
                ChildProcess otherPython = startPython();
                ChildProcess java = SqlitePeer.start(path);
                ChildProcess otherJava = SqlitePeer.start(path)) {
            List<ChildProcess> all = List.of(python, otherPython, java, otherJava);
            all.forEach(process -> process.writeLine("count 50 " + counter));
            all.forEach(process -> process.expectLine("counted"));
        }
        assertThat(counter).hasContent("200");
        assertThat(path).isEmptyFile();
    }

    private ChildProcess startPython() {
        return PythonPeer.start(READ_WRITE_LOCK, path.toString());
    }

    private @Nullable Grant attempt(LockMode mode) throws IOException {
        return file.attempt(mode).poll(Patience.NONE);
    }

    private Grant take(LockMode mode) throws IOException {
        Grant grant = attempt(mode);
        assertThat(grant).as("the lock in mode %s", mode).isNotNull();
        return grant;
    }
}
