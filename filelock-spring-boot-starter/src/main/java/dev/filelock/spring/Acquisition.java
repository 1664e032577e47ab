package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockHolder;
import dev.filelock.LockInterruptedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Takes the locks of one call one after the other: all of them or none, within one deadline that runs from the beginning. */
final class Acquisition {
    private final CallPlan plan;
    private final Duration timeout;
    private final long began = System.nanoTime();

    /**
     * Begins.
     *
     * @param plan what the locks are for
     * @param timeout for all locks together; zero: one attempt at each; negative: for ever
     */
    Acquisition(CallPlan plan, Duration timeout) {
        this.plan = plan;
        this.timeout = timeout;
    }

    /**
     * Takes the locks, each under the one before, so that the last hold carries them all wherever it is carried to.
     *
     * @return the holds, in the order of the locks
     * @throws FileLockTimeoutException if one was not had in time; then none is held, as after any other exception
     */
    List<HeldLock> takeAll(List<FileLock> locks) {
        List<HeldLock> held = new ArrayList<>(locks.size());
        try {
            for (FileLock lock : locks) {
                held.add(held.isEmpty() ? take(lock) : takeUnder(held.get(held.size() - 1), lock));
            }
            return held;
        } catch (RuntimeException | Error e) {
            Holds.cleanUpAfter(e, () -> Holds.inReverse(held, HeldLock::close));
            throw e;
        }
    }

    private HeldLock takeUnder(HeldLock outer, FileLock lock) {
        try {
            return outer.call(() -> take(lock));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e); // taking throws none
        }
    }

    private HeldLock take(FileLock lock) {
        Duration remaining = remaining(timeout, began);
        if (remaining.isZero() && !plan.otherwise().tellsReason()) {
            return lock.tryAcquire()
                    .orElseThrow(() -> late(lock, timeout, began, List.of())); // spares finding out who has it
        }
        try {
            return lock.acquire(remaining);
        } catch (FileLockTimeoutException e) {
            throw remaining.equals(timeout) ? e : late(lock, timeout, began, e.holders());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LockInterruptedException(
                    lock.path(), plan.locked() + " was interrupted while it waited for " + lock.path(), e);
        }
    }

    /** What is left of a timeout that runs since the given time. */
    static Duration remaining(Duration timeout, long began) {
        Duration remaining = timeout.isNegative() ? timeout : timeout.minus(since(began));
        return remaining.isNegative() && !timeout.isNegative() ? Duration.ZERO : remaining;
    }

    private static Duration since(long began) {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Says that a lock was not had within a timeout that runs since the given time. */
    static FileLockTimeoutException late(FileLock lock, Duration timeout, long began, List<LockHolder> holders) {
        return new FileLockTimeoutException(lock.path(), timeout, since(began), holders);
    }
}
