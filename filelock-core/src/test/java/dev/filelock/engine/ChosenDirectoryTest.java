package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.HeldLock;
import dev.filelock.LockDirectoryException;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who chose a directory that can't be used is told where. */
class ChosenDirectoryTest {
    @TempDir
    Path parent;

    @Test
    void whatIsMissingIsMadeOnFirstUse() throws Exception {
        Path locks = parent.resolve("a/b");
        LockRegistry registry =
                LockRegistry.builder().directory(locks, "the test").build();
        assertThat(locks).doesNotExist();
        try (HeldLock held = registry.lock("x").acquire()) {
            assertThat(held.path()).hasParentRaw(locks).exists();
        }
    }

    @Test
    void whatCanNotBeMadeIsRefusedUntilItCan() throws Exception {
        Path file = Files.createFile(parent.resolve("file"));
        LockRegistry registry = LockRegistry.builder()
                .directory(file.resolve("locks"), "LOCK_DIR")
                .directory("shared", file, LockOptions.defaults(), "SHARED_DIR")
                .build();
        assertThatThrownBy(() -> registry.lock("x").acquire())
                .isInstanceOfSatisfying(LockDirectoryException.class, e -> {
                    assertThat(e.chosenBy()).contains("LOCK_DIR");
                    assertThat(e.path()).isEqualTo(file.resolve("locks"));
                })
                .hasMessageStartingWith(
                        "lock directory " + file.resolve("locks") + ", chosen by LOCK_DIR, can't be used or created: ")
                .hasMessageEndingWith("; make it, let this user write it, or choose another lock directory");
        assertThatThrownBy(() -> registry.directory("shared").lock("x").tryAcquire())
                .hasMessageContaining("chosen by SHARED_DIR");
        assertThat(file).isEmptyFile();
        Files.delete(file);
        registry.lock("x").acquire().close();
    }

    @Test
    void pruningMakesNoDirectory() {
        Path locks = parent.resolve("none");
        LockRegistry registry =
                LockRegistry.builder().directory(locks, "the test").build();
        assertThat(registry.prune(Duration.ZERO)).isEmpty();
        assertThat(locks).doesNotExist();
    }

    @Test
    void pathsOutsideItAreNoneOfItsBusiness() throws Exception {
        Path file = Files.createFile(parent.resolve("file"));
        LockRegistry registry =
                LockRegistry.builder().directory(file, "the test").build();
        dev.filelock.LockName outside = dev.filelock.LockName.builder()
                .text(parent.resolve("outside").toString())
                .build();
        registry.lock(outside, dev.filelock.LockMode.EXCLUSIVE, registry.options())
                .acquire()
                .close();
    }
}
