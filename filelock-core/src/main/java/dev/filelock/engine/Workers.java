package dev.filelock.engine;

import dev.filelock.protocol.Detached;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The engine's own threads, all daemons that end when idle: one that only times, a few that do short I/O for waiters that can't
 * do it themselves, a few that keep holds alive, and at most sixteen that wait inside a protocol.
 */
final class Workers {
    private static final int SHORT_TURNS = 8;
    private static final int HEARTBEATS = 8;
    private static final int LONG_TURNS = 16;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named("filelock-timer"));
    private final ThreadPoolExecutor shortTurns = new ThreadPoolExecutor(
            SHORT_TURNS, SHORT_TURNS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("filelock-worker"));
    private final ThreadPoolExecutor heartbeats = new ThreadPoolExecutor(
            HEARTBEATS, HEARTBEATS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("filelock-heartbeat"));
    private final ThreadPoolExecutor longTurns = new ThreadPoolExecutor(
            0, LONG_TURNS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), named("filelock-waiter"));
    private final Semaphore longPermits = new Semaphore(LONG_TURNS);
    private final Lanes turns = new Lanes(SHORT_TURNS / 2, this::soon);
    private final Lanes arrivals = new Lanes(1, this::soon);

    Workers() {
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        shortTurns.allowCoreThreadTimeOut(true);
        heartbeats.allowCoreThreadTimeOut(true);
    }

    /** Runs short I/O soon. */
    void soon(Runnable work) {
        handOver(shortTurns, work);
    }

    /** Runs short I/O for a waiter soon; a directory that hangs leaves threads for the others. */
    void turn(Path directory, Runnable work) {
        turns.execute(directory, work);
    }

    /**
     * Asks what takes I/O to answer, and is content with another answer where the file system hangs.
     *
     * @param otherwise what is answered when that much time has passed
     */
    <T> CompletableFuture<T> ask(Path directory, Supplier<T> question, Supplier<T> otherwise, long patienceNanos) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        turn(directory, () -> {
            if (!answer.isDone()) {
                answer.complete(question.get());
            }
        });
        Future<?> giveUp = timer(patienceNanos, () -> answer.complete(otherwise.get()));
        answer.thenRun(() -> giveUp.cancel(false));
        return answer;
    }

    /** Runs short I/O soon, after all that was asked for in the same directory before. */
    void inOrder(Path directory, Runnable work) {
        arrivals.execute(directory, work);
    }

    /** Runs short I/O after a delay. */
    Future<?> later(long delayNanos, Runnable work) {
        return timer(delayNanos, () -> soon(work));
    }

    /** Runs what only hands on, on the one thread that times everything. */
    Future<?> timer(long delayNanos, Runnable handOver) {
        return timer.schedule(handOver, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** Refreshes a hold soon, on threads that nothing else can tie up. */
    void heartbeat(Runnable work) {
        handOver(heartbeats, work);
    }

    private void handOver(Executor pool, Runnable work) {
        try {
            pool.execute(work);
        } catch (OutOfMemoryError e) { // the system has no thread left for us
            timer.schedule(() -> handOver(pool, work), 1, TimeUnit.SECONDS);
        }
    }

    /** Runs work that may wait for long inside a protocol; false if the JVM has enough of these at the moment. */
    boolean tryLongTurn(Runnable work) {
        if (!longPermits.tryAcquire()) {
            return false;
        }
        try {
            longTurns.execute(() -> {
                try {
                    work.run();
                } finally {
                    longPermits.release();
                }
            });
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // A thread that just gave its permit back has not returned to the pool yet, or the system has none left for
            // us.
            longPermits.release();
            return false;
        }
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return work -> Detached.thread(name + "-" + count.incrementAndGet(), work);
    }
}
