package dev.filelock.spring;

import dev.filelock.HeldLock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The locks of one call while it works, in the order in which they were taken. */
final class Holds {
    private final List<HeldLock> held;
    private final HeldLock innermost;
    private final Consumer<HeldLock> ending;

    /**
     * Takes charge of them.
     *
     * @param held in the order in which they were taken; the last is {@link dev.filelock.FileLocks#current()} for the work
     * @param ending gives one of them back
     */
    Holds(List<HeldLock> held, Consumer<HeldLock> ending) {
        this.held = new ArrayList<>(held);
        this.innermost = held.get(held.size() - 1);
        this.ending = ending;
    }

    <T extends @Nullable Object> T call(Callable<T> work) throws Exception {
        return innermost.call(work);
    }

    /** Leaves to the transaction under way what it does not keep already. */
    void keepFor(TransactionHolds transactions, LockedMethod takenBy) {
        for (Iterator<HeldLock> each = held.iterator(); each.hasNext(); ) {
            HeldLock hold = each.next();
            if (transactions.keep(hold.path(), hold.mode(), takenBy, () -> ending.accept(hold))) {
                each.remove();
            }
        }
    }

    /** Keeps them for the transaction under way, and for the work besides, which may end before or after it. */
    void keepAlsoFor(TransactionHolds transactions, LockedMethod takenBy) {
        for (HeldLock hold : held) {
            HeldLock another = hold.again();
            boolean kept = false;
            try {
                kept = transactions.keep(hold.path(), hold.mode(), takenBy, another::close);
            } finally {
                if (!kept) {
                    another.close();
                }
            }
        }
    }

    /** Parts them from the thread that took them, since the work goes on while that thread may begin something else. */
    void detach() {
        held.forEach(HeldLock::detach);
    }

    /** Gives back what was not left to a transaction, in reverse order. */
    void end() {
        inReverse(held, ending);
    }

    /** Does something with every hold, the last first. What fails does not keep the others from it. */
    static void inReverse(List<HeldLock> holds, Consumer<HeldLock> action) {
        RuntimeException failure = null;
        for (int i = holds.size() - 1; i >= 0; i--) {
            try {
                action.accept(holds.get(i));
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Cleans up after a failure, which the caller is to see whatever comes of that. */
    static void cleanUpAfter(Throwable failure, Runnable cleanup) {
        try {
            cleanup.run();
        } catch (RuntimeException e) {
            if (e != failure) {
                failure.addSuppressed(e);
            }
        }
    }
}
