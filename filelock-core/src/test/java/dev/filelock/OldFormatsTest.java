package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What older releases of Python's filelock do on disk, played by a script: a native lock that truncates before it locks and unlinks
 * when it releases, a soft lock whose marker has two lines.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class OldFormatsTest {
    private static final int TIMES = 60;

    private static final String OLD = """
            import errno, fcntl, os, socket, sys, time

            class Native:
                def acquire(self):
                    while True:
                        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
                        try:
                            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        except BlockingIOError:
                            os.close(fd)
                        else:
                            if os.fstat(fd).st_nlink:
                                self.fd = fd
                                return
                            os.close(fd)
                        time.sleep(0.002)

                def release(self):
                    os.unlink(path)
                    fcntl.flock(self.fd, fcntl.LOCK_UN)
                    os.close(self.fd)

            class Soft:
                def acquire(self):
                    while True:
                        try:
                            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                        except FileExistsError:
                            time.sleep(0.002)
                        else:
                            os.write(fd, f"{os.getpid()}\\n{socket.gethostname()}\\n".encode())
                            os.close(fd)
                            return

                def release(self):
                    os.unlink(path)

            path, lock = sys.argv[1], {"NATIVE": Native, "SOFT": Soft}[sys.argv[2]]()
            print("ready")
            for line in sys.stdin:
                words = line.split()
                if words[0] == "count":
                    for _ in range(int(words[1])):
                        lock.acquire()
                        number = int(open(words[2]).read())
                        os.sched_yield()
                        with open(words[2], "w") as out:
                            out.write(str(number + 1))
                        lock.release()
                    print("counted")
                elif words[0] == "acquire":
                    lock.acquire()
                    print("held")
                else:
                    lock.release()
                    print("released")
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT"})
    void javaAndOldPythonsLoseNothing(LockKind kind) throws Exception {
        Path path = directory.resolve("old.lock");
        Path counter = directory.resolve("counter");
        Files.writeString(counter, "0");
        List<ChildProcess> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                crowd.add(old(kind, path));
                crowd.add(Peer.start(kind, path));
            }
            crowd.forEach(process -> process.writeLine("count " + TIMES + " " + counter));
            crowd.forEach(process -> process.expectLine("counted"));
        } finally {
            crowd.forEach(ChildProcess::close);
        }
        assertThat(Files.readString(counter)).isEqualTo(Integer.toString(4 * TIMES));
    }

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT"})
    void javaWaitsForAnOldHolderAndGoesOnAfterItWasKilled(LockKind kind) throws Exception {
        Path path = directory.resolve("old.lock");
        FileLock lock = kind.lock(path);
        try (ChildProcess holder = old(kind, path)) {
            holder.writeLine("acquire").expectLine("held");
            assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(200)))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("pid " + holder.pid());
            holder.kill();
            lock.acquire(Duration.ofSeconds(30)).close();
        }
    }

    private static ChildProcess old(LockKind kind, Path path) {
        return PythonPeer.start(OLD, path.toString(), kind.name()).expectLine("ready");
    }
}
