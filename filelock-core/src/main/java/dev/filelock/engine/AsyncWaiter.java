package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.LockHolder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An acquisition that no thread waits with: its outcome completes a future. All that is its caller's (the future's completion and
 * the listeners) runs one after the other on the executor he chose; all I/O runs on the engine's threads; the timer ends it at its
 * deadline whatever these are doing.
 *
 * <p>The future may be completed by others too, by cancelling it for example. Whoever completes it first decides: if that is not
 * this acquisition, it ends, and gives back what it may have by then.
 *
 * @param <T> what the future gives
 */
final class AsyncWaiter<T> extends Waiter {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** In {@link #place}: it ended before it came to its file. */
    private static final Object GONE = new Object();

    private final Engine engine;
    private final Function<Handle, T> whenHeld;

    /** What the future gives where time ran out; null if that is an exception. */
    private final @Nullable Supplier<T> whenExpired;

    private final Lane callers;

    /** What the executor threw instead of taking a task: nothing is told there any more, and the acquisition fails. */
    private volatile @Nullable Throwable refusal;

    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final WaitReport report = new WaitReport(this);

    /** Null on the way to its file, then the {@link LockEntry} or {@link #GONE}. */
    private final AtomicReference<@Nullable Object> place = new AtomicReference<>();

    /** Known at the call only: the outcome comes on another thread. */
    private final @Nullable Throwable takenAt = UnreachableHolds.whereTaken();

    private volatile @Nullable Future<?> expiry;
    /** It is known to wait, and that is, or will be, told. Guarded by the entry's mutex. */
    private boolean reporting;

    private volatile @Nullable Future<?> nextReport;

    /** The hold, on its way to the caller. */
    private volatile @Nullable Handle handle;

    /** It is decided who has the handle: the future, or whoever gives the hold back. */
    private final AtomicBoolean handleTaken = new AtomicBoolean();

    /** The future is being completed by this acquisition. */
    private volatile boolean completing;

    /** The last thing told to the caller was, or is, the outcome. Touched in the lane only. */
    private boolean concluded;

    AsyncWaiter(
            Engine engine,
            Request request,
            Deadline deadline,
            Executor executor,
            Function<Handle, T> whenHeld,
            @Nullable Supplier<T> whenExpired) {
        super(request, deadline, Level.HANDLE, null, false, CallChain.current());
        this.engine = engine;
        this.callers = new Lane(1, task -> execute(executor, task));
        this.whenHeld = whenHeld;
        this.whenExpired = whenExpired;
    }

    CompletableFuture<T> start() {
        future.whenComplete((value, error) -> {
            if (!completing) {
                endedByCaller(error);
            }
        });
        if (deadline.limit() > 0 && deadline.limit() < Long.MAX_VALUE) {
            expiry = engine.workers().timer(deadline.remaining(), () -> end(Waiter::expire));
        }
        engine.workers().inOrder(FileKeys.directoryOf(request.path()), this::arrive);
        return future;
    }

    private void arrive() {
        if (place.get() == GONE) {
            return;
        }
        LockEntry entry;
        try {
            entry = engine.pin(request);
        } catch (Throwable e) {
            end(waiter -> waiter.fail(e));
            return;
        }
        if (!place.compareAndSet(null, entry)) {
            engine.unpin(entry);
            return;
        }
        entry.enter(this);
    }

    /** Settles this acquisition unless it is settled already. Does no I/O. */
    private void end(Consumer<Waiter> how) {
        if (place.compareAndSet(null, GONE)) {
            how.accept(this);
            deliver();
        } else if (place.get() instanceof LockEntry entry) {
            entry.end(this, how);
        }
    }

    private void endedByCaller(@Nullable Throwable error) {
        Throwable cause = error != null
                ? error
                : new CancellationException("the future of the acquisition was completed by others");
        end(waiter -> waiter.fail(cause));
        Handle unwanted = handle;
        if (unwanted != null) {
            giveBack(unwanted, cause);
        }
    }

    @Override
    @Nullable Throwable takenAt() {
        return takenAt;
    }

    // ---- the outcome

    @Override
    void deliver() {
        cancel(expiry);
        cancel(nextReport);
        LockEntry entry = place.get() instanceof LockEntry at ? at : null;
        WaitGraph.Wait begun = wait;
        if (entry != null && begun != null) {
            entry.waits().end(begun);
        }
        if (entry != null && !fresh) {
            engine.unpin(entry); // a hold of its own keeps the entry instead
        }
        Hold granted = hold;
        Throwable cause = failure;
        if (granted != null) {
            deliverHold(granted);
        } else if (cause != null) {
            conclude(() -> failed(cause));
        } else if (whenExpired == null || hasListeners()) {
            findHolders(entry).thenAccept(holders -> conclude(() -> expired(holders)));
        } else {
            conclude(() -> expired(List.of()));
        }
    }

    private static void cancel(@Nullable Future<?> scheduled) {
        if (scheduled != null) {
            scheduled.cancel(false);
        }
    }

    private void deliverHold(Hold granted) {
        Handle mine;
        try {
            mine = engine.handle(granted, this);
        } catch (RuntimeException | Error e) {
            conclude(() -> failed(e));
            return;
        }
        handle = mine;
        if (future.isDone()) { // it may have been completed before there was a handle to give back
            giveBack(mine, new CancellationException("the future of the acquisition was completed by others"));
            return;
        }
        conclude(() -> handOut(mine, granted));
    }

    private void handOut(Handle mine, Hold granted) {
        if (!handleTaken.compareAndSet(false, true)) {
            return;
        }
        try {
            if (fresh) {
                Announcements.acquired(this, granted);
            }
        } catch (RuntimeException | Error e) {
            closeSoon(mine);
            complete(e);
            return;
        }
        completing = true;
        if (!future.complete(whenHeld.apply(mine))) {
            closeSoon(mine);
        }
    }

    /** Gives back a hold that was not handed out. */
    private void giveBack(Handle unwanted, Throwable cause) {
        if (handleTaken.compareAndSet(false, true)) {
            closeSoon(unwanted);
            if (hasListeners()) {
                conclude(() -> Announcements.failed(this, cause));
            }
        }
    }

    private void closeSoon(Handle unwanted) {
        engine.workers().turn(FileKeys.directoryOf(request.path()), () -> {
            try {
                unwanted.close();
            } catch (FileLockException e) {
                log.warn("{}", e.getMessage(), e);
            }
        });
    }

    private void expired(List<LockHolder> holders) {
        Duration waited = Announcements.elapsed(deadline);
        Announcements.timedOut(this, waited, holders);
        if (whenExpired == null) {
            complete(new FileLockTimeoutException(request.path(), deadline.limitAsDuration(), waited, holders));
        } else {
            completing = true;
            future.complete(whenExpired.get());
        }
    }

    private void complete(Throwable cause) {
        completing = true;
        future.completeExceptionally(cause);
    }

    private CompletableFuture<List<LockHolder>> findHolders(@Nullable LockEntry entry) {
        return entry == null // it has not come to its file
                ? CompletableFuture.completedFuture(EntryDiagnosis.noAnswer())
                : entry.diagnosis.blockers();
    }

    // ---- what is told to the caller

    private boolean hasListeners() {
        return !request.options().listeners().isEmpty();
    }

    /** Where the executor takes no more work, on the one that futures have by themselves: the lane may have tasks behind this one. */
    private void execute(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException | Error e) {
            refusal = e;
            future.defaultExecutor().execute(task);
        }
    }

    /** Tells the outcome, after which nothing else is told. */
    private void conclude(Runnable outcome) {
        callers.execute(() -> {
            concluded = true;
            report.end();
            Throwable cause = refusal;
            if (cause == null) {
                outcome.run();
            } else {
                refused(cause);
            }
        });
    }

    private void refused(Throwable cause) {
        Handle unwanted = handle;
        if (unwanted != null && handleTaken.compareAndSet(false, true)) {
            closeSoon(unwanted);
        }
        failed(cause);
    }

    private void failed(Throwable cause) {
        Announcements.failed(this, cause);
        complete(cause);
    }

    @Override
    void beginToWait() {
        LockEntry entry = (LockEntry) place.get();
        if (reporting || entry == null) {
            return;
        }
        reporting = true;
        if (!chain.isEmpty()) {
            wait = entry.waits().begin(this, entry);
        }
        reportWhenDue(entry);
    }

    private void reportWhenDue(LockEntry entry) {
        long delay = report.nanosUntilDue();
        if (delay < Long.MAX_VALUE) {
            nextReport = engine.workers().timer(delay, () -> takeTurnToReport(entry));
        }
    }

    private void takeTurnToReport(LockEntry entry) {
        if (report.takeTurn(entry.diagnosis)) {
            entry.diagnosis.blockers().thenAcceptAsync(holders -> report(entry, holders), engine.workers()::soon);
        } else if (entry.diagnosis.positionOf(this) > 0) {
            reportWhenDue(entry);
        }
    }

    private void report(LockEntry entry, List<LockHolder> holders) {
        if (entry.diagnosis.positionOf(this) == 0) {
            return;
        }
        Runnable news = report.make(entry.diagnosis, holders);
        if (hasListeners()) {
            tell(() -> {
                if (!concluded) {
                    news.run();
                }
            });
        }
        reportWhenDue(entry);
    }

    @Override
    void tell(Runnable news) {
        callers.execute(() -> {
            Throwable cause = refusal;
            if (cause == null) {
                news.run();
            } else {
                end(waiter -> waiter.fail(cause));
            }
        });
    }
}
