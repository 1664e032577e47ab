package dev.filelock.protocol.marker;

import dev.filelock.os.Time;
import java.time.Duration;
import java.time.Instant;

/** The system's time, moved on as a test likes. Pauses take none. */
final class TimeAsSet implements Time {
    private final Time system = Time.system();
    private volatile Duration wall = Duration.ZERO;
    private volatile Duration monotonic = Duration.ZERO;

    /** As if this process, or the machine, had stood still. */
    void pass(Duration time) {
        passOnWall(time);
        passOnMonotonic(time);
    }

    /** As if the machine had been suspended, during which some monotonic clocks stand still. */
    void passOnWall(Duration time) {
        wall = wall.plus(time);
    }

    /** As if the wall clock had been set back meanwhile. */
    void passOnMonotonic(Duration time) {
        monotonic = monotonic.plus(time);
    }

    @Override
    public Instant now() {
        return system.now().plus(wall);
    }

    @Override
    public long nanos() {
        return system.nanos() + monotonic.toNanos();
    }

    @Override
    public void pause(Duration time) {}
}
