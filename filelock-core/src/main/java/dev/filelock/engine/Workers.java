package dev.filelock.engine;

import dev.filelock.protocol.Detached;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
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
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's own threads, all daemons that end when idle: one that only times, a few that do short I/O for waiters that can't
 * do it themselves, a few that keep holds alive, and at most sixteen that wait inside a protocol.
 */
final class Workers {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final int SHORT_TURNS = 8;
    private static final int HEARTBEATS = 8;
    private static final int LONG_TURNS = 16;

    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor shortTurns;
    private final ThreadPoolExecutor heartbeats;
    private final ThreadPoolExecutor longTurns;
    private final Semaphore longPermits = new Semaphore(LONG_TURNS);
    private final Lanes turns = new Lanes(SHORT_TURNS / 2, this::soon);
    private final Lanes arrivals = new Lanes(1, this::soon);

    Workers() {
        this(Detached::thread);
    }

    /** @param threads makes a thread of a name, or throws {@link OutOfMemoryError}, as starting it may */
    Workers(BiFunction<String, Runnable, Thread> threads) {
        timer = new ScheduledThreadPoolExecutor(1, named("filelock-timer", threads));
        shortTurns = pool(SHORT_TURNS, SHORT_TURNS, new LinkedBlockingQueue<>(), named("filelock-worker", threads));
        heartbeats = pool(HEARTBEATS, HEARTBEATS, new LinkedBlockingQueue<>(), named("filelock-heartbeat", threads));
        longTurns = pool(0, LONG_TURNS, new SynchronousQueue<>(), named("filelock-waiter", threads));
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        shortTurns.allowCoreThreadTimeOut(true);
        heartbeats.allowCoreThreadTimeOut(true);
    }

    private static ThreadPoolExecutor pool(int least, int most, BlockingQueue<Runnable> queue, ThreadFactory threads) {
        return new ThreadPoolExecutor(least, most, 10, TimeUnit.SECONDS, queue, threads);
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
            handOverLater(pool, work);
        }
    }

    private void handOverLater(Executor pool, Runnable work) {
        try {
            timer.schedule(() -> handOver(pool, work), 1, TimeUnit.SECONDS);
        } catch (OutOfMemoryError e) {
            // Nor has it one for the timer, which has noted the work before it asked, and comes to it when it next gets
            // one.
            log.debug("No thread could be started; some work is put off until one can", e);
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

    private static ThreadFactory named(String name, BiFunction<String, Runnable, Thread> threads) {
        AtomicInteger count = new AtomicInteger();
        return work -> threads.apply(name + "-" + count.incrementAndGet(), work);
    }
}
