package dev.filelock.testing.sim;

import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One participant: its view of the disk, the clocks and the other processes. */
public final class SimulatedProcess {
    private final Simulation simulation;
    private final String name;
    private final long pid;
    private final Simulation.Body body;
    private final OsFiles files;
    private boolean crashed;

    // the simulation's own
    boolean mayCrash = true;
    volatile boolean ended;
    long wakes;

    @Nullable Thread thread;

    SimulatedProcess(Simulation simulation, SimulatedDisk disk, String name, long pid, Simulation.Body body) {
        this.simulation = simulation;
        this.name = name;
        this.pid = pid;
        this.body = body;
        this.files = disk.files(this);
    }

    /** Exempts it from crashes. */
    public SimulatedProcess immortal() {
        mayCrash = false;
        return this;
    }

    public String name() {
        return name;
    }

    public long pid() {
        return pid;
    }

    public boolean crashed() {
        return crashed;
    }

    /** Whether it has come to its end, by a crash or otherwise. */
    public boolean ended() {
        return ended;
    }

    public OsFiles files() {
        return files;
    }

    /** A place where others may go on, and where this one may crash, that is no file operation. */
    public void step(String what) {
        simulation.step(this, what);
    }

    /** 32 lower-case hexadecimal digits. */
    public String token() {
        byte[] token = new byte[16];
        simulation.random().nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    public Random random() {
        return simulation.random();
    }

    public Time time() {
        return new Time() {
            @Override
            public Instant now() {
                return simulation.now();
            }

            @Override
            public long nanos() {
                return simulation.nanos();
            }

            @Override
            public void pause(Duration time) {
                simulation.sleep(SimulatedProcess.this, time.toNanos());
            }
        };
    }

    /** The processes of a host on which all participants run. */
    public Processes processes() {
        return new Processes() {
            @Override
            public long pid() {
                return pid;
            }

            @Override
            public boolean alive(long other) {
                return simulation.alive(other);
            }

            @Override
            public BigInteger startToken(long other) {
                return BigInteger.valueOf(other);
            }

            @Override
            public @Nullable Long pidNamespace() {
                return null;
            }

            @Override
            public String hostField() {
                return "simulated";
            }

            @Override
            public @Nullable String describe(long other) {
                return null;
            }

            @Override
            public @Nullable String user(long other) {
                return null;
            }

            @Override
            public @Nullable String remark(long other) {
                return null;
            }
        };
    }

    Simulation.Body body() {
        return body;
    }

    void crash() {
        crashed = true;
    }
}
