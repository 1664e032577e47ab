package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.RANGE_LOCK;
import static dev.filelock.protocol.kernel.Kernel.file;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pruning deletes what is surely a lock file that nobody holds, and nothing else. */
class KernelLockPrunerTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path directory;

    private final KernelLockPruner pruner = new KernelLockPruner(Kernel.protocol());

    private static Path aged(Path path, Duration age) throws IOException {
        return Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
    }

    private Path leftOver(String name) throws IOException {
        Path path = directory.resolve(name);
        Files.createDirectories(path.getParent());
        return aged(Files.createFile(path), DAY.multipliedBy(2));
    }

    @Test
    void deletesOldEmptyLockFilesAtEveryDepth() throws IOException {
        Path here = leftOver("a.lock");
        Path below = leftOver("sub/deep/b.lock");
        assertThat(pruner.prune(directory, DAY)).containsExactlyInAnyOrder(here, below);
        assertThat(here).doesNotExist();
        assertThat(below).doesNotExist();
        assertThat(directory.resolve("sub/deep")).isDirectory();
    }

    @Test
    void keepsYoungerFiles() throws IOException {
        Path young = aged(leftOver("young.lock"), Duration.ofHours(23));
        assertThat(pruner.prune(directory, DAY)).isEmpty();
        assertThat(young).exists();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -5, 1})
    void keepsWhatMayBeASoftMarkerInTheMaking(long seconds) throws IOException {
        Path fresh = aged(Files.createFile(directory.resolve("fresh.lock")), Duration.ofMinutes(-1));
        Path old = aged(Files.createFile(directory.resolve("old.lock")), Duration.ofSeconds(10));
        assertThat(pruner.prune(directory, Duration.ofSeconds(seconds))).containsExactly(old);
        assertThat(fresh).exists();
    }

    @Test
    void keepsWhatIsNoLockFile() throws IOException {
        Path data = leftOver("data.txt");
        Path database = leftOver("catalog.db");
        Path content = aged(Files.writeString(directory.resolve("marker.lock"), "4711\nhost\n"), DAY.multipliedBy(2));
        Path folder = Files.createDirectories(directory.resolve("folder.lock"));
        assertThat(pruner.prune(directory, DAY)).isEmpty();
        assertThat(List.of(data, database, content, folder))
                .allSatisfy(path -> assertThat(path).exists());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void followsNoSymbolicLink() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path target = aged(Files.createFile(elsewhere.resolve("target.lock")), DAY.multipliedBy(2));
        Path locks = Files.createDirectory(directory.resolve("locks"));
        Files.createSymbolicLink(locks.resolve("x.lock"), target);
        Files.createSymbolicLink(locks.resolve("folder"), elsewhere);
        assertThat(pruner.prune(locks, Duration.ZERO)).isEmpty();
        assertThat(target).exists();
        assertThat(Files.exists(locks.resolve("x.lock"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void keepsWhatThisProcessHolds() throws IOException {
        Path path = leftOver("held.lock");
        Grant grant = tryOnce(file(path));
        assertThat(pruner.prune(directory, DAY)).isEmpty();
        grant.ensureValid();
        grant.release();
        assertThat(pruner.prune(directory, DAY)).containsExactly(path);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void keepsWhatAnotherProcessHolds() throws IOException {
        Path path = leftOver("held.lock");
        try (ChildProcess holder = Kernel.flockHolder(path)) {
            assertThat(pruner.prune(directory, DAY)).isEmpty();
        }
        assertThat(pruner.prune(directory, DAY)).containsExactly(path);
    }

    @Test
    void keepsARangeLockAndDoesNotDropItByLooking() throws IOException {
        Path path = leftOver("held.lock");
        Grant grant = tryOnce(file(path, RANGE_LOCK));
        assertThat(pruner.prune(directory, DAY)).isEmpty();
        grant.ensureValid();
        RangeLockTest.assertHeldForOtherProcesses(path);
        grant.release();
        assertThat(pruner.prune(directory, DAY)).containsExactly(path);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aWaiterDoesNotLockWhatWasPruned() throws IOException {
        Path path = leftOver("x.lock");
        Grant holder = tryOnce(file(path));
        Attempt waiter = file(path).attempt(LockMode.EXCLUSIVE);
        assertThat(waiter.poll(Patience.NONE)).isNull();
        holder.release();
        assertThat(pruner.prune(directory, DAY)).containsExactly(path);

        Grant grant = waiter.poll(Patience.NONE);
        grant.ensureValid();
        assertThat(path).exists();
        grant.release();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void keepsWhatIsWrittenToWhileItIsLooked() throws IOException {
        Path path = leftOver("x.lock");
        OsFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("flock to write")) {
                    Files.writeString(path, "something");
                }
            }
        };
        assertThat(new KernelLockPruner(Kernel.protocol(files)).prune(directory, DAY))
                .isEmpty();
        assertThat(path).hasContent("something");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void keepsWhatStandsInADirectoryThatTookThePlaceOfTheOneLookedAt() throws IOException {
        Path looked = leftOver("sub/x.lock");
        Path moved = directory.resolve("moved");
        OsFiles files = new TamperedFiles() {
            @Override
            public boolean unlinkIf(Path path, FileIdentity expected) throws IOException {
                Files.move(looked.getParent(), moved);
                leftOver("sub/x.lock");
                return OsFiles.system().unlinkIf(path, expected);
            }
        };
        assertThat(new KernelLockPruner(Kernel.protocol(files)).prune(directory.resolve("sub"), DAY))
                .isEmpty();
        assertThat(looked).exists();
        assertThat(moved.resolve("x.lock")).exists();
    }

    @Test
    void failsForADirectoryThatIsNotThere() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> pruner.prune(directory.resolve("absent"), DAY));
    }

    @Test
    void leavesNothingHeld() throws IOException {
        Path path = directory.resolve("x.lock");
        leftOver("x.lock");
        pruner.prune(directory, DAY);
        for (LockOptions options : List.of(LockOptions.defaults(), RANGE_LOCK)) {
            tryOnce(file(path, options)).release();
        }
    }
}
