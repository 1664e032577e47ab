package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the head of one file's queue contends with other processes: the one attempt there is, and the one thread that polls it. That
 * is the head's own thread if it may, else one of the engine's, which takes turns.
 *
 * <p>Guarded by the entry's mutex, which is never held over I/O.
 */
final class Contest {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final LockEntry entry;
    private final LockFile file;
    private final boolean waitsInsidePoll;
    private final Runtime runtime;

    /**
     * What polls for the head; kept between polls and handed on to the next waiter of the same mode. While a thread polls, it alone
     * touches this.
     */
    private @Nullable Attempt attempt;

    private @Nullable LockMode attemptMode;

    /** A thread is inside {@link #poll}, or about to be. */
    private boolean polling;

    private final Backoff backoff = new Backoff();

    /** Turns are needed while the head can't poll on its own thread. */
    private enum Turn {
        NONE,
        SCHEDULED,
        RUNNING
    }

    private Turn turn = Turn.NONE;
    private @Nullable Future<?> scheduledTurn;
    private final Condition patience;

    Contest(LockEntry entry, LockFile file, boolean waitsInsidePoll, Runtime runtime) {
        this.entry = entry;
        this.file = file;
        this.waitsInsidePoll = waitsInsidePoll;
        this.runtime = runtime;
        this.patience = entry.mutex.newCondition();
    }

    boolean waitsInsidePoll() {
        return waitsInsidePoll;
    }

    /** A thread polls, perhaps still for a waiter that has left. */
    boolean isPolling() {
        return polling;
    }

    /** Whether it is this waiter's turn to poll. */
    boolean isUpTo(Waiter waiter) {
        return entry.tenure == null && !polling && entry.queue.head() == waiter;
    }

    // ---- polling

    /**
     * What a poll is for.
     *
     * @param waiter the head when it begins
     * @param outdated an attempt in another mode, to be abandoned first
     */
    record Poll(Waiter waiter, LockMode mode, @Nullable Attempt outdated) {}

    /** Reserves the right to poll for the head, which there must be. Called with the mutex, which {@link #poll} is not. */
    Poll begin() {
        Waiter head = Objects.requireNonNull(entry.queue.head());
        Attempt outdated = null;
        if (attemptMode != head.mode()) {
            outdated = attempt;
            attempt = null;
            attemptMode = head.mode();
        }
        polling = true;
        return new Poll(head, head.mode(), outdated);
    }

    /** Polls once, and gives the outcome to whoever is the head of that mode then. */
    void poll(Poll now, Patience how) {
        Grant grant = null;
        Throwable failure = null;
        try {
            if (now.outdated() != null) {
                entry.leftovers.abandon(now.outdated());
            }
            Attempt mine = attempt;
            if (mine == null) {
                mine = file.attempt(now.mode());
                attempt = mine;
            }
            runtime.streaks().standBack(entry.key);
            grant = mine.poll(how);
            Announcements.reclaimed(now.waiter(), mine.takeReclaimed());
            failure = grant == null ? heldHereUnderAnotherName() : register(grant);
        } catch (Throwable e) {
            failure = e;
        }
        Attempt spent = null;
        Grant unwanted = null;
        Settled settled = new Settled();
        entry.mutex.lock();
        try {
            polling = false;
            Waiter head = entry.queue.head();
            boolean wanted = head != null && head.mode() == now.mode();
            if (grant != null) {
                attempt = null;
                if (wanted && failure == null) {
                    entry.install(grant, now.mode(), settled);
                } else {
                    unwanted = grant;
                }
            } else if (failure != null || !wanted) {
                spent = attempt;
                attempt = null;
            }
            if (failure != null && wanted) {
                Waiter loser = Objects.requireNonNull(head);
                entry.queue.remove(loser);
                loser.fail(inWords(failure));
                settled.add(loser);
            } else if (failure != null) {
                log.debug("A try at {} failed after its waiter had left", entry.path, failure);
            } else if (grant == null
                    && head == now.waiter()
                    && now.waiter().deadline.allowsOneAttemptOnly()) {
                spent = leave(now.waiter());
                now.waiter().expire();
                settled.add(now.waiter());
            }
            goOn(now.waiter());
        } finally {
            entry.mutex.unlock();
        }
        settled.deliver();
        if (spent != null) {
            entry.leftovers.abandon(spent);
        }
        if (unwanted != null) {
            entry.leftovers.giveBack(unwanted, now.mode(), failure == null);
        }
    }

    private void goOn(Waiter polledFor) {
        Waiter head = entry.queue.head();
        if (head != polledFor) {
            wakeHead();
        } else if (!polledFor.drivesItself && entry.tenure == null) {
            polledFor.beginToWait();
            requestTurn(0);
        }
    }

    /** What the caller is to see. */
    private Throwable inWords(Throwable failure) {
        return failure instanceof Error || failure instanceof RuntimeException
                ? failure
                : new FileLockException(
                        entry.path, entry.path + " could not be locked: " + failure.getMessage(), failure);
    }

    private @Nullable FileLockException register(Grant grant) {
        FileIdentity identity = grant.identity();
        LockEntry other = identity == null ? null : runtime.table().register(identity, entry);
        return other == null ? null : sameFile(other);
    }

    private @Nullable FileLockException heldHereUnderAnotherName() throws IOException {
        if (!runtime.table().holdsAnything()) {
            return null;
        }
        FileIdentity identity = runtime.identities().notFollowing(entry.path);
        LockEntry other = identity == null ? null : runtime.table().holderOf(identity);
        return other == null || other == entry ? null : sameFile(other);
    }

    private FileLockException sameFile(LockEntry other) {
        return new FileLockException(
                entry.path,
                entry.path + " and " + other.path + ", which is held in this JVM, are one file under two names (a hard "
                        + "link, or upper and lower case); lock it by one name only");
    }

    // ---- whose turn it is

    /** How long the head pauses before the next poll. */
    long pauseFor(Waiter waiter) {
        long bound = TimeUnit.NANOSECONDS.convert(waiter.request.options().pollInterval());
        if (attempt != null) {
            bound = Math.min(bound, TimeUnit.NANOSECONDS.convert(attempt.pollAtLeastEvery()));
        }
        return backoff.nextNanos(bound);
    }

    /** Takes a waiter out of the queue; the attempt to abandon, outside the mutex, if nobody goes on with it. */
    @Nullable Attempt leave(Waiter waiter) {
        boolean wasHead = entry.queue.head() == waiter;
        entry.queue.remove(waiter);
        if (!wasHead) {
            return null;
        }
        patience.signalAll();
        Waiter next = entry.queue.head();
        Attempt orphan = null;
        if (attempt != null && !polling && (next == null || next.mode() != attemptMode)) {
            orphan = attempt;
            attempt = null;
        }
        wakeHead();
        return orphan;
    }

    /** Makes the head contend now rather than after its pause. */
    void wakeHead() {
        Waiter head = entry.queue.head();
        if (head == null || entry.tenure != null) {
            return;
        }
        backoff.reset();
        if (head.drivesItself) {
            head.pollNow();
        } else {
            requestTurn(0);
        }
    }

    // ---- turns: polling on the engine's threads

    private void requestTurn(long delayNanos) {
        if (turn == Turn.RUNNING) {
            return; // looks at the queue again when it ends
        }
        if (turn == Turn.SCHEDULED
                && (delayNanos > 0 || !Objects.requireNonNull(scheduledTurn).cancel(false))) {
            return;
        }
        if (delayNanos > 0) {
            turn = Turn.SCHEDULED;
            scheduledTurn = runtime.workers().timer(delayNanos, this::startTurn);
        } else {
            dispatchTurn();
        }
    }

    private void startTurn() {
        entry.mutex.lock();
        try {
            dispatchTurn();
        } finally {
            entry.mutex.unlock();
        }
    }

    private void dispatchTurn() {
        turn = Turn.RUNNING;
        if (!waitsInsidePoll || !runtime.workers().tryLongTurn(() -> runTurn(this::headStillWaits))) {
            runtime.workers().turn(entry.directory(), () -> runTurn(Patience.NONE));
        }
    }

    private void runTurn(Patience how) {
        Poll now = null;
        entry.mutex.lock();
        try {
            if (headNeedsTurn()) {
                now = begin();
                runtime.table().pinAgain(entry); // the waiter may leave while its lock is polled for
            }
        } finally {
            entry.mutex.unlock();
        }
        try {
            if (now != null) {
                poll(now, how);
            }
        } finally {
            entry.mutex.lock();
            try {
                turn = Turn.NONE;
                if (headNeedsTurn()) {
                    requestTurn(pauseFor(Objects.requireNonNull(entry.queue.head())));
                }
            } finally {
                entry.mutex.unlock();
                if (now != null) {
                    runtime.table().unpin(entry);
                }
            }
        }
    }

    private boolean headNeedsTurn() {
        Waiter head = entry.queue.head();
        return head != null && !head.drivesItself && entry.tenure == null && !polling;
    }

    /** The patience of a protocol that waits inside its poll, which is the loop around this wait. */
    @SuppressWarnings("WaitNotInLoop")
    private boolean headStillWaits() {
        entry.mutex.lock();
        try {
            if (!isWaitedFor(entry.queue.head())) {
                return false;
            }
            Waiter head = Objects.requireNonNull(entry.queue.head());
            head.beginToWait();
            patience.awaitNanos(Math.min(pauseFor(head), head.deadline.remaining()));
            return isWaitedFor(entry.queue.head());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            entry.mutex.unlock();
        }
    }

    private boolean isWaitedFor(@Nullable Waiter head) {
        return head != null && head.mode() == attemptMode && !head.deadline.passed();
    }
}
