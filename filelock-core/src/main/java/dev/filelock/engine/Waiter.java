package dev.filelock.engine;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.WaitingLockInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One acquisition, from its arrival at a file until it is settled: it has a hold, has failed or has run out of time. It is settled
 * once, under the entry's mutex, and then {@link #deliver}s the outcome outside. Fields that change are guarded by the mutex.
 */
abstract class Waiter {
    final Request request;
    final Deadline deadline;

    /** The thread that is to own the hold and waits for it; null if the hold is to belong to its handle alone. */
    final @Nullable Thread owner;

    /** When it came; taken once, so that whoever asks twice sees one wait. */
    final Instant since = Instant.now();

    /** Its own thread polls while it is the head; otherwise one of the engine's does. */
    final boolean drivesItself;

    /** The holds under which the lock was asked for. */
    final CallChain chain;

    /** What the flight recorder makes of it; null while it records no waits. */
    final FlightRecorder.@Nullable Recording recording = FlightRecorder.beginWait();

    /** How the level ends that this acquisition adds; changed where it re-enters a hold that is not its thread's. */
    Level level;

    /** Its part among those who wait for each other, once it waits. */
    volatile WaitGraph.@Nullable Wait wait;

    // The place in the queue, which only the queue changes.
    @Nullable Waiter ahead;

    @Nullable Waiter behind;

    boolean queued;

    @Nullable Hold hold;

    /** The hold is this acquisition's own, not one that it re-entered. */
    boolean fresh;

    /** Unchecked, where a thread waits for it. */
    @Nullable Throwable failure;

    private boolean expired;

    Waiter(
            Request request,
            Deadline deadline,
            Level level,
            @Nullable Thread owner,
            boolean drivesItself,
            CallChain chain) {
        this.request = request;
        this.deadline = deadline;
        this.level = level;
        this.owner = owner;
        this.drivesItself = drivesItself;
        this.chain = chain;
    }

    LockMode mode() {
        return request.mode();
    }

    /** The name by which it came to its file. */
    Path path() {
        return request.path();
    }

    boolean settled() {
        return hold != null || failure != null || expired;
    }

    void grant(Hold granted, boolean isFresh) {
        hold = granted;
        fresh = isFresh;
    }

    void fail(Throwable cause) {
        failure = cause;
    }

    void expire() {
        expired = true;
    }

    /** Where it was asked for, if that is to be traced. */
    @Nullable Throwable takenAt() {
        return UnreachableHolds.whereTaken();
    }

    /** Its caller is ready to do without the lock, and is not told why. */
    boolean givesUpQuietly() {
        return false;
    }

    /** Tells whoever waits for it that this waiter is settled. Called once, without the mutex. */
    abstract void deliver();

    /** Runs news for the listeners where they are to hear them. Called without the mutex. */
    void tell(Runnable news) {
        news.run();
    }

    /** It has not had the lock at once. Called with the mutex, as often as that is found. */
    void beginToWait() {}

    /** Makes a head that drives itself look again when it is to poll. Called with the mutex. */
    void wake() {}

    /** @param position in the queue, from 1; 0 if it is not there */
    WaitingLockInfo info(List<LockHolder> blockedBy, int position) {
        return new WaitingLockInfo(
                request.path(),
                request.scope().directoryName(),
                mode(),
                request.backend(),
                request.options().label().orElse(null),
                owner == null ? null : owner.getName(),
                since,
                deadline.limitAsDuration(),
                position,
                blockedBy);
    }
}
