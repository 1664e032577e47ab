package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockOptions;
import dev.filelock.WaitingLockInfo;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lock file in use: who holds it in this JVM, who waits, and the one attempt by which the first of them contends with other
 * processes.
 *
 * <p>Waiters are served first come, first served. Only the head polls, on its own thread if it may, else on one of the engine's
 * ("turns"). The mutex is never held over I/O.
 */
final class LockEntry {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** Later readers wait until the grant has drained, so that a writer of another process gets its turn. */
    private static final long READERS_JOIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final FileKey key;
    private final Path path;
    private final LockBackend backend;
    private final LockOptions options;
    private final LockFile file;
    private final boolean waitsInsidePoll;
    private final Runtime runtime;

    /** Waiters and holds that keep this entry in the table, which guards it. */
    int pins;

    private final ReentrantLock mutex = new ReentrantLock();
    private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
    private @Nullable Tenure tenure;
    private final List<Tenure> lostTenures = new ArrayList<>(0);

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
    private final Condition patience = mutex.newCondition();

    LockEntry(FileKey key, Request request, LockFile file, boolean waitsInsidePoll, Runtime runtime) {
        this.key = key;
        this.path = request.path();
        this.backend = request.backend();
        this.options = request.options();
        this.file = file;
        this.waitsInsidePoll = waitsInsidePoll;
        this.runtime = runtime;
    }

    FileKey key() {
        return key;
    }

    Path path() {
        return path;
    }

    LockBackend backend() {
        return backend;
    }

    LockOptions options() {
        return options;
    }

    boolean forgettable() {
        return file.forgettable();
    }

    // ---- acquisition

    /**
     * Adds a level for the calling thread, waiting for it if need be.
     *
     * @return null if the deadline passed
     */
    @Nullable Hold enter(Request request, Deadline deadline, Level level, boolean interruptible) throws InterruptedException {
        Thread thread = Thread.currentThread();
        Waiter waiter;
        Poll first;
        mutex.lock();
        try {
            request.scope().requireOpen(); // a registry that closes later finds the waiter in the queue
            Hold own = holdOf(thread);
            if (own != null) {
                return reenter(own, request.mode(), level);
            }
            if (tenure != null && mayJoin(tenure, request.mode())) {
                return admit(tenure, request, thread, level);
            }
            boolean free = tenure == null && queue.isEmpty() && !polling;
            if (!free && deadline.allowsOneAttemptOnly()) {
                return null;
            }
            boolean drivesItself = !waitsInsidePoll && !VirtualThreads.isVirtual(thread);
            waiter = new Waiter(request, level, thread, drivesItself, deadline, mutex.newCondition());
            queue.addLast(waiter);
            first = free ? beginPoll() : null;
        } finally {
            mutex.unlock();
        }
        Hold hold = null;
        try {
            if (first != null) {
                poll(first, Patience.NONE);
            }
            hold = settle(waiter, interruptible);
        } finally {
            if (hold == null) {
                withdraw(waiter);
            }
        }
        return hold;
    }

    private @Nullable Hold holdOf(Thread thread) {
        Hold hold = tenure == null ? null : tenure.holdOf(thread);
        for (int i = 0; hold == null && i < lostTenures.size(); i++) {
            hold = lostTenures.get(i).holdOf(thread);
        }
        return hold;
    }

    private Hold reenter(Hold own, LockMode mode, Level level) {
        if (own.tenure.lost != null) {
            throw lost(own.tenure.lost);
        }
        if (own.tenure.mode != mode) {
            throw new LockModeChangeException(path, own.tenure.mode, mode);
        }
        own.add(level);
        return own;
    }

    private boolean mayJoin(Tenure current, LockMode mode) {
        return mode.isShared()
                && current.mode == mode
                && !current.ending
                && queue.isEmpty()
                && System.nanoTime() - current.takenNanos <= READERS_JOIN_NANOS;
    }

    private Hold admit(Tenure current, Request request, Thread owner, Level level) {
        Hold hold = new Hold(this, current, request, owner);
        hold.add(level);
        current.holds.add(hold);
        return hold;
    }

    /** Waits until the waiter has a hold, has failed, or has run out of time, when it still is in the queue. */
    private @Nullable Hold settle(Waiter waiter, boolean interruptible) throws InterruptedException {
        WaitReport report = new WaitReport(this, waiter);
        boolean interrupted = false;
        mutex.lock();
        try {
            while (!waiter.settled()) {
                if (waiter.deadline.passed()) {
                    return null;
                }
                if (report.due()) {
                    mutex.unlock();
                    try {
                        report.make();
                    } finally {
                        mutex.lock();
                    }
                    continue;
                }
                long pause = Math.min(waiter.deadline.remaining(), report.nanosUntilDue());
                if (isContending(waiter)) {
                    if (!waiter.drivesItself) {
                        if (turn == Turn.NONE) {
                            requestTurn(0);
                        }
                    } else {
                        long untilPoll = waiter.pollNow ? 0 : waiter.nextPoll - System.nanoTime();
                        if (untilPoll <= 0) {
                            pollAsHead(waiter);
                            continue;
                        }
                        pause = Math.min(pause, untilPoll);
                    }
                }
                try {
                    waiter.changed.awaitNanos(pause);
                } catch (InterruptedException e) {
                    if (waiter.settled() || !interruptible) {
                        interrupted = true;
                    } else {
                        throw e;
                    }
                }
            }
            if (waiter.failure != null) {
                throw asUnchecked(waiter.failure);
            }
            return waiter.hold;
        } finally {
            mutex.unlock();
            report.end();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes back what is left of a wait that gave its caller no hold, however it ended. */
    private void withdraw(Waiter waiter) {
        Attempt orphan = null;
        mutex.lock();
        try {
            if (!waiter.settled()) {
                orphan = leave(waiter);
            }
        } finally {
            mutex.unlock();
        }
        if (orphan != null) {
            abandon(orphan);
        }
        Hold unwanted = waiter.hold;
        if (unwanted != null) { // granted just as the wait ended otherwise
            runtime.table().pinAgain(this);
            exit(unwanted, waiter.level);
        }
    }

    private boolean isContending(Waiter waiter) {
        return tenure == null && !polling && queue.peekFirst() == waiter;
    }

    private void pollAsHead(Waiter waiter) {
        waiter.pollNow = false;
        Poll now = beginPoll();
        mutex.unlock();
        try {
            poll(now, Patience.NONE);
        } finally {
            mutex.lock();
        }
        waiter.nextPoll = System.nanoTime() + pauseFor(waiter);
    }

    private long pauseFor(Waiter waiter) {
        long bound = TimeUnit.NANOSECONDS.convert(waiter.request.options().pollInterval());
        if (attempt != null) {
            bound = Math.min(bound, TimeUnit.NANOSECONDS.convert(attempt.pollAtLeastEvery()));
        }
        return backoff.nextNanos(bound);
    }

    /** Takes a waiter that gave up out of the queue; the attempt to abandon outside the mutex if nobody goes on with it. */
    private @Nullable Attempt leave(Waiter waiter) {
        boolean wasHead = queue.peekFirst() == waiter;
        queue.remove(waiter);
        if (!wasHead) {
            return null;
        }
        patience.signalAll();
        Waiter next = queue.peekFirst();
        Attempt orphan = null;
        if (attempt != null && !polling && (next == null || next.mode() != attemptMode)) {
            orphan = attempt;
            attempt = null;
        }
        wakeHead();
        return orphan;
    }

    /** Ends the waits of a scope, each with an exception of its own. */
    void cancelWaiters(Predicate<Request> which, Supplier<? extends RuntimeException> cause) {
        List<Attempt> orphans = new ArrayList<>(1);
        mutex.lock();
        try {
            for (Waiter waiter : List.copyOf(queue)) {
                if (which.test(waiter.request)) {
                    Attempt orphan = leave(waiter);
                    if (orphan != null) {
                        orphans.add(orphan);
                    }
                    waiter.fail(cause.get());
                }
            }
            runtime.table().pinAgain(this); // for the orphans: the waiters' own pins may be gone by now
        } finally {
            mutex.unlock();
        }
        orphans.forEach(this::abandon);
        runtime.table().unpin(this);
    }

    // ---- contending with other processes

    /**
     * What a poll is for.
     *
     * @param waiter the head when it begins
     * @param outdated an attempt in another mode, to be abandoned first
     */
    private record Poll(
            Waiter waiter, LockMode mode, @Nullable Attempt outdated) {}

    /** Reserves the right to poll for the head, which there must be. Called with the mutex, which {@link #poll} is not. */
    private Poll beginPoll() {
        Waiter head = queue.getFirst();
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
    private void poll(Poll now, Patience how) {
        Grant grant = null;
        Throwable failure = null;
        try {
            if (now.outdated() != null) {
                abandon(now.outdated());
            }
            Attempt mine = attempt;
            if (mine == null) {
                mine = file.attempt(now.mode());
                attempt = mine;
            }
            runtime.streaks().standBack(key);
            grant = mine.poll(how);
            failure = grant == null ? heldHereUnderAnotherName() : register(grant);
        } catch (Throwable e) {
            failure = e;
        }
        Attempt spent = null;
        Grant unwanted = null;
        mutex.lock();
        try {
            polling = false;
            Waiter head = queue.peekFirst();
            boolean wanted = head != null && head.mode() == now.mode();
            if (grant != null) {
                attempt = null;
                if (wanted && failure == null) {
                    install(grant, now.mode());
                } else {
                    unwanted = grant;
                }
            } else if (failure != null || !wanted) {
                spent = attempt;
                attempt = null;
            }
            if (failure != null && wanted) {
                queue.removeFirst();
                Objects.requireNonNull(head).fail(failure);
            } else if (failure != null) {
                log.debug("A try at {} failed after its waiter had left", path, failure);
            }
            if (queue.peekFirst() != now.waiter()) {
                wakeHead();
            }
        } finally {
            mutex.unlock();
        }
        if (spent != null) {
            abandon(spent);
        }
        if (unwanted != null) {
            giveBack(unwanted, now.mode(), failure == null);
        }
    }

    private void install(Grant grant, LockMode mode) {
        Tenure current = new Tenure(grant, mode);
        tenure = current;
        do {
            Waiter waiter = queue.removeFirst();
            waiter.grant(admit(current, waiter.request, waiter.thread, waiter.level));
        } while (mode.isShared() && !queue.isEmpty() && queue.getFirst().mode() == mode);
        grant.onLost(reason -> lose(current, reason));
    }

    private @Nullable FileLockException register(Grant grant) {
        FileIdentity identity = grant.identity();
        LockEntry other = identity == null ? null : runtime.table().register(identity, this);
        return other == null ? null : sameFile(other);
    }

    private @Nullable FileLockException heldHereUnderAnotherName() throws IOException {
        if (!runtime.table().holdsAnything()) {
            return null;
        }
        FileIdentity identity = runtime.identities().notFollowing(path);
        LockEntry other = identity == null ? null : runtime.table().holderOf(identity);
        return other == null || other == this ? null : sameFile(other);
    }

    private FileLockException sameFile(LockEntry other) {
        return new FileLockException(
                path,
                path + " and " + other.path + ", which is held in this JVM, are one file under two names (a hard "
                        + "link, or upper and lower case); lock it by one name only");
    }

    /** Makes the head contend now rather than after its pause. */
    private void wakeHead() {
        Waiter head = queue.peekFirst();
        if (head == null || tenure != null) {
            return;
        }
        backoff.reset();
        if (head.drivesItself) {
            head.pollNow = true;
            head.changed.signal();
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
            scheduledTurn = runtime.workers().later(delayNanos, this::startTurn);
        } else {
            dispatchTurn();
        }
    }

    private void startTurn() {
        mutex.lock();
        try {
            dispatchTurn();
        } finally {
            mutex.unlock();
        }
    }

    private void dispatchTurn() {
        turn = Turn.NONE; // should there be no thread to be had
        if (!waitsInsidePoll || !runtime.workers().tryLongTurn(() -> runTurn(this::headStillWaits))) {
            runtime.workers().shortTurns().execute(() -> runTurn(Patience.NONE));
        }
        turn = Turn.RUNNING;
    }

    private void runTurn(Patience how) {
        Poll now = null;
        mutex.lock();
        try {
            if (headNeedsTurn()) {
                now = beginPoll();
                runtime.table().pinAgain(this); // the waiter may leave while its lock is polled for
            }
        } finally {
            mutex.unlock();
        }
        try {
            if (now != null) {
                poll(now, how);
            }
        } finally {
            mutex.lock();
            try {
                turn = Turn.NONE;
                if (headNeedsTurn()) {
                    requestTurn(pauseFor(queue.getFirst()));
                }
            } finally {
                mutex.unlock();
                if (now != null) {
                    runtime.table().unpin(this);
                }
            }
        }
    }

    private boolean headNeedsTurn() {
        Waiter head = queue.peekFirst();
        return head != null && !head.drivesItself && tenure == null && !polling;
    }

    /** The patience of a protocol that waits inside its poll, which is the loop around this wait. */
    @SuppressWarnings("WaitNotInLoop")
    private boolean headStillWaits() {
        mutex.lock();
        try {
            Waiter head = queue.peekFirst();
            if (head == null || head.mode() != attemptMode) {
                return false;
            }
            patience.awaitNanos(Math.min(pauseFor(head), Math.max(0, head.deadline.remaining())));
            head = queue.peekFirst();
            return head != null && head.mode() == attemptMode;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            mutex.unlock();
        }
    }

    // ---- release

    /** Adds a level to a hold that its caller knows to be open. */
    void again(Hold hold, Level level) {
        mutex.lock();
        try {
            if (hold.tenure.lost != null) {
                throw lost(hold.tenure.lost);
            }
            hold.add(level);
        } finally {
            mutex.unlock();
        }
    }

    /** Turns a level of a hold into one by which its owner does not re-enter. */
    void detach(Hold hold) {
        mutex.lock();
        try {
            hold.remove(Level.HANDLE);
            hold.add(Level.DETACHED);
        } finally {
            mutex.unlock();
        }
    }

    /** The hold of the calling thread that {@code unlock()} may pop, or null. */
    @Nullable Hold lockedBy(Thread thread, LockMode mode) {
        mutex.lock();
        try {
            Hold hold = holdOf(thread);
            return hold != null && hold.tenure.mode == mode && hold.levels(Level.LOCK) > 0 ? hold : null;
        } finally {
            mutex.unlock();
        }
    }

    boolean isHeldBy(Thread thread, LockMode mode) {
        mutex.lock();
        try {
            Hold hold = tenure == null ? null : tenure.holdOf(thread);
            return hold != null && hold.tenure.mode == mode;
        } finally {
            mutex.unlock();
        }
    }

    /** Gives a level back; the last one of a tenure releases it on disk. True if the hold ended. */
    boolean exit(Hold hold, Level level) {
        Tenure current = hold.tenure;
        boolean last;
        boolean lost;
        mutex.lock();
        try {
            hold.remove(level);
            if (hold.levels() > 0) {
                return false;
            }
            current.holds.remove(hold);
            last = current.holds.isEmpty();
            lost = current.lost != null;
            if (last) {
                current.ending = true;
                current.lastHold = hold;
            }
        } finally {
            mutex.unlock();
        }
        if (last) {
            if (!lost) {
                unregister(current.grant);
            }
            release(current);
        } else {
            runtime.table().unpin(this);
        }
        return true;
    }

    /** Tries again to release a tenure whose release failed before; does nothing if that has succeeded meanwhile. */
    void release(Tenure ending) {
        try {
            tryRelease(ending);
        } catch (Error e) {
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
            throw e;
        } catch (IOException | RuntimeException e) {
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
            throw new FileLockException(
                    path,
                    path + " could not be released on disk: " + e.getMessage()
                            + "; it is tried again in the background and blocks others until it succeeds",
                    e);
        }
    }

    private void tryRelease(Tenure ending) throws IOException {
        ending.releasing.lock();
        try {
            if (ending.released) {
                return;
            }
            ending.grant.release();
            ending.released = true;
        } finally {
            ending.releasing.unlock();
        }
        runtime.streaks().released(key);
        mutex.lock();
        try {
            lostTenures.remove(ending);
            if (tenure == ending) {
                tenure = null;
                wakeHead();
            }
        } finally {
            mutex.unlock();
            runtime.table().unpin(this);
        }
    }

    /** Releases a grant that came too late for its waiter, or is refused. */
    private void giveBack(Grant grant, LockMode mode, boolean registered) {
        if (registered) {
            unregister(grant);
        }
        runtime.table().pinAgain(this);
        Tenure ending = new Tenure(grant, mode);
        try {
            tryRelease(ending);
        } catch (Throwable e) {
            log.warn("{} could not be released; it is tried again until it succeeds", path, e);
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
        }
    }

    private void abandon(Attempt orphan) {
        try {
            orphan.abandon();
        } catch (Throwable e) {
            log.warn(
                    "What an attempt at {} left on disk could not be removed; it is tried again until it succeeds",
                    path,
                    e);
            runtime.table().pinAgain(this);
            retryLater(
                    () -> {
                        orphan.abandon();
                        runtime.table().unpin(this);
                    },
                    FIRST_RETRY_NANOS);
        }
    }

    private interface Cleanup {
        void run() throws IOException;
    }

    private void retryLater(Cleanup cleanup, long delayNanos) {
        runtime.workers().later(delayNanos, () -> {
            try {
                cleanup.run();
            } catch (Throwable e) {
                log.debug("Cleaning up after {} failed again", path, e);
                retryLater(cleanup, Math.min(delayNanos * 2, LAST_RETRY_NANOS));
            }
        });
    }

    private void unregister(Grant grant) {
        FileIdentity identity = grant.identity();
        if (identity != null) {
            runtime.table().unregister(identity, this);
        }
    }

    // ---- loss

    private void lose(Tenure current, LockLostException reason) {
        List<Hold> losers;
        mutex.lock();
        try {
            if (current.ending || current.lost != null) {
                return;
            }
            current.lost = reason;
            lostTenures.add(current);
            losers = List.copyOf(current.holds);
            if (tenure == current) {
                tenure = null;
                wakeHead();
            }
        } finally {
            mutex.unlock();
        }
        unregister(current.grant);
        runtime.workers().shortTurns().execute(() -> {
            for (Hold hold : losers) {
                hold.lost.complete(reason);
                Listeners.tell(hold.request, listener -> listener.lost(info(hold), reason));
            }
        });
    }

    void ensureValid(Hold hold) {
        LockLostException reason;
        mutex.lock();
        try {
            reason = hold.tenure.lost;
        } finally {
            mutex.unlock();
        }
        if (reason != null) {
            throw lost(reason);
        }
        hold.tenure.releasing.lock();
        try {
            if (hold.tenure.released) {
                throw new IllegalStateException("this hold of " + path + " was closed meanwhile");
            }
            hold.tenure.grant.ensureValid();
        } catch (IOException e) {
            throw new FileLockException(path, path + " can't be examined: " + e.getMessage(), e);
        } finally {
            hold.tenure.releasing.unlock();
        }
    }

    /** A fresh exception for the caller's own stack. */
    private LockLostException lost(LockLostException reason) {
        return new LockLostException(path, reason.reason(), String.valueOf(reason.getMessage()), reason);
    }

    // ---- who holds, who waits

    /** Who has the lock, as far as it can be known: in this JVM from memory, else what the protocol finds out. */
    List<LockHolder> blockers() {
        mutex.lock();
        try {
            if (tenure != null) {
                return holdersHere(tenure);
            }
        } finally {
            mutex.unlock();
        }
        try {
            return file.holders();
        } catch (RuntimeException e) {
            log.debug("Who holds {} could not be found out", path, e);
            return List.of();
        }
    }

    private static List<LockHolder> holdersHere(Tenure current) {
        long pid = ProcessHandle.current().pid();
        if (current.holds.isEmpty()) {
            return List.of(new LockHolder(pid, null, null, null, current.since, "this JVM, which is releasing it"));
        }
        List<LockHolder> holders = new ArrayList<>(current.holds.size());
        for (Hold hold : current.holds) {
            Thread thread = hold.reentrant();
            holders.add(new LockHolder(pid, null, null, thread == null ? null : thread.getName(), hold.since, null));
        }
        return holders;
    }

    HeldLockInfo info(Hold hold) {
        mutex.lock();
        try {
            return hold.info();
        } finally {
            mutex.unlock();
        }
    }

    void addHeld(Predicate<Request> which, List<HeldLockInfo> into) {
        mutex.lock();
        try {
            if (tenure != null) {
                for (Hold hold : tenure.holds) {
                    if (which.test(hold.request)) {
                        into.add(hold.info());
                    }
                }
                Hold unreleased = tenure.lastHold;
                if (unreleased != null && which.test(unreleased.request)) {
                    into.add(unreleased.info());
                }
            }
        } finally {
            mutex.unlock();
        }
    }

    void addWaiting(Predicate<Request> which, List<WaitingLockInfo> into) {
        List<Waiter> waiters;
        mutex.lock();
        try {
            waiters =
                    queue.stream().filter(waiter -> which.test(waiter.request)).toList();
        } finally {
            mutex.unlock();
        }
        if (!waiters.isEmpty()) {
            List<LockHolder> blockedBy = blockers();
            waiters.forEach(waiter -> into.add(waiter.info(blockedBy)));
        }
    }

    private RuntimeException asUnchecked(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException unchecked) {
            return unchecked;
        }
        return new FileLockException(path, path + " could not be locked: " + failure.getMessage(), failure);
    }
}
