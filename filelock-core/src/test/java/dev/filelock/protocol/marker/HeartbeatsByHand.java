package dev.filelock.protocol.marker;

import dev.filelock.protocol.Heartbeats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Heartbeats that come when a test calls for them. */
final class HeartbeatsByHand implements Heartbeats {
    private final List<Series> running = new CopyOnWriteArrayList<>();

    private record Series(Path lane, Duration interval, Runnable beat) {}

    @Override
    public Heartbeat start(Path lane, Duration interval, Runnable beat) {
        Series series = new Series(lane, interval, beat);
        running.add(series);
        return () -> running.remove(series);
    }

    /** All that are due. */
    void beat() {
        running.forEach(series -> series.beat().run());
    }

    /** Those of one lane, because those of the others hang. */
    void beat(Path lane) {
        running.stream()
                .filter(series -> series.lane().equals(lane))
                .forEach(series -> series.beat().run());
    }

    List<Duration> intervals() {
        return running.stream().map(Series::interval).toList();
    }
}
