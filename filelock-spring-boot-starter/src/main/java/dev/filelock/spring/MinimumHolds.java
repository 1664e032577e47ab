package dev.filelock.spring;

import dev.filelock.HeldLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/** Gives locks back some time after their methods have returned, or when the application stops. */
final class MinimumHolds implements SmartLifecycle, DisposableBean {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    private final ReentrantLock mutex = new ReentrantLock();
    private final Set<HeldLock> kept = new HashSet<>();
    private @Nullable ScheduledThreadPoolExecutor timer;
    private boolean over;

    /**
     * How holds end that were taken just now.
     *
     * @param minimum how long to keep them; zero: no longer than their work takes
     */
    Consumer<HeldLock> endingFromNow(Duration minimum) {
        if (minimum.isZero()) {
            return HeldLock::close;
        }
        long since = System.nanoTime();
        return held -> closeAfter(held, minimum.minusNanos(System.nanoTime() - since));
    }

    /**
     * Closes the hold when the time has passed, at once if it has.
     *
     * @param held a hold whose work is done
     * @param remaining how long to keep it yet
     */
    private void closeAfter(HeldLock held, Duration remaining) {
        if (remaining.isNegative() || remaining.isZero() || !keep(held, remaining)) {
            held.close();
        }
    }

    private boolean keep(HeldLock held, Duration remaining) {
        mutex.lock();
        try {
            if (over) {
                return false;
            }
            if (timer == null) {
                timer = newTimer();
            }
            held.detach(); // or the thread would run the work again within the time
            kept.add(held);
            timer.schedule(() -> end(held), saturatedNanos(remaining), TimeUnit.NANOSECONDS);
            return true;
        } finally {
            mutex.unlock();
        }
    }

    private static long saturatedNanos(Duration time) {
        return time.compareTo(Duration.ofDays(36_500)) > 0
                ? Duration.ofDays(36_500).toNanos()
                : time.toNanos();
    }

    private static ScheduledThreadPoolExecutor newTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "filelock-minimum-hold");
            thread.setDaemon(true);
            return thread;
        });
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }

    private void end(HeldLock held) {
        boolean ours;
        mutex.lock();
        try {
            ours = kept.remove(held);
        } finally {
            mutex.unlock();
        }
        if (ours) {
            try {
                held.close();
            } catch (RuntimeException e) {
                log.warn("{} could not be released after its minimum hold: {}", held.path(), e.getMessage(), e);
            }
        }
    }

    @Override
    public void start() {
        mutex.lock();
        try {
            over = false;
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        mutex.lock();
        try {
            return !over;
        } finally {
            mutex.unlock();
        }
    }

    /** After all that may run a locked method, and before the locks that are still held are waited for. */
    @Override
    public int getPhase() {
        return FileLockedConfiguration.SHUTDOWN_PHASE + 1;
    }

    @Override
    public void stop() {
        List<HeldLock> left;
        mutex.lock();
        try {
            over = true;
            left = new ArrayList<>(kept);
            if (timer != null) {
                timer.shutdown();
                timer = null;
            }
        } finally {
            mutex.unlock();
        }
        left.forEach(this::end);
    }

    @Override
    public void destroy() {
        stop();
    }
}
