package dev.filelock.protocol.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.sim.SimulatedProcess;
import dev.filelock.testing.sim.Simulation;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The real protocol over a simulated disk: whatever the order of all file operations, whoever crashes before any of them, and
 * however old a listing is, nobody meets a holder who gave signs of life, everybody gets on, fencing tokens only grow, and nothing
 * is left behind.
 */
@Timeout(300)
class GenerationModelTest {
    private static final Path LOCK = Path.of("/x.lock");
    private static final Path LOG = Path.of("/x.lock.rw/gen");
    private static final Path HOLDERS = Path.of("/x.lock.rw/holders");

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration THRESHOLD = Duration.ofSeconds(30);
    private static final LockOptions OPTIONS = LockOptions.builder()
            .generationHeartbeat(HEARTBEAT)
            .staleThreshold(THRESHOLD)
            .build();

    /** Thousands of participants are taken for dead here. */
    private final LogRecorder log = LogRecorder.of("dev.filelock.protocol.generation");

    @AfterEach
    void closeLog() {
        log.close();
    }

    @Test
    void holdsWithCrashesAndStaleListings() {
        Simulation.forSeeds(80, simulation -> {
            simulation.disk().staleListings(0.2);
            simulation.crashing(0.002, simulation.choose(4));
            check(simulation);
        });
    }

    @Test
    void holdsWhereCallsFailBeforeOrAfterTheyTookEffect() {
        Simulation.forSeeds(40, simulation -> {
            simulation.disk().failing(0.02).staleListings(0.1);
            simulation.crashing(0.001, simulation.choose(2));
            check(simulation);
        });
    }

    private static void check(Simulation simulation) {
        House house = new House();
        int participants = 4 + simulation.choose(5);
        Set<SimulatedProcess> living = new HashSet<>();
        for (int i = 0; i < participants; i++) {
            living.add(simulation.process("p" + i, self -> new Peer(self, house).takePart()));
        }
        simulation
                .process("janitor", self -> {
                    awaitEnds(self, living);
                    simulation.disk().failing(0).staleListings(0);
                    new Peer(self, house).tidyUp();
                })
                .immortal();
        simulation.run();
        assertThat(simulation.disk().names(HOLDERS)).as("records left behind").isEmpty();
        List<String> log = simulation.disk().names(LOG);
        assertThat(log).as("drafts left behind").allMatch(name -> name.matches("[0-9]{20}"));
        assertThat(log).hasSizeLessThanOrEqualTo(72);
        assertThat(simulation.disk().content(LOG.resolve(log.get(log.size() - 1))))
                .as("the lock is free")
                .isEqualTo(
                        new Snapshot(Long.parseLong(log.get(log.size() - 1)), null, Snapshot.NONE.readers()).toBytes());
    }

    private static void awaitEnds(SimulatedProcess self, Set<SimulatedProcess> others) {
        while (!others.stream().allMatch(SimulatedProcess::ended)) {
            self.time().pause(Duration.ofSeconds(1));
        }
    }

    /** Who is inside, by what each participant believes. */
    private static final class House {
        private final Map<Peer, LockMode> inside = new HashMap<>();
        private final Set<Long> tokens = new HashSet<>();
        private long newestWriter;

        void enter(Peer peer, LockMode mode, long token) {
            assertThat(tokens.add(token))
                    .as("token %d was given out before", token)
                    .isTrue();
            if (token < newestWriter) {
                peer.mustHaveBeenEvicted("a token older than that of a writer who was inside already");
                return;
            }
            for (Map.Entry<Peer, LockMode> other : Map.copyOf(inside).entrySet()) {
                if (mode == LockMode.WRITE || other.getValue() == LockMode.WRITE) {
                    other.getKey().mustHaveBeenEvicted(peer + " came in with token " + token);
                    inside.remove(other.getKey());
                }
            }
            inside.put(peer, mode);
            if (mode == LockMode.WRITE) {
                newestWriter = token;
            }
        }

        void leave(Peer peer) {
            inside.remove(peer);
        }
    }

    private static final class Peer {
        private final SimulatedProcess self;
        private final House house;
        private final ManualHeartbeats heartbeats;
        private final GenerationProtocol protocol;
        private LockFile file;
        private long lastSignOfLife;
        private boolean evicted;
        private @Nullable LockLostException lost;

        Peer(SimulatedProcess self, House house) {
            this.self = self;
            this.house = house;
            this.heartbeats = new ManualHeartbeats(self.time());
            this.protocol = new GenerationProtocol(
                    new Environment(this::watchedFiles, self.processes(), heartbeats, self.time(), self::token));
            this.file = protocol.open(LOCK, OPTIONS);
        }

        @Override
        public String toString() {
            return self.name();
        }

        /** The disk, but the beginning of a sign of life is taken down once it was given: nobody may count from an earlier moment. */
        private OsFiles watchedFiles() {
            return observed(OsFiles.class, self.files(), (method, arguments, result) -> {
                long begun = self.time().nanos();
                boolean isSign = method.getName().equals("open")
                        && ((Path) arguments[0]).startsWith(HOLDERS)
                        && ((Set<?>) arguments[1]).contains(OsFiles.Open.WRITE);
                return !isSign
                        ? result
                        : observed(Descriptor.class, (Descriptor) result, (call, nothing, written) -> {
                            if (call.getName().equals("write")) {
                                lastSignOfLife = begun;
                            }
                            return written;
                        });
            });
        }

        private interface Observer {
            Object observe(Method method, Object[] arguments, Object result);
        }

        private static <T> T observed(Class<T> type, T target, Observer observer) {
            InvocationHandler handler = (proxy, method, arguments) -> {
                try {
                    return observer.observe(method, arguments, method.invoke(target, arguments));
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            };
            return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
        }

        void mustHaveBeenEvicted(String why) {
            if (lost == null && !self.crashed()) {
                assertThat(self.time().nanos() - lastSignOfLife)
                        .as("%s, but %s had given a sign of life so many nanoseconds before", why, this)
                        .isGreaterThanOrEqualTo(THRESHOLD.toNanos());
            }
            evicted = true;
        }

        void takePart() throws IOException {
            for (int times = 1 + self.random().nextInt(3); times > 0; times--) {
                if (self.random().nextInt(3) == 0 && file.forgettable()) {
                    file = protocol.open(LOCK, OPTIONS); // as the engine does once nobody uses it
                }
                LockMode mode = self.random().nextInt(3) == 0 ? LockMode.WRITE : LockMode.READ;
                int patience = self.random().nextInt(4) == 0 ? 1 + self.random().nextInt(6) : Integer.MAX_VALUE;
                Grant grant = acquire(mode, patience);
                if (grant != null) {
                    hold(grant, mode);
                }
            }
        }

        private @Nullable Grant acquire(LockMode mode, int patience) {
            Attempt attempt = file.attempt(mode);
            for (int polls = 0; polls < patience; polls++) {
                try {
                    Grant grant = attempt.poll(Patience.NONE);
                    if (grant != null) {
                        return grant;
                    }
                } catch (IOException e) {
                    untilItReturns(attempt::abandon);
                    attempt = file.attempt(mode);
                }
                self.time().pause(Duration.ofMillis(1 + self.random().nextInt(3000)));
            }
            untilItReturns(attempt::abandon);
            return null;
        }

        private void hold(Grant grant, LockMode mode) {
            lost = null;
            evicted = false;
            grant.onLost(reason -> {
                assertThat(lost).as("told once").isNull();
                lost = reason;
            });
            house.enter(this, mode, grant.fencingToken().orElseThrow());
            for (int steps = self.random().nextInt(12); steps > 0; steps--) {
                self.step("inside");
                if (self.random().nextInt(3) == 0) {
                    self.time().pause(Duration.ofMillis(self.random().nextInt(12_000)));
                }
                heartbeats.beatIfDue();
            }
            if (evicted) {
                assertThat(isValid(grant))
                        .as("%s was evicted and believes to hold", this)
                        .isFalse();
            }
            house.leave(this);
            untilItReturns(grant::release);
        }

        private boolean isValid(Grant grant) {
            while (true) {
                try {
                    grant.ensureValid();
                    return true;
                } catch (LockLostException e) {
                    return false;
                } catch (IOException e) {
                    self.step("look again");
                }
            }
        }

        private interface Cleanup {
            void run() throws IOException;
        }

        private void untilItReturns(Cleanup cleanup) {
            for (int tries = 1; ; tries++) {
                try {
                    cleanup.run();
                    return;
                } catch (IOException e) {
                    assertThat(tries).as("tries of a cleanup").isLessThan(200);
                    self.time().pause(Duration.ofMillis(50));
                }
            }
        }

        void tidyUp() {
            for (int i = 0; i < 12; i++) {
                hold(Objects.requireNonNull(acquire(LockMode.WRITE, Integer.MAX_VALUE)), LockMode.WRITE);
                self.time().pause(THRESHOLD.dividedBy(2));
            }
        }
    }
}
