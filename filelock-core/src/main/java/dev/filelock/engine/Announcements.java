package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockHolder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the listeners and the flight recorder are told of acquisitions and holds, once for each, however they were made. */
final class Announcements {
    private Announcements() {}

    /**
     * A hold is about to be handed out.
     *
     * @throws RuntimeException what a listener throws; the caller gives the hold back then, and throws on
     */
    static void acquired(Waiter waiter, Hold hold) {
        hold.announced = true;
        FlightRecorder.end(waiter.recording, hold.request, hold.tenure.grant.backend(), "acquired");
        hold.recording = FlightRecorder.beginHold();
        hold.report = HeldReport.begin(hold, waiter, hold.entry.workers());
        Request request = hold.request;
        if (request.options().listeners().isEmpty()) {
            return;
        }
        HeldLockInfo info = hold.entry.diagnosis.info(hold);
        request.options().listeners().forEach(listener -> listener.acquired(info, elapsed(waiter.deadline)));
    }

    static void released(Hold hold, @Nullable HeldLockInfo info) {
        HeldReport report = hold.report;
        if (report != null) {
            report.end();
        }
        FlightRecorder.end(hold.recording, hold.request, hold.tenure.grant.backend(), "released");
        if (info != null) {
            Duration held = Duration.between(hold.since, Instant.now());
            Listeners.tell(hold.request, listener -> listener.released(info, held));
        }
    }

    /** Does nothing if there is no reason. */
    static void reclaimed(Waiter waiter, @Nullable String reason) {
        if (reason != null) {
            waiter.tell(() ->
                    Listeners.tell(waiter.request, listener -> listener.reclaimed(waiter.info(List.of(), 0), reason)));
        }
    }

    static void timedOut(Waiter waiter, Duration waited, List<LockHolder> holders) {
        FlightRecorder.end(waiter.recording, waiter.request, waiter.request.backend(), "timed out");
        Listeners.tell(waiter.request, listener -> listener.timedOut(waiter.info(holders, 0), waited));
    }

    static void failed(Waiter waiter, Throwable cause) {
        FlightRecorder.end(waiter.recording, waiter.request, waiter.request.backend(), "failed: " + cause);
        Duration waited = elapsed(waiter.deadline);
        Listeners.tell(waiter.request, listener -> listener.failed(waiter.info(List.of(), 0), waited, cause));
    }

    static Duration elapsed(Deadline deadline) {
        return Duration.ofNanos(deadline.elapsed());
    }
}
