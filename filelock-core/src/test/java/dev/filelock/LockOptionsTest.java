package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Options are what was set, the documented defaults where nothing was, and never change. */
class LockOptionsTest {

    @Test
    void theDefaultsAreThoseThatAreDocumented() {
        LockOptions options = LockOptions.defaults();
        assertThat(options.backend()).isEqualTo(LockBackend.NATIVE);
        assertThat(options.readWriteBackend()).isEqualTo(LockBackend.SQLITE);
        assertThat(options.timeout()).isNegative();
        assertThat(options.pollInterval()).isEqualTo(Duration.ofMillis(50));
        assertThat(options.logWaitingAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.logHeldAfter()).isNegative();
        assertThat(options.filePermissions()).isEmpty();
        assertThat(options.fallbackToSoft()).isTrue();
        assertThat(options.nativeAccess()).isEqualTo(NativeAccess.REQUIRE);
        assertThat(options.leaseDuration()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.leaseHeartbeat()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.generationHeartbeat()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.staleThreshold()).isEqualTo(Duration.ofSeconds(90));
        assertThat(options.label()).isEmpty();
        assertThat(options.listeners()).isEmpty();
    }

    @Test
    void everyOptionIsCarriedOver() {
        LockListener first = new LockListener() {};
        LockListener second = new LockListener() {};
        Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-rw----");
        LockOptions options = LockOptions.builder()
                .backend(LockBackend.SOFT)
                .readWriteBackend(LockBackend.SQLITE)
                .timeout(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(2))
                .logWaitingAfter(Duration.ofSeconds(3))
                .logHeldAfter(Duration.ofSeconds(7))
                .filePermissions(permissions)
                .fallbackToSoft(false)
                .nativeAccess(NativeAccess.RANGE_LOCK)
                .leaseDuration(Duration.ofSeconds(4))
                .leaseHeartbeat(Duration.ofSeconds(3))
                .generationHeartbeat(Duration.ofSeconds(5))
                .staleThreshold(Duration.ofSeconds(6))
                .label("import")
                .listener(first)
                .listener(second)
                .build();
        assertThat(options.toBuilder().build()).usingRecursiveComparison().isEqualTo(options);
        assertThat(options.listeners()).containsExactly(first, second);
        assertThat(LockOptions.builder()
                        .listener(new LockListener() {})
                        .label("x")
                        .from(options)
                        .build())
                .as("from takes the place of what was set before")
                .usingRecursiveComparison()
                .isEqualTo(options);
        assertThat(options.toBuilder().label(null).build().label()).isEmpty();
    }

    @Test
    void optionsDontChangeWithWhatTheyWereBuiltFrom() {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(PosixFilePermissions.fromString("rw-rw-rw-"));
        LockOptions.Builder builder = LockOptions.builder().filePermissions(permissions);
        LockOptions options = builder.build();
        permissions.clear();
        builder.listener(new LockListener() {}).timeout(Duration.ZERO);
        assertThat(options.filePermissions().map(PosixFilePermissions::toString))
                .contains("rw-rw-rw-");
        assertThat(options.listeners()).isEmpty();
        assertThat(options.timeout()).isNegative();
    }

    @Test
    void aModeHasTheBackendOfItsFamily() {
        LockOptions options = LockOptions.builder().backend(LockBackend.SOFT).build();
        assertThat(options.backendFor(LockMode.EXCLUSIVE)).isEqualTo(LockBackend.SOFT);
        assertThat(options.backendFor(LockMode.READ)).isEqualTo(LockBackend.SQLITE);
        assertThat(options.backendFor(LockMode.WRITE)).isEqualTo(LockBackend.SQLITE);
        for (LockMode mode : LockMode.values()) {
            assertThat(LockOptions.defaults().backendFor(mode)).isEqualTo(LockBackend.defaultFor(mode));
            assertThat(LockBackend.defaultFor(mode).supports(mode)).isTrue();
        }
    }

    @Test
    void aHolderMayMissTwoSignsOfLifeUnlessSaidOtherwise() {
        LockOptions derived =
                LockOptions.builder().generationHeartbeat(Duration.ofSeconds(2)).build();
        assertThat(derived.staleThreshold()).isEqualTo(Duration.ofSeconds(6));
        assertThat(derived.toBuilder()
                        .generationHeartbeat(Duration.ofSeconds(3))
                        .build()
                        .staleThreshold())
                .isEqualTo(Duration.ofSeconds(9));
        for (Duration unfit : List.of(Duration.ofSeconds(30), Duration.ofMillis(1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> LockOptions.builder().staleThreshold(unfit).build())
                    .withMessageContaining(unfit.toString())
                    .withMessageContaining("not longer than the generation heartbeat PT30S");
        }
        for (Duration impossible : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LockOptions.builder().staleThreshold(impossible))
                    .withMessageContaining(impossible.toString());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LockOptions.builder().generationHeartbeat(impossible))
                    .withMessageContaining(impossible.toString());
        }
    }

    @Test
    void aLeaseIsRefreshedThreeTimesUnlessSaidOtherwise() {
        LockOptions derived =
                LockOptions.builder().leaseDuration(Duration.ofSeconds(6)).build();
        assertThat(derived.leaseHeartbeat()).isEqualTo(Duration.ofSeconds(2));
        assertThat(derived.toBuilder()
                        .leaseDuration(Duration.ofSeconds(60))
                        .build()
                        .leaseHeartbeat())
                .isEqualTo(Duration.ofSeconds(20));
        LockOptions both = LockOptions.builder()
                .leaseHeartbeat(Duration.ofSeconds(40)) // fits only what follows
                .leaseDuration(Duration.ofDays(365))
                .build();
        assertThat(both.leaseHeartbeat()).isEqualTo(Duration.ofSeconds(40));
        assertThat(LockOptions.builder()
                        .leaseDuration(Duration.ofMillis(3))
                        .build()
                        .leaseHeartbeat())
                .isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void aLeaseThatNobodyCouldKeepIsRefused() {
        for (Duration duration : List.of(
                Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(365).plusNanos(1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LockOptions.builder().leaseDuration(duration))
                    .withMessageContaining("lease duration " + duration)
                    .withMessageContaining("at most 365 days");
        }
        for (Duration heartbeat : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(999_999))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LockOptions.builder().leaseHeartbeat(heartbeat))
                    .withMessageContaining("lease heartbeat " + heartbeat + " is shorter than a millisecond");
        }
        for (LockOptions.Builder unfit : List.of(
                LockOptions.builder().leaseHeartbeat(Duration.ofSeconds(30)),
                LockOptions.builder().leaseDuration(Duration.ofMillis(2)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(unfit::build)
                    .withMessageContaining("is not less than the lease duration");
        }
    }

    @Test
    void aBackendOfTheOtherFamilyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockOptions.builder().readWriteBackend(LockBackend.NATIVE))
                .withMessageContaining("backend NATIVE has no mode READ")
                .withMessageContaining("SQLITE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockOptions.builder().backend(LockBackend.SQLITE))
                .withMessageContaining("backend SQLITE has no mode EXCLUSIVE")
                .withMessageContaining("NATIVE");
    }
}
