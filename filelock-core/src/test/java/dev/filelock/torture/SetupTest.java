package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who contends for what, and what strikes them, in a round with a disk of its own and in one without. */
class SetupTest {
    @Test
    void nothingRefusesWhereOthersUseTheDisk() {
        Setup everything = setup(List.of(LockBackend.values()), List.of(Fault.values()), true);
        assertThat(everything.forRound(false).faults()).contains(Fault.KILLED).noneMatch(Fault::isOfDisk);
        Setup elsewhere = setup(List.of(LockBackend.values()), List.of(Fault.values()), false);
        assertThat(elsewhere.hasDisk(0)).isFalse();
        assertThat(elsewhere.lack(Fault.FULL)).isPresent();
    }

    @Test
    void everySecondRoundHasADisk() {
        Setup setup = setup(List.of(LockBackend.values()), List.of(), true);
        assertThat(setup.hasDisk(0)).isTrue();
        assertThat(setup.hasDisk(1)).isFalse();
        assertThat(setup.hasDisk(2)).isTrue();
    }

    @Test
    void pythonKeepsAwayFromWhatItCanNotBeTrustedWithOnADiskThatCanNotBeWritten() {
        Setup setup = setup(List.of(LockBackend.SOFT, LockBackend.NATIVE), List.of(Fault.READ_ONLY), true);
        assertThat(setup.backends(true)).containsExactly(LockBackend.NATIVE);
        assertThat(setup.backends(false)).containsExactly(LockBackend.SOFT, LockBackend.NATIVE);
        assertThat(setup(setup.backends(), List.of(Fault.FULL), true).backends(true))
                .isEqualTo(setup.backends());
    }

    @Test
    void aPythonThatHasNothingToContendForIsNotStarted() {
        Setup setup = setup(List.of(LockBackend.SOFT), List.of(Fault.values()), true);
        assertThat(setup.forRound(false).pythons()).isEqualTo(2);
        if (Powers.lack(Fault.READ_ONLY).isEmpty()) {
            assertThat(setup.forRound(true).pythons()).isZero();
        }
    }

    private static Setup setup(List<LockBackend> backends, List<Fault> faults, boolean disks) {
        return new Setup(
                Path.of("target"),
                1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                backends,
                2,
                2,
                2,
                faults,
                disks,
                false);
    }
}
