package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.testing.FilesBelow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class GenerationWriteLockContractTest extends LockContract {
    GenerationWriteLockContractTest() {
        super(LockKind.GENERATION_WRITE);
    }

    private Path root() {
        return path.resolveSibling(path.getFileName() + ".rw");
    }

    private void assertLost(HeldLock held) {
        assertThat(held.isValid()).isFalse();
        assertThatThrownBy(held::ensureValid)
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining(path.toString());
        assertThat(held.lost().toCompletableFuture()).isNotCancelled();
        held.close();
    }

    @Test
    @Override
    void aHoldIsNotValidOnceItsFileWasReplaced() throws Exception {
        HeldLock held = lock.acquire();
        held.ensureValid();
        FilesBelow.delete(root());
        Files.createDirectories(root().resolve("gen"));
        Files.createDirectories(root().resolve("holders"));
        assertLost(held);
        lock.acquire().close();
    }

    @Test
    @Override
    void aHoldIsNotValidOnceItsFileWasDeleted() throws Exception {
        HeldLock held = lock.acquire();
        FilesBelow.delete(root());
        assertLost(held);
        assertThat(root()).doesNotExist();
        lock.acquire().close();
    }

    @Test
    @Override
    @DisabledOnOs(OS.WINDOWS)
    void explicitPermissionsAreExactAndTheUmaskStaysAsItIs() throws Exception {
        FileLock open = LockKind.GENERATION_WRITE.lock(
                path,
                LockKind.GENERATION_WRITE
                        .options()
                        .filePermissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                        .build());
        try (HeldLock held = open.acquire()) {
            for (Path directory : List.of(root(), root().resolve("gen"), root().resolve("holders"))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                        .as("always private to its user, as Python makes it")
                        .isEqualTo("rwx------");
            }
            try (Stream<Path> tree = Files.walk(root())) {
                assertThat(tree.filter(Files::isRegularFile).toList())
                        .hasSize(2)
                        .allSatisfy(
                                file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                        .isEqualTo("rw-------"));
            }
        }
        assertThat(path).doesNotExist();
    }
}
