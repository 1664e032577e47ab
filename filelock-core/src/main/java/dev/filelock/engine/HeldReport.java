package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log that a hold has lasted long, if it is to: the timer wakes for it, and nobody else has to look. */
final class HeldReport {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final Duration LONGEST_SILENCE = Duration.ofHours(1);

    private final Hold hold;
    private final @Nullable Throwable takenAt;
    private final Workers workers;
    private final long begun = System.nanoTime();
    private final GrowingInterval logging;
    private final ReentrantLock mutex = new ReentrantLock();
    private boolean ended;
    private @Nullable Future<?> next;

    private HeldReport(Hold hold, @Nullable Throwable takenAt, Workers workers) {
        this.hold = hold;
        this.takenAt = takenAt;
        this.workers = workers;
        this.logging = new GrowingInterval(hold.request.options().logHeldAfter(), LONGEST_SILENCE);
    }

    /** Null if nothing is ever to be said. */
    static @Nullable HeldReport begin(Hold hold, Waiter taker, Workers workers) {
        if (hold.request.options().logHeldAfter().isNegative()) {
            return null;
        }
        HeldReport report = new HeldReport(hold, taker.takenAt(), workers);
        report.schedule();
        return report;
    }

    private void schedule() {
        mutex.lock();
        try {
            long delay = logging.untilDue(System.nanoTime() - begun);
            if (!ended && delay < Long.MAX_VALUE) {
                next = workers.later(delay, this::report);
            }
        } finally {
            mutex.unlock();
        }
    }

    private void report() {
        HeldLockInfo info = hold.entry.diagnosis.info(hold);
        if (info.holdCount() == 0 || hold.isToldLost()) {
            return; // given back, or lost, which others have told
        }
        long elapsed = System.nanoTime() - begun;
        log.warn(
                "{} has been held for {} s {}{}",
                info.path(),
                TimeUnit.NANOSECONDS.toSeconds(elapsed),
                info.thread() == null ? "by no thread in particular" : "by thread '" + info.thread() + "'",
                info.label() == null ? "" : ", for " + info.label(),
                takenAt);
        logging.next(elapsed);
        schedule();
    }

    void end() {
        mutex.lock();
        try {
            ended = true;
            if (next != null) {
                next.cancel(false);
            }
        } finally {
            mutex.unlock();
        }
    }
}
