package dev.filelock.protocol;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Calls protocols back at intervals, for holds that stand only as long as they are refreshed. Safe for use by any number of
 * threads.
 *
 * <p>The beats of one directory run one after the other, those of different directories side by side: a file system that hangs
 * delays the heartbeats of its own holds and no others.
 */
@FunctionalInterface
public interface Heartbeats {

    /**
     * Calls {@code beat} once every interval, the first time after one interval, until it is stopped.
     *
     * <p>Two calls for one heartbeat never overlap. A call may come late, after this process was suspended for example, and
     * what was missed is not made up for; so a beat has to look at the clock rather than count. What it throws is logged, and
     * the heartbeat goes on.
     *
     * @param directory where the beat does its I/O
     * @param interval greater than zero
     * @param beat short I/O; runs on a daemon thread
     */
    Heartbeat start(Path directory, Duration interval, Runnable beat);

    /** One series of calls. */
    @FunctionalInterface
    interface Heartbeat {

        /**
         * Ends the series: no call begins once this has returned, but one that has begun may still be running. Never blocks;
         * may be called again, and from within a beat.
         */
        void stop();
    }
}
