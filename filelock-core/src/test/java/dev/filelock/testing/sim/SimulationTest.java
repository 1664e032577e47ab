package dev.filelock.testing.sim;

import static dev.filelock.os.OsFiles.Open.CREATE;
import static dev.filelock.os.OsFiles.Open.EXCLUSIVE;
import static dev.filelock.os.OsFiles.Open.READ;
import static dev.filelock.os.OsFiles.Open.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The model checker itself: it does again what it did, finds what is wrong, and its disk keeps the promises of one. */
@Timeout(60)
class SimulationTest {
    private static final Path DIRECTORY = Path.of("/locks");
    private static final Path FILE = DIRECTORY.resolve("x");

    private static Simulation simulation(long seed) {
        Simulation simulation = new Simulation(seed);
        simulation.disk().makeDirectories(DIRECTORY);
        return simulation;
    }

    private static List<String> oneRun(long seed) {
        List<String> events = new ArrayList<>();
        Simulation simulation = simulation(seed).crashing(0.05, 1);
        for (String name : List.of("a", "b", "c")) {
            simulation.process(name, self -> {
                for (int i = 0; i < 10; i++) {
                    self.files().open(DIRECTORY.resolve(self.token()), Set.of(WRITE, CREATE), 0600);
                    events.add(name + " at " + self.time().nanos());
                }
            });
        }
        simulation.run();
        events.addAll(simulation.disk().names(DIRECTORY));
        return events;
    }

    @Test
    void theSameSeedDoesTheSameAgainAndAnotherOneSomethingElse() {
        assertThat(oneRun(7)).isEqualTo(oneRun(7)).isNotEqualTo(oneRun(8));
    }

    @Test
    void aLockThatLooksBeforeItTakesIsFoundOut() {
        AtomicInteger inside = new AtomicInteger();
        assertThatThrownBy(() -> Simulation.forSeeds(200, simulation -> {
                    simulation.disk().makeDirectories(DIRECTORY);
                    inside.set(0);
                    for (String name : List.of("a", "b")) {
                        simulation.process(name, self -> {
                            if (self.files().lstat(FILE) == null) {
                                self.files().open(FILE, Set.of(WRITE, CREATE), 0600);
                                assertThat(inside.incrementAndGet()).isOne();
                                self.step("inside");
                                inside.decrementAndGet();
                                self.files().unlink(FILE);
                            }
                        });
                    }
                    simulation.run();
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("-Dfilelock.seed=")
                .hasMessageContaining("a create x");
    }

    @Test
    void whoCrashesDoesNothingMoreAndTheOthersGoOn() {
        AtomicInteger ended = new AtomicInteger();
        Simulation simulation = simulation(1).crashing(1, 1);
        SimulatedProcess victim = simulation.process("victim", self -> {
            try {
                self.files().open(FILE, Set.of(WRITE, CREATE, EXCLUSIVE), 0600);
            } finally {
                assertThatThrownBy(() -> self.files().unlink(FILE)).isInstanceOf(Crashed.class);
            }
        });
        simulation
                .process("other", self -> {
                    assertThat(self.processes().alive(victim.pid())).isNotEqualTo(victim.crashed());
                    self.time().pause(Duration.ofSeconds(5));
                    assertThat(self.processes().alive(victim.pid())).isFalse();
                    ended.incrementAndGet();
                })
                .immortal();
        simulation.run();
        assertThat(victim.crashed()).isTrue();
        assertThat(ended).hasValue(1);
        assertThat(simulation.disk().names(DIRECTORY)).isEmpty();
    }

    @Test
    void aListingShowsWhatIsThereAllTheTimeAndMayShowWhatComesAndGoes() {
        Set<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            Simulation simulation = simulation(seed);
            simulation.process("changing", self -> {
                self.files().open(DIRECTORY.resolve("stays"), Set.of(WRITE, CREATE), 0600);
                self.files().open(FILE, Set.of(WRITE, CREATE), 0600);
                self.files().unlink(FILE);
            });
            simulation.process("listing", self -> {
                while (self.files().lstat(DIRECTORY.resolve("stays")) == null) {
                    self.step("wait");
                }
                List<String> names = self.files().list(DIRECTORY);
                assertThat(names).contains("stays");
                seen.add(names.toString());
            });
            simulation.run();
        }
        assertThat(seen).containsExactly("[stays, x]", "[stays]");
    }

    @Test
    void aFileHasAsManyNamesAsItWasGivenAndOneContent() {
        Simulation simulation = simulation(3);
        simulation.process("only", self -> {
            OsFiles files = self.files();
            Path second = DIRECTORY.resolve("second");
            try (OsFiles.Descriptor file = files.open(FILE, Set.of(READ, WRITE, CREATE, EXCLUSIVE), 0600)) {
                file.write("content".getBytes(StandardCharsets.US_ASCII));
                files.link(FILE, second);
                assertThat(file.status().links()).isEqualTo(2);
                assertThat(files.lstat(second).identity())
                        .isEqualTo(file.status().identity());
                assertThatThrownBy(() -> files.link(FILE, second))
                        .isInstanceOfSatisfying(
                                OsException.class, e -> assertThat(e.error()).isEqualTo(OsError.EXISTS));
                assertThat(files.unlink(FILE)).isTrue();
                assertThat(files.unlink(FILE)).isFalse();
                assertThat(new String(file.read(100), StandardCharsets.US_ASCII))
                        .isEqualTo("content");
                assertThat(file.status().links()).isOne();
            }
        });
        simulation.run();
        assertThat(simulation.disk().names(DIRECTORY)).containsExactly("second");
    }

    @Test
    void aCallThatFailsMayHaveTakenEffect() {
        Set<Integer> left = new TreeSet<>();
        for (int seed = 0; seed < 50; seed++) {
            Simulation simulation = simulation(seed);
            simulation.process("only", self -> {
                self.files().open(FILE, Set.of(WRITE, CREATE), 0600);
                simulation.disk().failing(1);
                assertThatThrownBy(() -> self.files().unlink(FILE)).isInstanceOf(OsException.class);
            });
            simulation.run();
            left.add(simulation.disk().names(DIRECTORY).size());
        }
        assertThat(left).containsExactly(0, 1);
    }

    @Test
    void whoNeverGetsAnywhereFails() {
        Simulation simulation = simulation(1).limit(1000);
        simulation.process("looping", self -> {
            while (true) {
                self.step("turn");
            }
        });
        assertThatThrownBy(simulation::run).hasMessageContaining("no end after 1000 operations");
    }

    @Test
    void theFailureOfOneEndsAll() {
        Simulation simulation = simulation(1);
        simulation.process("patient", self -> {
            while (true) {
                self.step("turn");
            }
        });
        simulation.process("failing", self -> {
            throw new IllegalStateException("as told");
        });
        assertThatThrownBy(simulation::run).isInstanceOf(AssertionError.class).hasMessageContaining("as told");
    }
}
