package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A round that is broken off must not leave anything mounted. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class DiskTest {
    @TempDir
    private Path directory;

    @Test
    void aProcessThatIsEndedWhileItsDiskRefusesLeavesNothingMounted() throws IOException {
        Assumptions.assumeThat(Powers.mounts()).isTrue();
        Path root = Files.createDirectory(directory.resolve("disk")).toRealPath();
        try (ChildProcess process = JavaPeer.start(Refusing.class, root.toString())) {
            process.expectLine("mounted");
            await().until(() -> !Files.isWritable(root));
            process.signal("TERM");
            process.waitFor();
        }
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(root.toString());
    }

    @Test
    void aFileThatWasOpenedWhileTheDiskRefusedIsStillKnownForOneOfTheLocks() throws Exception {
        Assumptions.assumeThat(Powers.mounts()).isTrue();
        Path root = Files.createDirectory(directory.resolve("disk")).toRealPath();
        CountDownLatch mended = new CountDownLatch(1);
        try (Disk disk = Disk.mount(root)) {
            Path locks = Files.createDirectory(root.resolve("locks"));
            Traces traces = new Traces(locks, Set.of(), Set.of());
            Path file = Files.createFile(locks.resolve("opened.lock"));
            CompletableFuture<Void> refusing = CompletableFuture.runAsync(() -> refuse(disk, mended));
            await().until(() -> !Files.isWritable(root));
            try (InputStream open = Files.newInputStream(file)) {
                mended.countDown();
                refusing.join();
                assertThat(open.read()).isEqualTo(-1);
                assertThat(openFiles())
                        .filteredOn(path -> path.endsWith("opened.lock"))
                        .singleElement()
                        .matches(traces::isOfLocks);
            }
        } finally {
            mended.countDown();
        }
    }

    private static void refuse(Disk disk, CountDownLatch mended) {
        try {
            disk.forbidWriting(mended);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> openFiles() throws IOException {
        List<Path> open = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                open.add(target(descriptor));
            }
        }
        return open;
    }

    private static Path target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (NoSuchFileException e) {
            return descriptor; // closed meanwhile
        }
    }

    /** Mounts a disk that can't be written to, until it is ended. */
    static final class Refusing {
        private Refusing() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            Disk disk = Disk.mount(Path.of(arguments[0]));
            System.out.println("mounted");
            disk.forbidWriting(new CountDownLatch(1));
        }
    }
}
