package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Looking at the records of a lock, and removing those that a crash left. */
@Timeout(120)
class ClaimsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "RANGE", "SQLITE_WRITE", "SQLITE_READ"})
    void aLockOfTheKernelHasNone(LockKind kind) throws Exception {
        Path path = directory.resolve("x" + kind.suffix);
        FileLock lock = kind.lock(path);
        assertThat(lock.claims()).isEmpty();
        assertThat(path).doesNotExist();
        LockClaim claim = new LockClaim(
                path,
                "x",
                LockClaim.Kind.MARKER,
                new LockHolder(1L, null, null, null, null, null, null),
                LockClaim.Liveness.DEAD);
        try (HeldLock held = lock.acquire()) {
            assertThat(lock.claims()).isEmpty();
            assertThatThrownBy(() -> lock.forceBreak(claim))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("keeps no records");
            assertThat(held.isValid()).isTrue();
        }
    }
}
