package dev.filelock.protocol.generation;

import dev.filelock.protocol.Heartbeats;
import dev.filelock.testing.sim.SimulatedProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Heartbeats that beat when their process finds the time. */
final class SimulatedHeartbeats implements Heartbeats {
    private final SimulatedProcess process;
    private final List<Beating> beating = new ArrayList<>();

    SimulatedHeartbeats(SimulatedProcess process) {
        this.process = process;
    }

    private static final class Beating {
        final long interval;
        final Runnable beat;
        long due;

        Beating(long interval, Runnable beat, long due) {
            this.interval = interval;
            this.beat = beat;
            this.due = due;
        }
    }

    @Override
    public Heartbeat start(Path directory, Duration interval, Runnable beat) {
        Beating started = new Beating(interval.toNanos(), beat, process.time().nanos() + interval.toNanos());
        beating.add(started);
        return () -> beating.remove(started);
    }

    void beatIfDue() {
        for (Beating each : List.copyOf(beating)) {
            if (process.time().nanos() >= each.due && beating.contains(each)) {
                each.beat.run();
                each.due = process.time().nanos() + each.interval;
            }
        }
    }
}
