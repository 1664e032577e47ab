package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes locks as {@link Acquisition} does, but without a thread that waits. It can be ended at any time, once, from any thread: then
 * nothing is held, and nothing is going to be.
 */
final class AsyncAcquisition {

    /**
     * What is asked for.
     *
     * @param locks in the order in which they are taken
     * @param timeout for all of them together; zero: one attempt at each; negative: for ever
     * @param tellsReason whether it matters who has a lock that is not had
     * @param context the holds under which they are asked for, so that these are re-entered
     */
    record Asked(List<FileLock> locks, Duration timeout, boolean tellsReason, LockContext context) {}

    private final Executor executor;
    private final long began = System.nanoTime();
    private final CompletableFuture<List<HeldLock>> all = new CompletableFuture<>();

    private final ReentrantLock mutex = new ReentrantLock();
    private final List<HeldLock> held = new ArrayList<>();
    private @Nullable CompletableFuture<?> step;
    private boolean granted;
    private boolean over;

    /**
     * Its time begins.
     *
     * @param executor runs what follows the acquisition
     */
    AsyncAcquisition(Executor executor) {
        this.executor = executor;
    }

    /**
     * Takes the locks, each under the one before, so that the last hold carries them all wherever it is carried to. Called once.
     *
     * @return the holds, in the order of the locks; fails with what {@link FileLock#acquireAsync(Duration)} fails with, and is not
     *     completed if the acquisition is ended meanwhile
     */
    CompletableFuture<List<HeldLock>> takeAll(Asked asked) {
        take(asked, 0, asked.context());
        return all;
    }

    private void take(Asked asked, int index, LockContext context) {
        FileLock lock = asked.locks().get(index);
        Duration remaining = Acquisition.remaining(asked.timeout(), began);
        try (LockContext.Scope scope = context.enter()) {
            if (remaining.isZero() && !asked.tellsReason()) {
                follow(
                        lock.tryAcquireAsync(executor),
                        Optional::orElseThrow,
                        asked,
                        index); // spares finding out who has it
            } else {
                follow(lock.acquireAsync(remaining, executor), Function.identity(), asked, index);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private <T> void follow(CompletableFuture<T> taking, Function<T, HeldLock> hold, Asked asked, int index) {
        boolean unwanted;
        mutex.lock();
        try {
            step = taking;
            unwanted = over;
        } finally {
            mutex.unlock();
        }
        if (unwanted) {
            taking.cancel(false);
        }
        taking.whenComplete((taken, error) -> {
            if (error instanceof FileLockTimeoutException late) {
                fail(Acquisition.late(asked.locks().get(index), asked.timeout(), began, late.holders()));
            } else if (error != null) {
                fail(error);
            } else if (taken instanceof Optional<?> none && none.isEmpty()) {
                fail(Acquisition.late(asked.locks().get(index), asked.timeout(), began, List.of()));
            } else {
                taken(hold.apply(taken), asked, index);
            }
        });
    }

    private void taken(HeldLock hold, Asked asked, int index) {
        boolean last = index + 1 == asked.locks().size();
        boolean unwanted;
        mutex.lock();
        try {
            unwanted = over;
            if (!unwanted) {
                held.add(hold);
                granted = last;
            }
        } finally {
            mutex.unlock();
        }
        if (unwanted) {
            hold.close();
        } else if (last) {
            all.complete(List.copyOf(held));
        } else {
            take(asked, index + 1, asked.context().under(hold));
        }
    }

    private void fail(Throwable error) {
        if (isOver()) {
            return; // nobody asks any more
        }
        Holds.cleanUpAfter(error, () -> end(HeldLock::close));
        all.completeExceptionally(error);
    }

    boolean isOver() {
        mutex.lock();
        try {
            return over;
        } finally {
            mutex.unlock();
        }
    }

    /** Whether ending it releases something, and so may wait for the file system. */
    boolean holdsAny() {
        mutex.lock();
        try {
            return !over && !held.isEmpty();
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Ends the acquisition, or the holds that came of it, the last first. Doing it again does nothing.
     *
     * @param ending gives back one of the holds, if all were acquired
     */
    void end(Consumer<HeldLock> ending) {
        CompletableFuture<?> waiting;
        Consumer<HeldLock> how;
        mutex.lock();
        try {
            if (over) {
                return;
            }
            over = true;
            waiting = step;
            how = granted ? ending : HeldLock::close;
        } finally {
            mutex.unlock();
        }
        if (waiting != null) {
            waiting.cancel(false);
        }
        Holds.inReverse(held, how); // which nobody changes any more
    }
}
