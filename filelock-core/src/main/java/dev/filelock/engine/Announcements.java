package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockHolder;
import java.time.Duration;
import java.util.List;

/** What the listeners are told of the end of an acquisition, once for each, however it was made. */
final class Announcements {
    private Announcements() {}

    /**
     * A hold is about to be handed out.
     *
     * @throws RuntimeException what a listener throws; the caller gives the hold back then, and throws on
     */
    static void acquired(Hold hold, Deadline deadline) {
        hold.announced = true;
        Request request = hold.request;
        if (request.options().listeners().isEmpty()) {
            return;
        }
        HeldLockInfo info = hold.entry.diagnosis.info(hold);
        request.options().listeners().forEach(listener -> listener.acquired(info, elapsed(deadline)));
    }

    static void timedOut(Waiter waiter, Duration waited, List<LockHolder> holders) {
        Listeners.tell(waiter.request, listener -> listener.timedOut(waiter.info(holders), waited));
    }

    static void failed(Waiter waiter, Throwable cause) {
        Duration waited = elapsed(waiter.deadline);
        Listeners.tell(waiter.request, listener -> listener.failed(waiter.info(List.of()), waited, cause));
    }

    static Duration elapsed(Deadline deadline) {
        return Duration.ofNanos(deadline.elapsed());
    }
}
