package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.testing.FilesBelow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a disk that refuses means to who acquires and to who releases, and that everything goes on once it is mended. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class DiskFaultsTest {
    private static final Duration UNTIL_MENDED = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final CountDownLatch mended = new CountDownLatch(1);
    private Path root;
    private Path locks;
    private Disk disk;

    private interface Strike {
        void on(Disk disk) throws IOException, InterruptedException;
    }

    @BeforeEach
    void mount() throws IOException {
        root = Files.createDirectory(directory.resolve("disk")).toRealPath();
        try {
            disk = Disk.mount(root);
        } catch (AssertionError e) {
            Assumptions.abort("nothing can be mounted here: " + e.getMessage());
        }
        locks = Files.createDirectory(root.resolve("locks"));
    }

    @AfterEach
    void unmount() {
        mended.countDown();
        if (disk != null) {
            disk.close();
        }
        assertThat(root).isEmptyDirectory();
        assertThat(directory).isDirectoryNotContaining("glob:**.view");
    }

    @ParameterizedTest
    @EnumSource
    void aFullDisk(LockBackend backend) throws Exception {
        boolean writes = backend != LockBackend.NATIVE && backend != LockBackend.SQLITE;
        assertThat(refused(backend, its -> its.fill(mended), "No space left on device"))
                .isEqualTo(writes);
    }

    @ParameterizedTest
    @EnumSource
    void aDiskWithoutInodes(LockBackend backend) throws Exception {
        assertThat(refused(backend, its -> its.takeInodes(mended), "No space left on device"))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aReadOnlyFileSystem(LockBackend backend) throws Exception {
        assertThat(refused(backend, its -> its.forbidWriting(mended), "Read-only file system"))
                .isTrue();
    }

    /** Acquires one lock and releases another meanwhile, and both afterwards; tells whether the acquisition was refused. */
    private boolean refused(LockBackend backend, Strike strike, String refusal) throws Exception {
        Arena arena = new Arena(backend, locks);
        FileLock lock = arena.lock(arena.writing());
        FileLock other = new Arena(backend, Files.createDirectory(root.resolve("others"))).lock(arena.writing());
        HeldLock held = lock.acquire();
        List<FileLockException> refused = new ArrayList<>();
        List<FileLockException> notReleased = new ArrayList<>();
        whileItRefuses(strike, refusal, () -> {
            refused.addAll(failure(() -> other.tryAcquire().ifPresent(HeldLock::close)));
            notReleased.addAll(failure(held::close));
        });
        assertThat(refused)
                .allSatisfy(e -> assertThat(e)
                        .hasMessageContaining(other.path().toString())
                        .hasMessageContaining(refusal)
                        .hasMessageMatching("(?s).*(make room|choose a(nother)? (directory|path)|write the file).*"));
        assertThat(notReleased)
                .allSatisfy(e -> assertThat(e)
                        .hasMessageContaining(lock.path().toString())
                        .hasMessageContaining(refusal));
        lock.acquire(UNTIL_MENDED).close();
        other.acquire(UNTIL_MENDED).close();
        await().atMost(UNTIL_MENDED).untilAsserted(() -> assertThat(left()).isEmpty());
        return !refused.isEmpty();
    }

    private void whileItRefuses(Strike strike, String refusal, Call call) throws Exception {
        Path probe = Files.createFile(root.resolve("probe"));
        Thread struck = strike(strike, probe, refusal);
        try {
            call.run();
        } finally {
            mended.countDown();
            struck.join();
        }
    }

    private Thread strike(Strike strike, Path probe, String refusal) {
        List<Throwable> wrong = new ArrayList<>();
        Thread struck = new Thread(() -> {
            try {
                strike.on(disk);
            } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
                wrong.add(e);
            }
        });
        struck.start();
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(() -> {
            assertThat(wrong).isEmpty();
            return refuses(probe, refusal);
        });
        return struck;
    }

    private boolean refuses(Path probe, String refusal) {
        try {
            Files.write(probe, new byte[1]);
            Files.write(probe, new byte[0]);
            Path file = Files.createFile(probe.resolveSibling("probe-" + System.nanoTime()));
            Files.delete(file);
            return false;
        } catch (IOException e) {
            return e.getMessage().contains(refusal);
        }
    }

    private interface Call {
        void run() throws Exception;
    }

    /** None or one. */
    private static List<FileLockException> failure(Call call) throws Exception {
        try {
            call.run();
            return List.of();
        } catch (FileLockException e) {
            return List.of(e);
        }
    }

    /** SQLite opens a file that it can't write for reading, and then locks it like a reader: a writer must not be content with that. */
    @Test
    void aWriterOfSqliteIsRefusedWhereTheFileCanOnlyBeRead() throws Exception {
        Arena arena = new Arena(LockBackend.SQLITE, locks);
        FileLock writer = arena.lock(LockMode.WRITE);
        Files.createFile(arena.path());
        List<FileLockException> refused = new ArrayList<>();
        whileItRefuses(
                its -> its.forbidWriting(mended),
                "Read-only file system",
                () -> refused.addAll(failure(() -> writer.tryAcquire().ifPresent(HeldLock::close))));
        assertThat(refused).singleElement().asString().contains(arena.path().toString(), "a write lock needs that");
        writer.acquire(UNTIL_MENDED).close();
        assertThat(arena.path()).isEmptyFile();
    }

    /** Files that should not be there; those that stay by design are not among them. */
    private List<Path> left() throws IOException {
        return FilesBelow.list(root).stream()
                .filter(file -> file.getFileName().toString().matches("(soft|marker|lease)\\.lock|\\..*|.*claim.*"))
                .toList();
    }
}
