package dev.filelock.protocol.marker;

import dev.filelock.os.Time;
import java.time.Duration;
import java.time.Instant;

/** A point in time by both clocks. */
record Moment(long nanos, Instant instant) {

    static Moment now(Time time) {
        return new Moment(time.nanos(), time.now());
    }

    /**
     * How long ago it was, by the clock that says more. The monotonic clock may stand still while the machine sleeps; the wall
     * clock, by which peers judge the age of a file, may be set.
     */
    Duration elapsed(Time time) {
        Duration monotonic = Duration.ofNanos(time.nanos() - nanos);
        Duration wall = Duration.between(instant, time.now());
        return monotonic.compareTo(wall) >= 0 ? monotonic : wall;
    }
}
