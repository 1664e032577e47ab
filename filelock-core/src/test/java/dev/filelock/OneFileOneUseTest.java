package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** While a file is in use in this JVM, a use that doesn't go with it is refused at once, with both uses in the message. */
@Timeout(60)
class OneFileOneUseTest {
    @TempDir
    Path directory;

    private Path path = Path.of("unset");

    @BeforeEach
    void choosePath() {
        path = directory.resolve("x.lock");
    }

    private FileLock lock(UnaryOperator<LockOptions.Builder> change) {
        return FileLock.builder(path)
                .options(change.apply(LockOptions.builder()).build())
                .build();
    }

    private void assertRefused(UnaryOperator<LockOptions.Builder> change, String held, String asked) throws Exception {
        FileLock first = lock(UnaryOperator.identity());
        FileLock second = lock(change); // a lock object is only a view: it does not hinder anybody
        try (HeldLock hold = first.acquire()) {
            assertThatThrownBy(second::acquire)
                    .isInstanceOf(FileLockException.class)
                    .isNotInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining(held)
                    .hasMessageContaining(asked);
            assertThat(hold.isValid()).isTrue();
            assertThat(hold.info().holdCount()).isOne();
        }
        second.acquire(Duration.ofSeconds(30)).close(); // SOFT takes the empty file of NATIVE for a marker for 2 s
    }

    @Test
    void oneBackend() throws Exception {
        assertRefused(options -> options.backend(LockBackend.SOFT), "backend NATIVE", "backend SOFT");
    }

    @Test
    void oneSetOfPermissions() throws Exception {
        assertRefused(
                options -> options.filePermissions(PosixFilePermissions.fromString("rw-------")),
                "filePermissions=unset",
                "filePermissions=[OWNER_");
    }

    @Test
    void oneRuleForTheFallback() throws Exception {
        assertRefused(options -> options.fallbackToSoft(false), "fallbackToSoft=true", "fallbackToSoft=false");
    }

    @Test
    void oneKindOfNativeAccess() throws Exception {
        assertRefused(
                options -> options.nativeAccess(NativeAccess.RANGE_LOCK),
                "nativeAccess=REQUIRE",
                "nativeAccess=RANGE_LOCK");
    }

    @Test
    void whatBelongsToTheAcquisitionMayDiffer() throws Exception {
        FileLock second = lock(options -> options.timeout(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(3))
                .label("other"));
        try (HeldLock hold = FileLock.of(path).acquire();
                HeldLock again = second.acquire()) {
            assertThat(again.info().holdCount()).isEqualTo(2);
        }
    }
}
