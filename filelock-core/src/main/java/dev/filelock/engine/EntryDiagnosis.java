package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockHolder;
import dev.filelock.WaitingLockInfo;
import dev.filelock.protocol.LockFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who holds one file and who waits for it, for messages, listeners and endpoints. */
final class EntryDiagnosis {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final LockEntry entry;
    private final LockFile file;

    /** When a wait for this file was last logged, by {@link System#nanoTime}, or null. Guarded by the mutex. */
    private @Nullable Long lastLogged;

    EntryDiagnosis(LockEntry entry, LockFile file) {
        this.entry = entry;
        this.file = file;
    }

    /** Who has the lock, as far as it can be known: in this JVM from memory, else what the protocol finds out on disk. */
    List<LockHolder> blockers() {
        entry.mutex.lock();
        try {
            if (entry.tenure != null) {
                return holdersHere(entry.tenure);
            }
        } finally {
            entry.mutex.unlock();
        }
        try {
            return file.holders();
        } catch (RuntimeException e) {
            log.debug("Who holds {} could not be found out", entry.path, e);
            return List.of();
        }
    }

    /** Whether a waiter may log its wait: a queue of thousands says it once in a while, not all together. */
    boolean takeTurnToLog(long intervalNanos) {
        long now = System.nanoTime();
        entry.mutex.lock();
        try {
            Long last = lastLogged;
            if (last != null && now - last < intervalNanos) {
                return false;
            }
            lastLogged = now;
            return true;
        } finally {
            entry.mutex.unlock();
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
            holders.add(
                    thread == null
                            ? new LockHolder(pid, null, null, null, hold.since, "this JVM, by no thread in particular")
                            : new LockHolder(pid, null, null, thread.getName(), hold.since, null));
        }
        return holders;
    }

    HeldLockInfo info(Hold hold) {
        entry.mutex.lock();
        try {
            return hold.info();
        } finally {
            entry.mutex.unlock();
        }
    }

    void addHeld(Predicate<Request> which, List<HeldLockInfo> into) {
        entry.mutex.lock();
        try {
            Tenure current = entry.tenure;
            if (current != null) {
                for (Hold hold : current.holds) {
                    if (which.test(hold.request)) {
                        into.add(hold.info());
                    }
                }
                Hold unreleased = current.lastHold;
                if (unreleased != null && which.test(unreleased.request)) {
                    into.add(unreleased.info());
                }
            }
        } finally {
            entry.mutex.unlock();
        }
    }

    void addWaiting(Predicate<Request> which, List<WaitingLockInfo> into) {
        List<Waiter> waiters;
        entry.mutex.lock();
        try {
            waiters = entry.queue.toList();
        } finally {
            entry.mutex.unlock();
        }
        waiters.removeIf(waiter -> !which.test(waiter.request));
        if (!waiters.isEmpty()) {
            List<LockHolder> blockedBy = blockers();
            waiters.forEach(waiter -> into.add(waiter.info(blockedBy)));
        }
    }
}
