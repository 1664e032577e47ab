package dev.filelock.protocol.generation;

import dev.filelock.os.Time;
import dev.filelock.protocol.Heartbeats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Heartbeats that beat when they are told to, if their time has come. */
final class ManualHeartbeats implements Heartbeats {
    private final Time time;
    private final List<Beating> beating = new ArrayList<>();

    ManualHeartbeats(Time time) {
        this.time = time;
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
        Beating started = new Beating(interval.toNanos(), beat, time.nanos() + interval.toNanos());
        beating.add(started);
        return () -> beating.remove(started);
    }

    /** How many have not been stopped. */
    int running() {
        return beating.size();
    }

    void beatIfDue() {
        for (Beating each : List.copyOf(beating)) {
            if (time.nanos() - each.due >= 0 && beating.contains(each)) {
                each.beat.run();
                each.due = time.nanos() + each.interval;
            }
        }
    }
}
