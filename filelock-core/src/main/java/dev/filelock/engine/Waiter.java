package dev.filelock.engine;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.WaitingLockInfo;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** One acquisition in the queue of a file. Fields that change are guarded by the entry's mutex. */
final class Waiter {
    final Request request;
    final Level level;
    final Thread thread;
    /** Its own thread polls while it is the head; otherwise one of the engine's does. */
    final boolean drivesItself;

    final Deadline deadline;
    final Instant since = Instant.now();
    /** Signalled when something changes for this waiter. */
    final Condition changed;

    /** When its own thread polls next, by {@link System#nanoTime}, unless {@link #pollNow} says at once. */
    long nextPoll = System.nanoTime();

    boolean pollNow;

    @Nullable Hold hold;

    @Nullable Throwable failure;

    Waiter(Request request, Level level, Thread thread, boolean drivesItself, Deadline deadline, Condition changed) {
        this.request = request;
        this.level = level;
        this.thread = thread;
        this.drivesItself = drivesItself;
        this.deadline = deadline;
        this.changed = changed;
    }

    LockMode mode() {
        return request.mode();
    }

    boolean settled() {
        return hold != null || failure != null;
    }

    void grant(Hold granted) {
        hold = granted;
        changed.signal();
    }

    void fail(Throwable cause) {
        failure = cause;
        changed.signal();
    }

    WaitingLockInfo info(List<LockHolder> blockedBy) {
        return new WaitingLockInfo(
                request.path(),
                request.scope().directoryName(),
                mode(),
                request.backend(),
                request.options().label().orElse(null),
                thread.getName(),
                since,
                deadline.limitAsDuration(),
                blockedBy);
    }
}
