package dev.filelock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.os.OsFiles;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What crashes left in a directory is found without touching what is none of it. */
@Timeout(120)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "links, FIFOs and inodes")
class LeftoversTest {
    private static final List<LockBackend> WITH_RECORDS = List.of(
            LockBackend.SOFT, LockBackend.MARKER, LockBackend.LEASE, LockBackend.STRICT, LockBackend.GENERATION);

    @TempDir
    Path directory;

    /** Takes a lock of each backend that keeps records and dies with them. */
    static final class Victim {
        public static void main(String[] arguments) throws Exception {
            LockRegistry registry = registry(Path.of(arguments[0]));
            for (LockBackend backend : WITH_RECORDS) {
                lock(registry, backend).acquire();
            }
            Runtime.getRuntime().halt(9);
        }
    }

    private static LockRegistry registry(Path directory) {
        return LockRegistry.builder()
                .directory(directory)
                .directory("apart", directory.resolve("apart"), LockOptions.defaults())
                .build();
    }

    private static FileLock lock(LockRegistry registry, LockBackend backend) {
        LockMode mode = backend.supports(LockMode.EXCLUSIVE) ? LockMode.EXCLUSIVE : LockMode.WRITE;
        LockOptions options = LockOptions.builder()
                .backend(backend == LockBackend.GENERATION ? LockBackend.NATIVE : backend)
                .readWriteBackend(LockBackend.GENERATION)
                .build();
        return registry.lock(LockName.of("jobs/" + backend.name().toLowerCase(java.util.Locale.ROOT)), mode, options);
    }

    private static List<LeftoverLock> find(LockRegistry registry) {
        try (Stream<LeftoverLock> found = registry.leftovers(path -> true)) {
            return found.toList();
        }
    }

    @Test
    void theRecordsOfADeadProcessAreFoundAndRemovedOneByOne() throws Exception {
        try (ChildProcess victim = JavaPeer.start(Victim.class, directory.toString())) {
            assertThat(victim.waitFor()).isEqualTo(9);
        }
        LockRegistry registry = registry(directory);
        List<LeftoverLock> found = find(registry);
        assertThat(found)
                .extracting(each -> each.lock().options().backendFor(each.lock().mode()))
                .containsExactlyInAnyOrderElementsOf(WITH_RECORDS);
        for (LeftoverLock each : found) {
            assertThat(each.lock().path())
                    .isEqualTo(lock(
                                    registry,
                                    each.lock().options().backendFor(each.lock().mode()))
                            .path());
            assertThat(each.claims())
                    .isNotEmpty()
                    .allSatisfy(claim -> assertThat(claim.liveness()).isEqualTo(LockClaim.Liveness.DEAD));
            assertThat(each.claims()).hasSize(each.lock().options().backend() == LockBackend.STRICT ? 2 : 1);
            for (LockClaim claim : each.claims()) {
                assertThat(each.lock().forceBreak(claim)).isTrue();
                assertThat(each.lock().forceBreak(claim)).as("again").isFalse();
            }
        }
        assertThat(find(registry)).isEmpty();
        for (LockBackend backend : WITH_RECORDS) {
            try (HeldLock held = lock(registry, backend).acquire()) {
                assertThat(find(registry))
                        .as("%s, held by a live process", backend)
                        .isEmpty();
                assertThat(held.isValid()).isTrue();
            }
        }
    }

    @Test
    void theRecordOfAnotherHostIsFoundAsOneOfWhichNothingIsKnown() throws IOException {
        Path marker = file("x.lock", "4711\nanother-host\n");
        List<LeftoverLock> found = find(registry(directory));
        assertThat(found).hasSize(1);
        assertThat(found.get(0).lock().path()).isEqualTo(marker);
        assertThat(found.get(0).claims()).extracting(LockClaim::liveness).containsExactly(LockClaim.Liveness.UNKNOWN);
    }

    @Test
    void whatIsNoRecordIsNone() throws IOException {
        String record = "4711\nanother-host\n";
        file("empty.lock", "");
        file("half.lock", "4711\n");
        file("pid.lock", "4711");
        file("half-of-two.lock", "filelock/2\npid=4711\nhost=another-host\n");
        file("of-a-version-to-come.lock", "filelock/2\npid=4711\nhost=another-host\nmode=shared\n");
        file("data.lock", "name,amount\nmiller,3\n");
        file("long.lock", record + " ".repeat(1024));
        file("sentinel.lock", "1\nfilelock-strict-v1\0\n0\n");
        file("record.txt", record);
        file("record.db", record);
        file("x.lock.break.1.0123456789abcdef0123456789abcdef", record);
        file("strict.lock.filelock", record);
        Files.createDirectories(directory.resolve("strict2.lock.filelock/claims"));
        Files.createDirectories(directory.resolve("strict3.lock.filelock"));
        Files.createDirectories(directory.resolve("empty.lock.rw/gen"));
        Files.createDirectories(directory.resolve("other.lock.rw"));
        Files.createDirectories(directory.resolve("directory.lock"));
        Path elsewhere = Files.createTempDirectory(directory.getParent(), "elsewhere");
        Path target = Files.writeString(elsewhere.resolve("target.lock"), record);
        Files.createSymbolicLink(directory.resolve("link.lock"), target);
        Files.createSymbolicLink(directory.resolve("sub"), elsewhere);
        Files.createSymbolicLink(directory.resolve("linked.lock.rw"), elsewhere);
        ChildProcess.start("mkfifo", directory.resolve("fifo.lock").toString()).expectSuccess();
        file("apart/of-a-named-directory.lock", record);
        assertThat(find(registry(directory))).isEmpty();
        assertThat(find(registry(directory).directory("apart"))).hasSize(1);
        assertThat(find(registry(directory.resolve("missing")))).isEmpty();
    }

    @Test
    void nobodyElsesFilesAreTouchedByALookAtALog() throws IOException {
        Path log = Files.createDirectories(directory.resolve("x.lock.rw/gen"));
        for (int generation = 1; generation <= 80; generation++) {
            Files.writeString(
                    log.resolve("%020d".formatted(generation)), "filelock-rw/1\ngeneration=%d\n".formatted(generation));
        }
        assertThat(find(registry(directory))).isEmpty();
        assertThat(log).isDirectoryContaining("glob:**/00000000000000000001");
    }

    @Test
    void onlyThePathsThatAreAskedForAreRead() throws IOException {
        file("a.lock", "4711\nanother-host\n");
        file("b.lock", "4711\nanother-host\n");
        file("empty.lock", "");
        List<Path> asked = new ArrayList<>();
        try (Stream<LeftoverLock> found = registry(directory).leftovers(path -> {
            asked.add(path);
            return path.endsWith("b.lock");
        })) {
            assertThat(found)
                    .extracting(each -> each.lock().path().getFileName().toString())
                    .containsExactly("b.lock");
        }
        assertThat(asked).contains(directory.resolve("a.lock")).doesNotContain(directory.resolve("empty.lock"));
    }

    @Test
    void aSearchGoesSixteenLevelsDeepAndNoDeeper() throws IOException {
        Path deep = directory;
        for (int level = 1; level <= 40; level++) {
            deep = Files.createDirectory(deep.resolve("d"));
            if (level == 15) {
                Files.writeString(deep.resolve("x.lock"), "4711\nanother-host\n");
            } else if (level == 16) {
                Files.writeString(deep.resolve("too-deep.lock"), "4711\nanother-host\n");
            }
        }
        assertThat(find(registry(directory)))
                .extracting(each -> each.lock().path().getFileName().toString())
                .containsExactly("x.lock");
    }

    @Test
    void aDirectoryThatCantBeReadHidesNoOther() throws IOException {
        Path closed = Files.createDirectory(directory.resolve("closed"));
        file("open/x.lock", "4711\nanother-host\n");
        Files.setPosixFilePermissions(closed, java.util.Set.of());
        try {
            assertThat(find(registry(directory))).hasSize(1);
        } finally {
            Files.setPosixFilePermissions(closed, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void aLookDropsNoLockOfThisProcess() throws Exception {
        LockRegistry registry = registry(directory);
        LockRegistry ranges = LockRegistry.builder()
                .directory(directory)
                .options(LockOptions.builder()
                        .nativeAccess(NativeAccess.RANGE_LOCK)
                        .build())
                .build();
        file("range.lock", "what its holders keep there\n");
        try (HeldLock range = ranges.lock("range").acquire();
                HeldLock sqlite = registry.readWriteLock("catalog").writeLock().acquire()) {
            assertThat(find(registry)).isEmpty();
            assertThat(find(ranges)).isEmpty();
            String locks = Files.readString(Path.of("/proc/locks"), UTF_8);
            for (Path path : List.of(directory.resolve("range.lock"), directory.resolve("catalog.db"))) {
                assertThat(locks)
                        .contains(":" + OsFiles.system().lstat(path).identity().inode() + " ");
            }
            assertThat(range.isValid()).isTrue();
            assertThat(sqlite.isValid()).isTrue();
        }
    }

    @Test
    void aFileThatCarriesAKernelLockIsNotRemovedWhateverItSays() throws Exception {
        Path path = file("x.lock", "4711\nanother-host\n");
        LeftoverLock found = find(registry(directory)).get(0);
        try (ChildProcess holder = ChildProcess.start("flock", path.toString(), "sh", "-c", "echo locked; read line")) {
            holder.expectLine("locked");
            assertThatThrownBy(() -> found.lock().forceBreak(found.claims().get(0)))
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining("another process is using it");
        }
        assertThat(path).hasContent("4711\nanother-host\n");
    }

    @Test
    void aClosedRegistryIsNotSearched() {
        LockRegistry registry = registry(directory);
        registry.close();
        assertThatIllegalStateException().isThrownBy(() -> registry.leftovers(path -> true));
    }

    private Path file(String name, String content) throws IOException {
        Path path = directory.resolve(name);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, content);
    }
}
