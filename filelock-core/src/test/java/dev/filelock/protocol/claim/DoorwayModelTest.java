package dev.filelock.protocol.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.sim.SimulatedProcess;
import dev.filelock.testing.sim.Simulation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The doorway under a scheduler that lets 4 to 8 processes go on at any file operation of theirs, in an order that a seed decides:
 * never two are inside, and without a crash everybody gets in.
 */
@Timeout(180)
class DoorwayModelTest {
    private static final Path DIRECTORY = Path.of("/locks");
    private static final Path LOCK = DIRECTORY.resolve("x.lock");
    private static final Path CLAIMS = DIRECTORY.resolve("x.lock.filelock/claims");

    private static final int SEEDS = 120;
    private static final int ROUNDS = 3;

    /** One run of the model. */
    private static final class Crowd {
        final Simulation simulation;
        final List<SimulatedProcess> processes = new ArrayList<>();
        SimulatedProcess inside;
        int entered;

        /** Those of whose claims the operator has removed one. */
        final Set<Long> broken = new HashSet<>();

        Crowd(Simulation simulation) {
            this.simulation = simulation;
            simulation.disk().makeDirectories(DIRECTORY);
            int size = 4 + simulation.choose(5);
            for (int i = 0; i < size; i++) {
                processes.add(simulation.process("p" + i, this::takePart));
            }
        }

        private void takePart(SimulatedProcess self) throws Exception {
            LockFile file = Participants.open(self, LOCK);
            for (int i = 0; i < ROUNDS; i++) {
                Grant grant = acquire(self, file);
                assertThat(inside == null || inside.crashed() && broken.contains(inside.pid()) ? null : inside.name())
                        .as("who is inside as %s enters", self.name())
                        .isNull();
                inside = self;
                entered++;
                self.step("works");
                grant.ensureValid();
                self.step("works on");
                assertThat(inside).isEqualTo(self);
                inside = null;
                untilDone(self, grant::release);
            }
        }

        private Grant acquire(SimulatedProcess self, LockFile file) throws IOException {
            Attempt attempt = file.attempt(LockMode.EXCLUSIVE);
            while (true) {
                try {
                    Grant grant = attempt.poll(Patience.NONE);
                    if (grant != null) {
                        return grant;
                    }
                } catch (IOException e) {
                    untilDone(self, attempt::abandon); // as the engine does
                    attempt = file.attempt(LockMode.EXCLUSIVE);
                }
                self.time().pause(Duration.ofMillis(1 + self.random().nextInt(5)));
            }
        }

        private static void untilDone(SimulatedProcess self, Cleanup cleanup) {
            while (true) {
                try {
                    cleanup.run();
                    return;
                } catch (IOException e) {
                    self.time().pause(Duration.ofMillis(50));
                }
            }
        }

        /** Removes what the dead left as long as anybody lives, as people do who have made sure. */
        void addOperator() {
            simulation
                    .process("operator", self -> {
                        LockFile file = Participants.open(self, LOCK);
                        while (processes.stream().anyMatch(process -> !process.ended())) {
                            clear(file);
                            self.time().pause(Duration.ofMillis(20));
                        }
                        clear(file);
                        self.time().pause(Duration.ofSeconds(5));
                        untilDone(self, acquire(self, file)::release);
                    })
                    .immortal();
        }

        private void clear(LockFile file) throws IOException {
            for (LockClaim claim : file.claims()) {
                try {
                    if (file.forceBreak(claim)) {
                        broken.add(claim.owner().pid());
                    }
                } catch (FileLockException e) {
                    assertThat(e).hasMessageContaining("its process lives");
                }
            }
        }

        List<String> leftovers() {
            return simulation.disk().names(CLAIMS);
        }
    }

    private interface Cleanup {
        void run() throws IOException;
    }

    @Test
    void neverTwoAreInsideAndEverybodyGetsIn() {
        Simulation.forSeeds(SEEDS, simulation -> {
            Crowd crowd = new Crowd(simulation);
            simulation.run();
            assertThat(crowd.entered).isEqualTo(crowd.processes.size() * ROUNDS);
            assertThat(crowd.leftovers()).isEmpty();
        });
    }

    @Test
    void whoCrashesAnywhereKeepsTheOthersOutUntilAnOperatorHasRemovedItsClaims() {
        try (LogRecorder silenced = LogRecorder.of("dev.filelock")) {
            Simulation.forSeeds(SEEDS, simulation -> {
                simulation.crashing(0.02, 1 + simulation.choose(3));
                Crowd crowd = new Crowd(simulation);
                crowd.addOperator();
                simulation.run();
                long survivors = crowd.processes.stream()
                        .filter(process -> !process.crashed())
                        .count();
                assertThat(crowd.entered).isGreaterThanOrEqualTo((int) survivors * ROUNDS);
                assertThat(crowd.leftovers()).isEmpty(); // the one who came last removed what was unfinished, too
            });
            assertThat(silenced.warnings()).anyMatch(warning -> warning.contains("held-v1"));
        }
    }

    @Test
    void callsThatFailOrWhoseAnswerIsLostLetNobodyInTooManyAndLeaveNothing() {
        Simulation.forSeeds(SEEDS, simulation -> {
            simulation.disk().failing(0.03);
            Crowd crowd = new Crowd(simulation);
            simulation.run();
            assertThat(crowd.entered).isEqualTo(crowd.processes.size() * ROUNDS);
            assertThat(crowd.leftovers()).noneMatch(name -> ClaimName.parse(name) != null);
        });
    }

    @Test
    void aFileSystemWhoseListingsAreOutOfDateIsFoundOutOrOverlaps() {
        // no protocol that goes by listings can be right there; what matters is that this model would show it
        assertThatThrownBy(() -> Simulation.forSeeds(SEEDS, simulation -> {
                    simulation.disk().staleListings(0.3);
                    new Crowd(simulation);
                    simulation.run();
                }))
                .isInstanceOf(AssertionError.class)
                .satisfiesAnyOf(
                        e -> assertThat(e).hasMessageContaining("who is inside as"),
                        e -> assertThat(e).hasRootCauseInstanceOf(LockProtocolException.class));
    }
}
