package dev.filelock.engine;

import dev.filelock.protocol.Heartbeats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Heartbeats in one lane per directory: the timer only times, and each lane with something due has at most one thread of a small
 * pool, so that a directory whose file system hangs ties up one thread and delays nobody else's beats.
 */
final class DirectoryHeartbeats implements Heartbeats {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final Workers workers;

    /** The directories with beats due, each with the beats that wait behind the one that runs. Guards itself and all beats. */
    private final Map<Path, ArrayDeque<Beat>> lanes = new HashMap<>();

    DirectoryHeartbeats(Workers workers) {
        this.workers = workers;
    }

    @Override
    public Heartbeat start(Path directory, Duration interval, Runnable action) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("heartbeat interval " + interval + " is not greater than zero");
        }
        Beat beat = new Beat(directory, TimeUnit.NANOSECONDS.convert(interval), action);
        synchronized (lanes) {
            beat.scheduleAfter(beat.interval);
        }
        return beat;
    }

    private void due(Beat beat) {
        synchronized (lanes) {
            if (beat.stopped) {
                return;
            }
            ArrayDeque<Beat> waiting = lanes.get(beat.directory);
            if (waiting != null) {
                waiting.addLast(beat);
                return;
            }
            lanes.put(beat.directory, new ArrayDeque<>());
        }
        workers.heartbeat(() -> runLane(beat));
    }

    private void runLane(Beat first) {
        Beat beat = first;
        while (beat != null) {
            try {
                beat.run();
            } catch (RuntimeException | Error e) {
                // Not even the log has taken it, so there is nobody to tell; and the beats behind this one have to
                // come.
            }
            synchronized (lanes) {
                ArrayDeque<Beat> waiting = lanes.get(first.directory);
                beat = waiting == null ? null : waiting.pollFirst();
                if (beat == null) {
                    lanes.remove(first.directory);
                }
            }
        }
    }

    private final class Beat implements Heartbeat {
        final Path directory;
        final long interval;
        private final Runnable action;

        private boolean stopped;
        private @Nullable Future<?> next;

        Beat(Path directory, long interval, Runnable action) {
            this.directory = directory;
            this.interval = interval;
            this.action = action;
        }

        void run() {
            long begun = System.nanoTime();
            synchronized (lanes) {
                if (stopped) {
                    return;
                }
            }
            try {
                action.run();
            } catch (RuntimeException | Error e) {
                log.warn("A heartbeat in {} failed; it goes on", directory, e);
            } finally {
                synchronized (lanes) {
                    scheduleAfter(Math.max(0, interval - (System.nanoTime() - begun)));
                }
            }
        }

        private void scheduleAfter(long delayNanos) {
            if (!stopped) {
                next = workers.timer(delayNanos, () -> due(this));
            }
        }

        @Override
        public void stop() {
            synchronized (lanes) {
                stopped = true;
                if (next != null) {
                    next.cancel(false);
                }
            }
        }
    }
}
