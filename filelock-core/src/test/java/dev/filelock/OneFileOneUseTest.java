package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
        assertRefused(lock(UnaryOperator.identity()), lock(change), held, asked);
    }

    /** A lock object is only a view: it does not hinder anybody. */
    private void assertRefused(FileLock first, FileLock second, String held, String asked) throws Exception {
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

    private FileLock lease(int seconds, int heartbeat) {
        return lock(options -> options.backend(LockBackend.LEASE)
                .leaseDuration(Duration.ofSeconds(seconds))
                .leaseHeartbeat(Duration.ofSeconds(heartbeat)));
    }

    @Test
    void oneLease() throws Exception {
        assertRefused(lease(30, 5), lease(40, 5), "leaseDuration=PT30S", "leaseDuration=PT40S");
        assertRefused(lease(30, 5), lease(30, 6), "leaseHeartbeat=PT5S", "leaseHeartbeat=PT6S");
        assertGoTogether(lease(30, 5), lease(30, 5));
    }

    private FileLock generation(int heartbeat, int threshold) {
        LockOptions options = LockOptions.builder()
                .readWriteBackend(LockBackend.GENERATION)
                .generationHeartbeat(Duration.ofSeconds(heartbeat))
                .staleThreshold(Duration.ofSeconds(threshold))
                .build();
        return ReadWriteFileLock.builder(path).options(options).build().writeLock();
    }

    @Test
    void oneWayToTellTheLivingFromTheDead() throws Exception {
        assertRefused(generation(5, 30), generation(6, 30), "generationHeartbeat=PT5S", "generationHeartbeat=PT6S");
        assertRefused(generation(5, 30), generation(5, 40), "staleThreshold=PT30S", "staleThreshold=PT40S");
        assertGoTogether(generation(5, 30), generation(5, 30));
    }

    private static void assertGoTogether(FileLock first, FileLock second) throws Exception {
        try (HeldLock hold = first.acquire();
                HeldLock again = second.acquire()) {
            assertThat(again.info().holdCount()).isEqualTo(2);
        }
    }

    /** But for GENERATION, whose holder finds that its directory has gone, while others wait as for one that was killed. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "GENERATION.*")
    void oneNameOfItsDirectory(LockKind kind) throws Exception {
        Path before = Files.createDirectory(directory.resolve("before"));
        Path after = directory.resolve("after");
        HeldLock held = kind.lock(before.resolve("x" + kind.suffix)).acquire();
        Files.move(before, after);
        FileLock renamed = kind.lock(after.resolve("x" + kind.suffix));
        assertThatThrownBy(renamed::acquire)
                .isInstanceOf(FileLockException.class)
                .isNotInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining(held.path().toString())
                .hasMessageContaining(renamed.path().toString())
                .hasMessageContaining("renamed");
        held.close();
        assertThat(before).doesNotExist();
    }

    @Test
    void whatBelongsToTheAcquisitionMayDiffer() throws Exception {
        FileLock second = lock(options -> options.timeout(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(3))
                .label("other"));
        assertGoTogether(FileLock.of(path), second);
    }
}
