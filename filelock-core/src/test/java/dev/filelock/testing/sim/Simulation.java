package dev.filelock.testing.sim;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs participants over one simulated disk. Exactly one of them runs at a time; before each of its file operations the seed
 * decides who goes on, whether somebody crashes, and how much time has passed. The same seed does the same again.
 *
 * <p>Participants must take randomness only from {@link SimulatedProcess#random} and time only from {@link SimulatedProcess#time}.
 */
public final class Simulation {
    /** Set to a number, only the run of that seed is made: {@code -Dfilelock.seed=4711}. */
    public static final String SEED = "filelock.seed";

    /** How many times as many runs are made as by default: {@code -Dfilelock.seeds.times=20}. */
    public static final String TIMES = "filelock.seeds.times";

    private static final int TRACED = 120;

    /** What a participant does, from its beginning to its end. */
    @FunctionalInterface
    public interface Body {
        void run(SimulatedProcess self) throws Exception;
    }

    private final Random random;
    private final SimulatedDisk disk = new SimulatedDisk(this);
    private final List<SimulatedProcess> processes = new ArrayList<>();
    private final Deque<String> trace = new ArrayDeque<>();

    private double switching;
    private double crashes;
    private int crashesLeft;
    private double jumps = 0.002;
    private long longestJump = 3_000_000_000L;
    private long limit = 200_000;

    private long nanos;
    private long steps;
    private volatile @Nullable SimulatedProcess running;
    private volatile @Nullable Throwable failure;
    private CountDownLatch ended = new CountDownLatch(0);

    public Simulation(long seed) {
        random = new Random(seed);
        random.nextInt(); // neighbouring seeds begin alike
        switching = 0.05 + 0.9 * random.nextDouble();
    }

    /**
     * Makes one run for each seed, or for that of {@value #SEED} alone. A failure says which seed it was and what happened last.
     *
     * @param count how many seeds, which {@value #TIMES} multiplies
     * @param check sets up a simulation, runs it, and looks at the outcome
     */
    public static void forSeeds(int count, Consumer<Simulation> check) {
        Long only = Long.getLong(SEED);
        LongStream seeds =
                only == null ? LongStream.rangeClosed(1, count * Long.getLong(TIMES, 1)) : LongStream.of(only);
        seeds.forEach(seed -> {
            Simulation simulation = new Simulation(seed);
            try {
                check.accept(simulation);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + " (run it alone with -D" + SEED + "=" + seed + "): " + e.getMessage()
                                + "\nWhat happened last:\n" + String.join("\n", simulation.trace),
                        e);
            }
        });
    }

    /** Lets participants crash, before any operation, at most so many of them. */
    public Simulation crashing(double probability, int atMost) {
        this.crashes = probability;
        this.crashesLeft = atMost;
        return this;
    }

    /** How often, and by how much at most, the clocks jump between two operations, as if everybody had been stopped. */
    public Simulation jumping(double probability, long longestNanos) {
        this.jumps = probability;
        this.longestJump = longestNanos;
        return this;
    }

    /** After how many operations the run fails for want of progress. */
    public Simulation limit(long operations) {
        this.limit = operations;
        return this;
    }

    public SimulatedDisk disk() {
        return disk;
    }

    /** A number of this run's own, for decisions that a set-up leaves to the seed. */
    public int choose(int bound) {
        return random.nextInt(bound);
    }

    /** Adds a participant. It starts when the simulation runs. */
    public SimulatedProcess process(String name, Body body) {
        SimulatedProcess process = new SimulatedProcess(this, disk, name, 1001 + processes.size(), body);
        processes.add(process);
        return process;
    }

    /** Runs all participants to their ends. Fails with the first failure of any of them. */
    public void run() {
        ended = new CountDownLatch(processes.size());
        List<Thread> threads = new ArrayList<>();
        for (SimulatedProcess process : processes) {
            Thread thread = new Thread(() -> live(process), "simulated-" + process.name());
            thread.setDaemon(true);
            process.thread = thread;
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        resume(pick());
        try {
            ended.await();
        } catch (InterruptedException e) {
            fail(e);
            Thread.currentThread().interrupt();
        }
        Throwable cause = failure;
        if (cause instanceof Error error) {
            throw error;
        } else if (cause != null) {
            throw new AssertionError(cause.toString(), cause);
        }
    }

    private void live(SimulatedProcess process) {
        try {
            awaitTurn(process);
            process.body().run(process);
        } catch (Crashed e) {
            // its traces stay on the disk
        } catch (Throwable e) {
            fail(e);
        } finally {
            process.ended = true;
            if (failure == null) {
                disk.closeAll(process);
                note(process, process.crashed() ? "crashed" : "ended");
                SimulatedProcess next = pick();
                if (next != null) {
                    resume(next);
                }
            }
            ended.countDown();
        }
    }

    // ---- called by the participant that runs

    /** Before an operation: lets the seed decide who goes on. */
    void step(SimulatedProcess self, String what) {
        requireAlive(self);
        if (++steps > limit) {
            AssertionError starved = new AssertionError("no end after " + limit + " operations");
            fail(starved);
            throw starved;
        }
        nanos += 1_000 + random.nextInt(20_000);
        if (random.nextDouble() < jumps) {
            nanos += (long) (random.nextDouble() * longestJump);
        }
        yieldTurn(self);
        if (crashesLeft > 0 && self.mayCrash && random.nextDouble() < crashes) {
            crashesLeft--;
            self.crash();
            note(self, "crashes before " + what);
            throw new Crashed(self.name());
        }
        note(self, what);
    }

    /** Sleeps by the simulated clock. */
    void sleep(SimulatedProcess self, long duration) {
        requireAlive(self);
        self.wakes = nanos + Math.max(0, duration);
        yieldTurn(self);
    }

    long nanos() {
        return nanos;
    }

    Instant now() {
        return Instant.ofEpochSecond(1_700_000_000L, nanos);
    }

    Random random() {
        return random;
    }

    boolean alive(long pid) {
        return processes.stream().anyMatch(process -> process.pid() == pid && !process.ended && !process.crashed());
    }

    void note(SimulatedProcess self, String what) {
        if (trace.size() == TRACED) {
            trace.removeFirst();
        }
        trace.addLast(String.format("%12.6f %s %s", nanos / 1e9, self.name(), what));
    }

    private void requireAlive(SimulatedProcess self) {
        if (failure != null) {
            throw new Crashed("the simulation is over");
        }
        if (self.crashed()) {
            throw new Crashed(self.name());
        }
    }

    private void yieldTurn(SimulatedProcess self) {
        boolean goesOn = self.wakes <= nanos && random.nextDouble() >= switching;
        SimulatedProcess next = goesOn ? self : pick();
        if (next != self && next != null) {
            resume(next);
            awaitTurn(self);
        }
    }

    private @Nullable SimulatedProcess pick() {
        List<SimulatedProcess> living =
                processes.stream().filter(process -> !process.ended).toList();
        if (living.isEmpty()) {
            return null;
        }
        List<SimulatedProcess> ready =
                living.stream().filter(process -> process.wakes <= nanos).toList();
        if (ready.isEmpty()) {
            nanos = living.stream().mapToLong(process -> process.wakes).min().orElse(nanos);
            return pick();
        }
        return ready.get(random.nextInt(ready.size()));
    }

    private void resume(@Nullable SimulatedProcess next) {
        running = next;
        if (next != null) {
            LockSupport.unpark(next.thread);
        }
    }

    private void awaitTurn(SimulatedProcess self) {
        while (running != self) {
            if (failure != null) {
                throw new Crashed("the simulation is over");
            }
            LockSupport.park(this);
        }
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        processes.forEach(process -> LockSupport.unpark(process.thread));
    }
}
