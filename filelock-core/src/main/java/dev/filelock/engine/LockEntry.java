package dev.filelock.engine;

import dev.filelock.LockBackend;
import dev.filelock.LockDeadlockException;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockOptions;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One lock file in use: who owns it in this JVM, and who waits for it.
 *
 * <p>Waiters are served first come, first served; {@link Contest} is how the first of them contends with other processes. The mutex
 * guards this object and all that belongs to it, and is never held over I/O nor while anybody else's code runs.
 */
final class LockEntry {
    /** Later readers wait until the grant has drained, so that a writer of another process gets its turn. */
    private static final long READERS_JOIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    final FileKey key;
    final Path path;
    private final LockBackend backend;
    private final LockOptions options;
    private final LockFile file;
    private final Runtime runtime;

    final ReentrantLock mutex = new ReentrantLock();
    final WaitQueue queue = new WaitQueue();
    final Contest contest;
    final Leftovers leftovers;
    final Validity validity;
    final EntryDiagnosis diagnosis;

    /** Waiters and holds that keep this entry in the table, which guards it. */
    int pins;

    /** The grant of this JVM, until it is released on disk or lost. */
    @Nullable Tenure tenure;

    private final List<Tenure> lostTenures = new ArrayList<>(0);

    LockEntry(FileKey key, Request request, LockFile file, boolean waitsInsidePoll, Runtime runtime) {
        this.key = key;
        this.path = request.path();
        this.backend = request.backend();
        this.options = request.options();
        this.file = file;
        this.runtime = runtime;
        this.contest = new Contest(this, file, waitsInsidePoll, runtime);
        this.leftovers = new Leftovers(this, runtime);
        this.validity = new Validity(this, runtime);
        this.diagnosis = new EntryDiagnosis(this, file, runtime.workers());
    }

    Path directory() {
        return FileKeys.directoryOf(path);
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
    @Nullable Hold enter(ThreadWaiter waiter, boolean interruptible) throws InterruptedException {
        requireOwnInTime(waiter);
        Hold held = reenterNamesake(waiter);
        if (held != null) {
            waiter.grant(held, false);
            return held;
        }
        Contest.Poll first;
        mutex.lock();
        try {
            first = admitOrQueue(waiter) ? contest.begin() : null;
        } finally {
            mutex.unlock();
        }
        Hold hold = null;
        try {
            if (first != null) {
                contest.poll(first, Patience.NONE);
            }
            hold = waiter.await(this, interruptible);
        } finally {
            if (hold == null) {
                withdraw(waiter);
            }
        }
        return hold;
    }

    /** Lets a waiter in that no thread waits with. */
    void enter(AsyncWaiter<?> waiter) {
        Hold held;
        try {
            requireOwnInTime(waiter);
            held = reenterNamesake(waiter);
        } catch (Throwable e) { // Errors too: nobody else is there to see them, and its future would never complete
            end(waiter, ended -> ended.fail(e));
            return;
        }
        if (held != null) {
            end(waiter, entering -> entering.grant(held, false));
            if (waiter.hold != held) { // ended on its way here
                held.entry.exit(held, waiter.level);
            }
            return;
        }
        boolean settled;
        mutex.lock();
        try {
            if (waiter.settled()) {
                return; // ended on its way here
            }
            try {
                if (admitOrQueue(waiter)) {
                    contest.wakeHead();
                } else if (!waiter.settled()) {
                    waiter.beginToWait();
                }
            } catch (Throwable e) {
                queue.remove(waiter);
                waiter.fail(e);
            }
            settled = waiter.settled();
        } finally {
            mutex.unlock();
        }
        if (settled) {
            waiter.deliver();
        }
    }

    /** May take I/O, so it comes before the mutex. */
    private void requireOwnInTime(Waiter waiter) {
        Hold own = lookUpHoldOf(waiter);
        if (own != null) {
            validity.requireInTime(own);
        }
    }

    /**
     * Adds a level to what the waiter holds of this path through another entry, which is that of another directory. That was
     * replaced while the lock was waited for, and then the hold is of a file in the new one all the same, so that to wait for it here
     * would be to wait for oneself; or while it was held, and then it is lost. May take I/O.
     *
     * @return null if there is no such hold
     */
    private @Nullable Hold reenterNamesake(Waiter waiter) {
        List<LockEntry> namesakes = runtime.table().named(path);
        if (namesakes.size() > 1) {
            waiter.request.scope().requireOpen();
            for (LockEntry other : namesakes) {
                Hold own = other == this ? null : other.lookUpHoldOf(waiter);
                if (own != null && other.validity.examine(own.tenure) && other.addLevelUnlessEnded(own, waiter)) {
                    return own;
                }
            }
        }
        return null;
    }

    private @Nullable Hold lookUpHoldOf(Waiter waiter) {
        mutex.lock();
        try {
            return holdOf(waiter);
        } finally {
            mutex.unlock();
        }
    }

    private boolean addLevelUnlessEnded(Hold own, Waiter waiter) {
        mutex.lock();
        try {
            if (own.levels() == 0) {
                return false;
            }
            addLevel(own, waiter);
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Settles a waiter that may have a hold without contending, or may not wait; lets the others queue. Called with the mutex.
     *
     * @return whether the waiter is to be polled for now
     */
    private boolean admitOrQueue(Waiter waiter) {
        waiter.request.scope().requireOpen(); // a registry that closes later finds the waiter in the queue
        Hold own = holdOf(waiter);
        if (own != null) {
            addLevel(own, waiter);
            waiter.grant(own, false);
            return false;
        }
        if (tenure != null && mayJoin(tenure, waiter.mode())) {
            waiter.grant(admit(tenure, waiter), true);
            return false;
        }
        boolean free = tenure == null && queue.isEmpty() && !contest.isPolling();
        if (!free && waiter.deadline.allowsOneAttemptOnly()) {
            waiter.expire();
            return false;
        }
        queue.add(waiter);
        return free;
    }

    private @Nullable Hold holdOf(Waiter waiter) {
        if (tenure == null && lostTenures.isEmpty()) {
            return null;
        }
        Hold hold = waiter.owner == null ? null : holdOf(waiter.owner);
        return hold == null ? waiter.chain.holdOf(this) : hold;
    }

    private @Nullable Hold holdOf(Thread thread) {
        Hold hold = tenure == null ? null : tenure.holdOf(thread);
        for (int i = 0; hold == null && i < lostTenures.size(); i++) {
            hold = lostTenures.get(i).holdOf(thread);
        }
        return hold;
    }

    private void addLevel(Hold own, Waiter waiter) {
        if (own.tenure.lost != null) {
            throw validity.lost(own.tenure.lost);
        }
        if (own.tenure.mode != waiter.mode()) {
            throw new LockModeChangeException(path, own.tenure.mode, waiter.mode());
        }
        boolean ofThisThread = own.owner == waiter.owner;
        if (waiter.level == Level.LOCK && !ofThisThread) {
            throw new LockDeadlockException(
                    path,
                    path
                            + " is held by the call that asks for it, through a hold of no thread or of another one, so lock() and "
                            + "tryLock() would wait for their own caller; use acquire(), whose levels any thread may close");
        }
        if (!ofThisThread || own.reentrant() == null) {
            waiter.level = waiter.level == Level.LOCK ? Level.LOCK : Level.DETACHED;
        }
        own.add(waiter.level);
    }

    private boolean mayJoin(Tenure current, LockMode mode) {
        return mode.isShared()
                && current.mode == mode
                && !current.ending
                && queue.isEmpty()
                && System.nanoTime() - current.takenNanos <= READERS_JOIN_NANOS;
    }

    private Hold admit(Tenure current, Waiter waiter) {
        Hold hold = new Hold(this, current, waiter.request, waiter.owner);
        hold.add(waiter.level);
        current.holds.add(hold);
        return hold;
    }

    /**
     * Gives a new grant to the head of the queue, and to the readers right behind a reader whose names are known to lead there too.
     * Called with the mutex.
     */
    void install(Tenure current, Settled settled) {
        LockMode mode = current.mode;
        tenure = current;
        Waiter waiter = queue.head();
        Path name = waiter == null ? path : waiter.path();
        while (waiter != null
                && waiter.mode() == mode
                && (waiter.path().equals(path) || waiter.path().equals(name))) {
            queue.remove(waiter);
            waiter.grant(admit(current, waiter), true);
            settled.add(waiter);
            waiter = mode.isShared() ? queue.head() : null;
        }
    }

    /** Takes back what is left of a wait that gave its caller no hold, however it ended. */
    private void withdraw(ThreadWaiter waiter) {
        WatchedAttempt orphan = null;
        mutex.lock();
        try {
            if (!waiter.settled()) {
                orphan = contest.leave(waiter);
            }
        } finally {
            mutex.unlock();
        }
        if (orphan != null) {
            leftovers.abandon(orphan);
        }
        Hold unwanted = waiter.hold;
        if (unwanted != null) { // granted just as the wait ended otherwise
            if (waiter.fresh) {
                runtime.table().pinAgain(this);
            }
            exit(unwanted, waiter.level);
        }
    }

    /** Settles a waiter from outside, unless it is settled already. */
    void end(Waiter waiter, Consumer<Waiter> how) {
        WatchedAttempt orphan;
        mutex.lock();
        try {
            if (waiter.settled()) {
                return;
            }
            orphan = contest.leave(waiter);
            how.accept(waiter);
        } finally {
            mutex.unlock();
        }
        if (orphan != null) {
            leftovers.abandonSoon(orphan);
        }
        waiter.deliver();
    }

    /** Ends the waits of a scope, each with an exception of its own. */
    void cancelWaiters(Predicate<Request> which, Supplier<? extends RuntimeException> cause) {
        List<WatchedAttempt> orphans = new ArrayList<>(1);
        Settled settled = new Settled();
        mutex.lock();
        try {
            for (Waiter waiter : queue.toList()) {
                if (which.test(waiter.request)) {
                    WatchedAttempt orphan = contest.leave(waiter);
                    if (orphan != null) {
                        orphans.add(orphan);
                    }
                    waiter.fail(cause.get());
                    settled.add(waiter);
                }
            }
            runtime.table().pinAgain(this); // for the orphans: the waiters' own pins may be gone by now
        } finally {
            mutex.unlock();
        }
        settled.deliver();
        orphans.forEach(leftovers::abandon);
        runtime.table().unpin(this);
    }

    Workers workers() {
        return runtime.workers();
    }

    // ---- who waits for whom

    WaitGraph waits() {
        return runtime.waits();
    }

    /** What must end before anybody in the queue can have the lock. */
    List<Hold> holds() {
        mutex.lock();
        try {
            return tenure == null || tenure.ending ? List.of() : List.copyOf(tenure.holds);
        } finally {
            mutex.unlock();
        }
    }

    /** The thread that re-enters a hold of this file, or null. */
    @Nullable Thread reentrant(Hold hold) {
        mutex.lock();
        try {
            return hold.reentrant();
        } finally {
            mutex.unlock();
        }
    }

    boolean waitsFor(Waiter waiter, Hold hold) {
        mutex.lock();
        try {
            return waiter.queued && tenure == hold.tenure && !hold.tenure.ending && hold.tenure.holds.contains(hold);
        } finally {
            mutex.unlock();
        }
    }

    // ---- levels

    /** Adds a level to a hold that its caller knows to be open. */
    void again(Hold hold, Level level) {
        mutex.lock();
        try {
            if (hold.tenure.lost != null) {
                throw validity.lost(hold.tenure.lost);
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

    boolean isHeldBy(Thread thread, CallChain chain, LockMode mode) {
        mutex.lock();
        try {
            Hold hold = tenure == null ? null : tenure.holdOf(thread);
            if (hold == null) {
                hold = chain.holdOf(this);
            }
            return hold != null && hold.tenure == tenure && hold.tenure.mode == mode;
        } finally {
            mutex.unlock();
        }
    }

    /** Gives a level back; the last one of a tenure passes it on, or releases it on disk. True if the hold ended. */
    boolean exit(Hold hold, Level level) {
        Tenure current = hold.tenure;
        boolean last;
        boolean lost;
        boolean wanted;
        mutex.lock();
        try {
            hold.remove(level);
            if (hold.levels() > 0) {
                return false;
            }
            current.holds.remove(hold);
            last = current.holds.isEmpty();
            lost = current.lost != null;
            wanted = last && nextOf(current) != null;
            if (last) {
                current.ending = true;
                current.lastHold = hold;
            }
        } finally {
            mutex.unlock();
        }
        if (last && !(wanted && passOn(current))) {
            if (!lost) {
                leftovers.unregister(current.grant);
            }
            leftovers.release(current);
        } else {
            runtime.table().unpin(this);
        }
        return true;
    }

    /** Who may have the grant of a tenure that ends without its being released in between; null if that is nobody. */
    private @Nullable Waiter nextOf(Tenure current) {
        Waiter head = queue.head();
        return head != null
                        && head.mode() == current.mode
                        && head.path().equals(path)
                        && current.grant.canBePassedOn()
                        && Streaks.mayPassOn(current.takenNanos)
                ? head
                : null;
    }

    /** Lets the first waiter go on with a tenure whose last hold has ended, if it still stands. */
    private boolean passOn(Tenure current) {
        if (!validity.stands(current)) {
            return false;
        }
        Waiter next;
        mutex.lock();
        try {
            next = nextOf(current);
            if (next == null) {
                return false;
            }
            current.ending = false;
            current.lastHold = null;
            queue.remove(next);
            next.grant(admit(current, next), true);
        } finally {
            mutex.unlock();
        }
        next.deliver();
        return true;
    }

    // ---- the end of a tenure

    /** A tenure has been released on disk. */
    void released(Tenure ended) {
        mutex.lock();
        try {
            lostTenures.remove(ended);
            if (tenure == ended) {
                tenure = null;
                contest.wakeHead();
            }
        } finally {
            mutex.unlock();
        }
    }

    /** A tenure was lost: others may have the lock. False if it has ended, or this is known. */
    boolean forfeit(Tenure current, LockLostException reason) {
        mutex.lock();
        try {
            if (current.ending || current.lost != null) {
                return false;
            }
            current.lost = reason;
            current.losers = List.copyOf(current.holds);
            lostTenures.add(current);
            leftovers.unregister(current.grant); // before a successor registers what may have the same identity
            if (tenure == current) {
                tenure = null;
                contest.wakeHead();
            }
            return true;
        } finally {
            mutex.unlock();
        }
    }
}
