package dev.filelock.spring.adapter;

import dev.filelock.HeldLock;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hold that ends at a time: at the latest while its work runs, at the earliest when it is done. */
final class TimedHold {
    private static final Logger log = LoggerFactory.getLogger(ShedLockProvider.class);

    private final HeldLock held;
    private final String name;
    private final ScheduledExecutorService timer;
    private final Consumer<TimedHold> whenEnded;
    private final ReentrantLock mutex = new ReentrantLock();
    private @Nullable ScheduledFuture<?> end;

    private enum State {
        WORKING,
        DONE,
        ENDED
    }

    private State state = State.WORKING;

    TimedHold(HeldLock held, String name, ScheduledExecutorService timer, Consumer<TimedHold> whenEnded) {
        this.held = held;
        this.name = name;
        this.timer = timer;
        this.whenEnded = whenEnded;
    }

    /** Sets the latest end anew; false if it has come already. */
    boolean endAtMost(Duration remaining) {
        mutex.lock();
        try {
            if (state != State.WORKING) {
                return false;
            }
            endAfter(remaining, this::overrun);
            return true;
        } finally {
            mutex.unlock();
        }
    }

    /** Ends the hold, now or after the remaining time. Does nothing if it was ended before its work. */
    void workIsDone(Duration remaining) {
        mutex.lock();
        try {
            if (state != State.WORKING) {
                return;
            }
            state = State.DONE;
            if (!remaining.isNegative() && !remaining.isZero()) {
                endAfter(remaining, this::tryEnd);
                return;
            }
        } finally {
            mutex.unlock();
        }
        end();
    }

    void endIfWorkIsDone() {
        mutex.lock();
        try {
            if (state != State.DONE) {
                return;
            }
        } finally {
            mutex.unlock();
        }
        tryEnd();
    }

    private void endAfter(Duration remaining, Runnable ending) {
        if (end != null) {
            end.cancel(false);
        }
        end = timer.schedule(ending, Math.max(0, TimeUnit.NANOSECONDS.convert(remaining)), TimeUnit.NANOSECONDS);
    }

    private void overrun() {
        mutex.lock();
        try {
            if (state != State.WORKING || end == null || end.getDelay(TimeUnit.NANOSECONDS) > 0) {
                return; // done, or extended, just as the time had come
            }
        } finally {
            mutex.unlock();
        }
        log.warn(
                "lockAtMostFor of '{}' has passed while its task still runs: {} is released, and the task may run a second time. Take "
                        + "lockAtMostFor longer than the task can last",
                name,
                held.path());
        tryEnd();
    }

    private void tryEnd() {
        try {
            end();
        } catch (RuntimeException e) {
            log.warn("{} could not be released: {}", held.path(), e.getMessage(), e);
        }
    }

    private void end() {
        mutex.lock();
        try {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            if (end != null) {
                end.cancel(false);
            }
        } finally {
            mutex.unlock();
        }
        whenEnded.accept(this);
        held.close();
    }
}
