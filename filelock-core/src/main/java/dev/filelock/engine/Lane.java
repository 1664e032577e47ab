package dev.filelock.engine;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Starts tasks in the order in which they came, on the threads of an executor, and no more of them at a time than it is wide. A lane
 * of width one runs them one after another.
 */
final class Lane implements Executor {
    private final int width;
    private final Executor executor;
    private final ReentrantLock mutex = new ReentrantLock();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(2);
    private int running;

    Lane(int width, Executor executor) {
        this.width = width;
        this.executor = executor;
    }

    /**
     * Runs the task when it is its turn.
     *
     * @throws RuntimeException what the executor throws instead of taking the task, which then won't run
     */
    @Override
    public void execute(Runnable task) {
        mutex.lock();
        try {
            waiting.addLast(task);
            if (running == width) {
                return;
            }
            running++;
        } finally {
            mutex.unlock();
        }
        try {
            executor.execute(this::run);
        } catch (RuntimeException | Error e) {
            mutex.lock();
            try {
                running--;
                waiting.removeLastOccurrence(task);
            } finally {
                mutex.unlock();
            }
            throw e;
        }
    }

    private void run() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private @Nullable Runnable next() {
        mutex.lock();
        try {
            Runnable task = waiting.pollFirst();
            if (task == null) {
                running--;
            }
            return task;
        } finally {
            mutex.unlock();
        }
    }
}
