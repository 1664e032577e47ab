package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watcher;
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

    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int QUICK_POLLS = 3;
    private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** A signal after so long without one is taken for a release, and not for part of a storm. */
    private static final long LONG_QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LockEntry entry;
    private final LockFile file;
    private final boolean waitsInsidePoll;
    private final Runtime runtime;

    /**
     * What polls for the head; kept between polls and handed on to the next waiter of the same mode. While a thread polls, it alone
     * touches this.
     */
    private @Nullable WatchedAttempt attempt;

    private @Nullable LockMode attemptMode;

    /** A thread is inside {@link #poll}, or about to be. */
    private boolean polling;

    // ---- when the head polls next

    /** By {@link System#nanoTime}. */
    private long nextPoll;

    private final Backoff backoff = new Backoff();

    /** A change was signalled since the last poll began. */
    private boolean signalled;

    /** Until when no further signal leads to a poll, by {@link System#nanoTime}, so that a storm of them costs little. */
    private long quietUntil = System.nanoTime() - LONG_QUIET_NANOS; // the first one ends a silence

    /** How many polls follow at once on a signal, which may come just before the kernel drops the lock it tells of. */
    private int quickPolls;

    /** Turns are needed while the head can't poll on its own thread. */
    private enum Turn {
        NONE,
        SCHEDULED,
        RUNNING
    }

    private Turn turn = Turn.NONE;
    private @Nullable Future<?> scheduledTurn;
    private long scheduledFor;
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
     * @param inHaste it answers a signal that ended a long silence, and so most likely tells of a release
     */
    record Poll(Waiter waiter, LockMode mode, @Nullable WatchedAttempt outdated, boolean inHaste) {}

    /** Reserves the right to poll for the head, which there must be. Called with the mutex, which {@link #poll} is not. */
    Poll begin() {
        Waiter head = Objects.requireNonNull(entry.queue.head());
        WatchedAttempt outdated = null;
        if (attemptMode != head.mode()) {
            outdated = attempt;
            attempt = null;
            attemptMode = head.mode();
        }
        polling = true;
        return new Poll(head, head.mode(), outdated, answerSignal());
    }

    /** Polls once, and gives the outcome to whoever is the head then, if it asks for the same by the same name. */
    void poll(Poll now, Patience how) {
        Grant grant = null;
        Tenure next = null;
        Throwable failure = null;
        try {
            if (now.outdated() != null) {
                entry.leftovers.abandon(now.outdated());
            }
            WatchedAttempt mine = attempt;
            if (mine == null) {
                mine = new WatchedAttempt(file.attempt(now.mode()), runtime.watcher(), this::signal);
                attempt = mine;
            }
            runtime.streaks().standBack(entry.key);
            grant = mine.poll(how, now.waiter().drivesItself, now.inHaste());
            Announcements.reclaimed(now.waiter(), mine.takeReclaimed());
            next = grant == null ? null : new Tenure(grant, now.mode()); // here, where an Error has it given back
            failure = elsewhereByItsOwnName(now.waiter());
            if (failure == null) {
                failure = grant == null ? heldHereUnderAnotherName() : register(grant);
            }
        } catch (Throwable e) {
            failure = e;
        }
        WatchedAttempt spent = null;
        Grant unwanted = null;
        Tenure installed = null;
        Settled settled = new Settled();
        entry.mutex.lock();
        try {
            polling = false;
            Waiter head = entry.queue.head();
            boolean wanted = head != null
                    && head.mode() == now.mode()
                    && head.path().equals(now.waiter().path());
            if (grant != null) {
                attempt = null;
                if (wanted && failure == null && next != null) {
                    entry.install(next, settled);
                    installed = next;
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
        if (installed != null) {
            entry.validity.watch(installed);
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
        } else if (entry.tenure == null) {
            planPoll(polledFor);
            polledFor.beginToWait();
            if (!polledFor.drivesItself) {
                requestTurn();
            }
        }
    }

    /** What the caller is to see. */
    private Throwable inWords(Throwable failure) {
        return failure instanceof Error || failure instanceof RuntimeException
                ? failure
                : new FileLockException(
                        entry.path, entry.path + " could not be locked: " + failure.getMessage(), failure);
    }

    /**
     * A waiter that came by another name of the directory wants the file that its own name leads to. What is polled is where the name
     * leads by which the entry was made, and that can be another file since.
     */
    private @Nullable FileLockException elsewhereByItsOwnName(Waiter waiter) {
        return runtime.table().isOf(entry, waiter.path())
                ? null
                : new FileLockException(
                        waiter.path(),
                        waiter.path() + " was waited for together with " + entry.path
                                + ", which was the same file when the wait began, and is not any more: a directory or a link was moved "
                                + "or replaced; acquire it again");
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
        // Between looking at the path and looking it up, the file may go, and its inode be that of one locked
        // here since. While that one is held its inode is no other file's: what is found again is so.
        LockEntry other = holderOfWhatThePathNames();
        return other == null || other != holderOfWhatThePathNames() ? null : sameFile(other);
    }

    private @Nullable LockEntry holderOfWhatThePathNames() throws IOException {
        FileIdentity identity = runtime.identities().notFollowing(entry.path);
        LockEntry holder = identity == null ? null : runtime.table().holderOf(identity);
        // One of the same path was made before the directory was replaced by another: it will be released, as
        // any other holder's.
        return holder == null || holder.path.equals(entry.path) ? null : holder;
    }

    private FileLockException sameFile(LockEntry other) {
        return new FileLockException(
                entry.path,
                entry.path + " and " + other.path + ", which is held in this JVM, are one file under two names (a hard "
                        + "link, upper and lower case, or a directory that was renamed meanwhile); lock it by one name only");
    }

    // ---- when the head polls next

    /** Nanoseconds until the head is to poll; zero or less if that is now. */
    long untilPoll() {
        return nextPoll - System.nanoTime();
    }

    /**
     * Where the head, which drives itself, is to wait for its next poll; null if it is to park, since it will be woken, or knows
     * already of a change and waits for a storm of them to pass.
     */
    Watcher.@Nullable Lookout lookout() {
        return attempt == null || signalled ? null : attempt.lookout();
    }

    /** After a poll in vain. */
    private void planPoll(Waiter head) {
        long now = System.nanoTime();
        if (attempt != null && !attempt.isWatching()) {
            nextPoll = now; // nothing would have told of a change up to now
        } else if (signalled) {
            nextPoll = quietUntil - now > 0 ? quietUntil : now;
        } else if (quickPolls > 0) {
            quickPolls--;
            nextPoll = now + QUICK_NANOS;
        } else {
            nextPoll = now + pauseFor(head);
        }
    }

    private long pauseFor(Waiter head) {
        long bound = TimeUnit.NANOSECONDS.convert(head.request.options().pollInterval());
        if (attempt != null) {
            bound = Math.min(bound, attempt.pollAtLeastEveryNanos());
        }
        return backoff.nextNanos(bound);
    }

    /** Makes the head contend now rather than after its pause. */
    void wakeHead() {
        Waiter head = entry.queue.head();
        if (head == null || entry.tenure != null) {
            return;
        }
        backoff.reset();
        nextPoll = System.nanoTime();
        hurry(head);
    }

    /** A change was signalled. Called without the mutex, on any thread, perhaps after everybody has left. */
    private void signal() {
        entry.mutex.lock();
        try {
            changed();
        } finally {
            entry.mutex.unlock();
        }
    }

    /** A change on disk may have set the lock free. Called with the mutex. */
    void changed() {
        signalled = true;
        Waiter head = entry.queue.head();
        if (head == null || entry.tenure != null) {
            return;
        }
        long now = System.nanoTime();
        long earliest = quietUntil - now > 0 ? quietUntil : now;
        if (earliest == now) {
            quickPolls = now - quietUntil > LONG_QUIET_NANOS ? QUICK_POLLS : 0;
        }
        if (earliest - nextPoll < 0) {
            nextPoll = earliest;
            hurry(head);
        }
    }

    /** The poll that begins now answers what was signalled, if anything was. Whether it is to do so in haste. */
    private boolean answerSignal() {
        if (!signalled) {
            return false;
        }
        signalled = false;
        quietUntil = System.nanoTime() + QUIET_NANOS;
        return quickPolls > 0;
    }

    /** Makes whoever polls for the head look again when that is to be. */
    private void hurry(Waiter head) {
        if (head.drivesItself) {
            head.wake();
        } else {
            patience.signalAll();
            requestTurn();
        }
    }

    // ---- whose turn it is

    /** Takes a waiter out of the queue; the attempt to abandon, outside the mutex, if nobody goes on with it. */
    @Nullable WatchedAttempt leave(Waiter waiter) {
        boolean wasHead = entry.queue.head() == waiter;
        entry.queue.remove(waiter);
        if (!wasHead) {
            return null;
        }
        patience.signalAll();
        Waiter next = entry.queue.head();
        WatchedAttempt orphan = null;
        if (attempt != null && !polling && (next == null || next.mode() != attemptMode)) {
            orphan = attempt;
            attempt = null;
        }
        wakeHead();
        return orphan;
    }

    // ---- turns: polling on the engine's threads

    private void requestTurn() {
        if (turn == Turn.RUNNING) {
            return; // looks at the queue again when it ends
        }
        if (turn == Turn.SCHEDULED
                && (scheduledFor - nextPoll <= 0
                        || !Objects.requireNonNull(scheduledTurn).cancel(false))) {
            return;
        }
        long delay = untilPoll();
        if (delay > 0) {
            turn = Turn.SCHEDULED;
            scheduledFor = nextPoll;
            scheduledTurn = runtime.workers().timer(delay, this::startTurn);
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
                    requestTurn();
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

    /** The patience of a protocol that waits inside its poll, which has just tried in vain. */
    private boolean headStillWaits() {
        entry.mutex.lock();
        try {
            Waiter head = headIfWaitedFor();
            if (head != null) {
                planPoll(head);
                head.beginToWait();
            }
            while (head != null && untilPoll() > 0) {
                patience.awaitNanos(Math.min(untilPoll(), head.deadline.remaining()));
                head = headIfWaitedFor();
            }
            answerSignal();
            return head != null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            entry.mutex.unlock();
        }
    }

    private @Nullable Waiter headIfWaitedFor() {
        Waiter head = entry.queue.head();
        return head != null && head.mode() == attemptMode && !head.deadline.passed() ? head : null;
    }
}
