package dev.filelock.engine;

import dev.filelock.LockHolder;
import dev.filelock.WaitingLockInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a wait waits for: to the listeners when it begins, while it lasts and when it ends; in the log once it has lasted. Made by
 * one thread at a time, without the mutex.
 */
final class WaitReport {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);
    private static final Duration FIRST_PROGRESS = Duration.ofSeconds(1);
    private static final Duration LONGEST_WITHOUT_PROGRESS = Duration.ofSeconds(10);

    private final Waiter waiter;
    private final boolean listened;
    private final GrowingInterval logging;
    private final GrowingInterval progress;
    private boolean begun;

    /** It is this waiter that logs the wait, of all that wait with it. */
    private boolean logs;

    /** What the listeners were told of the beginning. Touched by whoever tells them. */
    private @Nullable WaitingLockInfo told;

    WaitReport(Waiter waiter) {
        this.waiter = waiter;
        this.listened = !waiter.request.options().listeners().isEmpty();
        this.logging = new GrowingInterval(waiter.request.options().logWaitingAfter(), LONGEST_SILENCE);
        this.progress = new GrowingInterval(FIRST_PROGRESS, LONGEST_WITHOUT_PROGRESS);
    }

    /** Nanoseconds until there is something to say; zero or less if that is now; {@link Long#MAX_VALUE} for never. */
    long nanosUntilDue() {
        long elapsed = waiter.deadline.elapsed();
        long untilLogged = logging.untilDue(elapsed);
        if (!listened) {
            return untilLogged;
        }
        return begun ? Math.min(untilLogged, progress.untilDue(elapsed)) : 0;
    }

    boolean due() {
        return nanosUntilDue() <= 0;
    }

    /**
     * Whether there is something to tell now, for which it has to be found out who is in the way. Of a queue that waits together one
     * logs, so that the others need not find it out.
     */
    boolean takeTurn(EntryDiagnosis diagnosis) {
        long elapsed = waiter.deadline.elapsed();
        if (logging.isDue(elapsed)) {
            logs |= diagnosis.takeTurnToLog(waiter.deadline.start() + elapsed, logging.nanos());
            logging.next(elapsed);
        }
        return logs || (listened && (!begun || progress.isDue(elapsed)));
    }

    /**
     * Logs what is due, after {@link #takeTurn}.
     *
     * @return what the listeners are to be told now; does nothing if that is nothing
     */
    Runnable make(EntryDiagnosis diagnosis, List<LockHolder> holders) {
        long elapsed = waiter.deadline.elapsed();
        WaitingLockInfo info = waiter.info(holders, diagnosis.positionOf(waiter));
        if (logs) {
            logs = false;
            log(info, elapsed, diagnosis.suspicion(waiter));
        }
        if (!listened) {
            return () -> {};
        } else if (!begun) {
            begun = true;
            return () -> {
                told = info;
                Listeners.tell(waiter.request, listener -> listener.waiting(info));
            };
        } else if (progress.isDue(elapsed)) {
            progress.next(elapsed);
            Duration waited = Duration.ofNanos(elapsed);
            return () -> Listeners.tell(waiter.request, listener -> listener.stillWaiting(info, waited));
        }
        return () -> {};
    }

    private static void log(WaitingLockInfo info, long elapsed, @Nullable String suspicion) {
        Instant now = Instant.now();
        long millis = TimeUnit.NANOSECONDS.toMillis(elapsed);
        log.info(
                "Waiting for {} since {}{}: held by {}{}",
                info.path(),
                millis < 10_000 ? millis + " ms" : millis / 1000 + " s",
                info.position() > 1 ? ", at place " + info.position() + " of this JVM's queue" : "",
                info.blockedBy().stream().map(holder -> holder.describe(now)).collect(Collectors.joining(", and by ")),
                suspicion == null ? "" : "; perhaps they wait for each other: " + suspicion);
    }

    /** Called where the listeners are told when the wait has ended, whether or not anything was reported. */
    void end() {
        WaitingLockInfo info = told;
        told = null;
        if (info != null) {
            Listeners.tell(waiter.request, listener -> listener.waited(info));
        }
    }
}
