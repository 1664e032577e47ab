package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockHolder;
import dev.filelock.WaitingLockInfo;
import dev.filelock.protocol.LockFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who holds one file and who waits for it, for messages, listeners and endpoints. */
final class EntryDiagnosis {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** How long a message is worth waiting for the name in it, should the file system hang. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LockEntry entry;
    private final LockFile file;
    private final Workers workers;

    /** When a wait for this file was last logged, by {@link System#nanoTime}, or null. Guarded by the mutex. */
    private @Nullable Long lastLogged;

    EntryDiagnosis(LockEntry entry, LockFile file, Workers workers) {
        this.entry = entry;
        this.file = file;
        this.workers = workers;
    }

    /** As {@link #blockers(long)}, with the patience that a message is worth. */
    CompletableFuture<List<LockHolder>> blockers() {
        return blockers(PATIENCE_NANOS);
    }

    /**
     * Who has the lock that somebody waits for: in this JVM from memory, else what the protocol finds out on disk. Never empty: who
     * can't be named is an unknown holder with the reason, and so is everybody on a file system that gives no answer in time.
     */
    CompletableFuture<List<LockHolder>> blockers(long patienceNanos) {
        List<LockHolder> here = holdersHere();
        return here.isEmpty()
                ? workers.ask(entry.directory(), this::blockersOnDisk, EntryDiagnosis::noAnswer, patienceNanos)
                : CompletableFuture.completedFuture(here);
    }

    private List<LockHolder> blockersOnDisk() {
        List<LockHolder> found = onDisk(file, entry.path);
        return found.isEmpty() ? List.of(LockHolder.unknown(file.whyUnseen())) : found;
    }

    static List<LockHolder> onDisk(LockFile file, Path path) {
        try {
            return file.holders();
        } catch (RuntimeException | Error e) {
            log.warn("Who holds {} could not be found out", path, e);
            return List.of(LockHolder.unknown("that could not be found out: " + e));
        }
    }

    static List<LockHolder> noAnswer() {
        return List.of(LockHolder.unknown("the file system gave no answer in time"));
    }

    /** Its place in the queue, from 1; 0 if it is not there any more. */
    int positionOf(Waiter waiter) {
        entry.mutex.lock();
        try {
            return entry.queue.positionOf(waiter);
        } finally {
            entry.mutex.unlock();
        }
    }

    /** With whom a waiter may be waiting in a circle, in words; null if with nobody. */
    @Nullable String suspicion(Waiter waiter) {
        WaitGraph.Wait wait = waiter.wait;
        return wait == null ? null : entry.waits().suspicion(wait);
    }

    /** Whether a waiter may log its wait: a queue of thousands says it once in an interval, not all together. */
    boolean takeTurnToLog(long now, long intervalNanos) {
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

    /** Who has the lock in this JVM. */
    List<LockHolder> holdersHere() {
        entry.mutex.lock();
        try {
            return entry.tenure == null ? List.of() : holdersOf(entry.tenure);
        } finally {
            entry.mutex.unlock();
        }
    }

    private static List<LockHolder> holdersOf(Tenure current) {
        long pid = ProcessHandle.current().pid();
        if (current.holds.isEmpty()) {
            return List.of(
                    new LockHolder(pid, null, null, null, null, current.since, "this JVM, which is releasing it"));
        }
        List<LockHolder> holders = new ArrayList<>(current.holds.size());
        for (Hold hold : current.holds) {
            Thread thread = hold.reentrant();
            holders.add(
                    thread == null
                            ? new LockHolder(
                                    pid, null, null, null, null, hold.since, "this JVM, by no thread in particular")
                            : new LockHolder(pid, null, null, null, thread.getName(), hold.since, null));
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

    /** Those who wait, once it is known for whom; null if nobody does. */
    @Nullable CompletableFuture<List<WaitingLockInfo>> waiting(Predicate<Request> which) {
        List<Waiter> waiters;
        entry.mutex.lock();
        try {
            waiters = entry.queue.toList();
        } finally {
            entry.mutex.unlock();
        }
        if (waiters.stream().noneMatch(waiter -> which.test(waiter.request))) {
            return null;
        }
        return blockers().thenApply(holders -> {
            List<WaitingLockInfo> infos = new ArrayList<>();
            for (int i = 0; i < waiters.size(); i++) {
                if (which.test(waiters.get(i).request)) {
                    infos.add(waiters.get(i).info(holders, i + 1));
                }
            }
            return infos;
        });
    }
}
