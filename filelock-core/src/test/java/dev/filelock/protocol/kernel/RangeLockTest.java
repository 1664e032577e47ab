package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.RANGE_LOCK;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.OpenDescriptors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** NATIVE by a lock on the first byte, which is the only kernel lock of Windows and can be chosen elsewhere. */
class RangeLockTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    private LockFile file() {
        return Kernel.file(path, RANGE_LOCK);
    }

    /** Another JVM: says whether it gets the first byte, and keeps it if asked to. */
    static final class Peer {
        public static void main(String[] arguments) throws IOException {
            try (FileChannel channel = FileChannel.open(
                            Path.of(arguments[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock(0, 1, false)) {
                System.out.println(lock == null ? "busy" : "held");
                if (arguments.length > 1) {
                    System.in.read();
                }
            }
        }
    }

    static void assertHeldForOtherProcesses(Path path) {
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString())) {
            peer.expectLine("busy");
        }
    }

    @Test
    void excludesOtherProcessesUntilReleased() throws IOException {
        Grant grant = tryOnce(file());
        assertThat(grant.backend()).isEqualTo(LockBackend.NATIVE);
        assertHeldForOtherProcesses(path);
        grant.ensureValid();
        grant.release();
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString())) {
            peer.expectLine("held");
        }
        assertThat(path).isEmptyFile();
    }

    @Test
    void isExcludedByAnotherProcessUntilItIsKilled() throws IOException {
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString(), "keep")) {
            peer.expectLine("held");
            LockFile file = file();
            Attempt waiter = file.attempt(LockMode.EXCLUSIVE);
            assertThat(waiter.poll(Patience.NONE)).isNull();
            assertThat(waiter.poll(Patience.NONE)).isNull();
            if (OS.LINUX.isCurrentOs()) {
                assertThat(file.holders())
                        .singleElement()
                        .satisfies(holder -> assertThat(holder.pid()).isEqualTo(peer.pid()));
            }
            peer.kill();
            waiter.poll(Patience.NONE).release();
        }
    }

    @Test
    void anotherCopyOfTheLibraryNeitherGetsTheLockNorDropsIt() throws IOException {
        Grant grant = tryOnce(file());
        assertThat(tryOnce(file())).isNull();
        assertHeldForOtherProcesses(path);

        Path hardLink = Files.createLink(directory.resolve("second name.lock"), path);
        assertThat(tryOnce(Kernel.file(hardLink, RANGE_LOCK))).isNull();
        assertHeldForOtherProcesses(path);

        grant.release();
        tryOnce(file()).release();
    }

    /** As prune does, or a Python peer on Windows at each release. */
    @Test
    void aFileThatOthersDeleteAndMakeAllTheTimeIsNoFailure() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Thread others = new Thread(() -> {
            while (!done.get()) {
                try {
                    Files.createFile(path);
                } catch (IOException e) {
                    // made by the one under test
                }
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        others.start();
        try {
            for (int i = 0; i < 5_000; i++) {
                Attempt attempt = file().attempt(LockMode.EXCLUSIVE);
                Grant grant = attempt.poll(Patience.NONE);
                if (grant == null) {
                    attempt.abandon();
                } else {
                    grant.release();
                }
            }
        } finally {
            done.set(true);
            others.join();
        }
        tryOnce(file()).release();
    }

    /** Fails at the second use of its file system, which is when the file is looked at to be opened. */
    private Path pathWithoutMemoryToOpen() {
        AtomicInteger uses = new AtomicInteger();
        return (Path) Proxy.newProxyInstance(
                Path.class.getClassLoader(), new Class<?>[] {Path.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getFileSystem") && uses.incrementAndGet() == 2) {
                        throw new OutOfMemoryError("failed by the test");
                    }
                    return method.invoke(path, arguments);
                });
    }

    @Test
    void aFileThatCouldNotBeOpenedForWantOfMemoryIsNotInUse() throws IOException {
        Files.createFile(path);
        Attempt attempt = Kernel.file(pathWithoutMemoryToOpen(), RANGE_LOCK).attempt(LockMode.EXCLUSIVE);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> attempt.poll(Patience.NONE));
        attempt.abandon();
        tryOnce(file()).release();
    }

    @Test
    void aWaitThatWasGivenUpIsNoObstacle() throws IOException {
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString(), "keep")) {
            peer.expectLine("held");
            assertThat(tryOnce(file())).isNull();
            assertThat(tryOnce(file())).isNull();
        }
        tryOnce(file()).release();
    }

    @Test
    void countsAsHeldWhatOtherCodeOfThisJvmHasLocked() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThat(tryOnce(file())).isNull();
        }
        tryOnce(file()).release();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void isNotTheLockOfThoseWhoCallFlock() throws IOException {
        try (ChildProcess holder = Kernel.flockHolder(path)) {
            assertThat(holder.isAlive()).isTrue();
            tryOnce(file()).release();
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void needsNoNativeAccess() {
        try (ChildProcess client =
                JavaPeer.start(List.of("-Djna.nosys=true", "-Djna.nounpack=true"), Client.class, path.toString())) {
            client.expectLine("held");
        }
    }

    /** Locks through the protocol. */
    static final class Client {
        public static void main(String[] arguments) throws IOException {
            LockFile file = Kernel.file(Path.of(arguments[0]), RANGE_LOCK);
            Grant grant = tryOnce(file);
            grant.ensureValid();
            file.holders();
            System.out.println("held");
        }
    }

    @Test
    void worksUnderAnInterruptedThreadAndKeepsTheInterrupt() throws IOException {
        Files.writeString(path, "some content to look at");
        Thread.currentThread().interrupt();
        try {
            Grant grant = tryOnce(file());
            grant.ensureValid();
            grant.release();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void createsMissingDirectories() throws IOException {
        path = directory.resolve("a/b/x.lock");
        tryOnce(file()).release();
        assertThat(path).isEmptyFile();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void givesUpWhereNoFileCanBeCreatedThoughTheDirectoryIsThere() throws IOException {
        path = Path.of("/proc/x.lock");
        Attempt attempt = file().attempt(LockMode.EXCLUSIVE);
        assertThatExceptionOfType(FileLockException.class).isThrownBy(() -> {
            for (int i = 0; i < 10; i++) {
                assertThat(attempt.poll(Patience.NONE)).isNull();
            }
        });
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        Files.createDirectory(path);
        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(file()))
                .withMessageContaining(path + " is a directory");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void refusesASymbolicLinkAndLeavesItsTargetAlone() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "precious");
        Files.createSymbolicLink(path, target);
        assertThatExceptionOfType(LockProtocolException.class).isThrownBy(() -> tryOnce(file()));
        assertThat(target).hasContent("precious");

        Files.delete(path);
        Files.createSymbolicLink(path, directory.resolve("nowhere"));
        assertThatExceptionOfType(FileLockException.class).isThrownBy(() -> tryOnce(file()));
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void leavesContentAloneAndRefusesAnotherBackendsRecord() throws IOException {
        Files.writeString(path, "data");
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            tryOnce(file()).release();
            assertThat(log.warnings()).singleElement().asString().contains(path.toString(), "4 bytes");
        }
        assertThat(path).hasContent("data");

        Files.writeString(path, "4711\nbuild-3\n");
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(LockProtocolException.class).isThrownBy(() -> tryOnce(file()));
        }
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString())) {
            peer.expectLine("held");
        }
    }

    @Test
    @EnabledOnOs(
            value = {OS.LINUX, OS.MAC},
            disabledReason = "an open file can't be replaced there")
    void knowsThatItsFileWasReplaced() throws IOException {
        Grant grant = tryOnce(file());
        Files.move(path, directory.resolve("renamed"));
        assertThatExceptionOfType(LockLostException.class).isThrownBy(grant::ensureValid);
        Files.createFile(path);
        assertThatExceptionOfType(LockLostException.class).isThrownBy(grant::ensureValid);

        Grant successor = tryOnce(file());
        assertThat(successor.identity()).isNotEqualTo(grant.identity());
        grant.release();
        successor.ensureValid();
        assertHeldForOtherProcesses(path);
        successor.release();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aWaiterGoesOnWithTheFileThatReplacedItsOwn() throws IOException {
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString(), "keep")) {
            peer.expectLine("held");
            Attempt waiter = file().attempt(LockMode.EXCLUSIVE);
            assertThat(waiter.poll(Patience.NONE)).isNull();
            Files.delete(path);
            Grant grant = waiter.poll(Patience.NONE);
            grant.ensureValid();
            grant.release();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoDescriptorOpen() throws IOException {
        tryOnce(file()).release();
        assertThat(OpenDescriptors.in(directory)).as("after a release").isEmpty();
        try (ChildProcess peer = JavaPeer.start(Peer.class, path.toString(), "keep")) {
            peer.expectLine("held");
            Attempt waiter = file().attempt(LockMode.EXCLUSIVE);
            assertThat(waiter.poll(Patience.NONE)).isNull();
            Files.move(path, directory.resolve("moved"));
            Grant grant = waiter.poll(Patience.NONE);
            assertThat(OpenDescriptors.in(directory))
                    .as("once the file was replaced")
                    .containsExactly(path);
            grant.release();
            Files.move(directory.resolve("moved"), path, StandardCopyOption.REPLACE_EXISTING);
            assertThat(tryOnce(file())).isNull();
            assertThat(OpenDescriptors.in(directory)).as("after giving up").isEmpty();
        }
        Files.writeString(path, "SQLite format 3\0");
        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> file().attempt(LockMode.EXCLUSIVE).poll(Patience.NONE));
        assertThat(OpenDescriptors.in(directory)).as("after a refusal").isEmpty();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void setsExactlyThePermissionsAskedFor() throws IOException {
        LockOptions options = RANGE_LOCK.toBuilder()
                .filePermissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                .build();
        tryOnce(Kernel.file(path, options)).release();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw-rw-");
    }
}
