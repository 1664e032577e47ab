package dev.filelock.engine;

import dev.filelock.LockHolder;
import dev.filelock.WaitingLockInfo;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what a wait waits for: to the listeners when it begins and ends, once in the log when it has lasted. */
final class WaitReport {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final Waiter waiter;
    private final long logAfter;
    private @Nullable WaitingLockInfo told;
    private boolean tell;
    private boolean logged;

    WaitReport(Waiter waiter) {
        this.waiter = waiter;
        this.tell = !waiter.request.options().listeners().isEmpty();
        var after = waiter.request.options().logWaitingAfter();
        this.logged = after.isNegative();
        this.logAfter = logged ? Long.MAX_VALUE : Deadline.after(after).limit();
    }

    boolean due() {
        return tell || nanosUntilDue() <= 0;
    }

    long nanosUntilDue() {
        return logged ? Long.MAX_VALUE : logAfter - waiter.deadline.elapsed();
    }

    /** Called without the mutex. */
    void make(EntryDiagnosis diagnosis) {
        boolean logs = takeTurnToLog(diagnosis);
        if (logs || tell) {
            List<LockHolder> holders = diagnosis.blockers();
            tell(holders);
            if (logs) {
                log(holders);
            }
        }
    }

    private boolean takeTurnToLog(EntryDiagnosis diagnosis) {
        if (nanosUntilDue() > 0) {
            return false;
        }
        logged = true;
        return diagnosis.takeTurnToLog(logAfter);
    }

    void log(EntryDiagnosis diagnosis) {
        if (takeTurnToLog(diagnosis)) {
            log(diagnosis.blockers());
        }
    }

    /** Tells the listeners, the first time. */
    void tell(List<LockHolder> holders) {
        if (tell) {
            tell = false;
            WaitingLockInfo info = waiter.info(holders);
            told = info;
            Listeners.tell(waiter.request, listener -> listener.waiting(info));
        }
    }

    private void log(List<LockHolder> holders) {
        Instant now = Instant.now();
        log.info(
                "Waiting for {} since {} ms: held by {}",
                waiter.request.path(),
                waiter.deadline.elapsed() / 1_000_000,
                holders.isEmpty()
                        ? "a process that could not be identified"
                        : holders.stream()
                                .map(holder -> holder.describe(now))
                                .collect(Collectors.joining(", and by ")));
    }

    /** Called without the mutex when the wait has ended, whether or not anything was reported. */
    void end() {
        WaitingLockInfo info = told;
        told = null;
        if (info != null) {
            Listeners.tell(waiter.request, listener -> listener.waited(info));
        }
    }
}
