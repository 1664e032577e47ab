package dev.filelock.sample.page;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The processes and threads that show one thing, ended together. */
final class Scene {
    /** What is shown. */
    enum Kind {
        CONTEND,
        HOLD,
        ARCHIVE
    }

    private final Kind kind;
    private final ExecutorService threads;
    private final List<Child> children = new ArrayList<>();
    private @Nullable SecondInstance second;
    private int starting;
    private boolean stopped;

    Scene(Kind kind) {
        this.kind = kind;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "page-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    Kind kind() {
        return kind;
    }

    /** A step of the scene, which keeps it from being over. */
    interface Step {
        void run() throws Exception;
    }

    /**
     * Runs a step on a thread of the scene, unless the scene was stopped. Stopping it interrupts the thread.
     *
     * @param failed is told why the step failed, unless it was the stop
     */
    synchronized void run(Step step, Consumer<Exception> failed) {
        if (stopped) {
            return;
        }
        starting++;
        threads.execute(() -> {
            try {
                step.run();
            } catch (Exception e) {
                if (!isStopped()) {
                    failed.accept(e);
                }
            } finally {
                done();
            }
        });
    }

    private synchronized void done() {
        starting--;
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    /** Takes in a process; one that comes too late is killed. */
    synchronized void add(Child child) {
        children.add(child);
        if (stopped) {
            child.kill();
        }
    }

    synchronized void add(SecondInstance instance) {
        second = instance;
        add(instance.child());
    }

    synchronized @Nullable SecondInstance second() {
        return second;
    }

    synchronized List<Long> running() {
        return children.stream().filter(Child::isAlive).map(Child::pid).toList();
    }

    synchronized boolean isOver() {
        return starting == 0 && children.stream().noneMatch(Child::isAlive);
    }

    /** Kills the processes and interrupts the threads. */
    synchronized void stop() {
        stopped = true;
        children.forEach(Child::kill);
        threads.shutdownNow();
    }

    /** After {@link #stop()}: until the threads have given their locks back. */
    boolean awaitThreads(Duration longest) throws InterruptedException {
        return threads.awaitTermination(longest.toMillis(), TimeUnit.MILLISECONDS);
    }
}
