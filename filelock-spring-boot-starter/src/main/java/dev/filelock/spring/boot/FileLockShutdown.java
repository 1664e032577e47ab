package dev.filelock.spring.boot;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockedConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Ends the use of locks with the application: when all that works with them has been told to stop, no more are given out, and
 * those still held are waited for.
 *
 * <p>While web servers and executors finish their work, it can still take the locks it needs. A hold that is not given back in time
 * is named in the log and left alone: the kernel drops its locks with the process, and a marker is found to be a dead
 * process's.
 *
 * <p>An application context that is stopped or paused without being closed, as for a checkpoint, keeps its registries open.
 */
public final class FileLockShutdown implements SmartLifecycle, ApplicationListener<ContextClosedEvent> {
    private static final Logger log = LoggerFactory.getLogger(FileLockShutdown.class);
    private static final long LOOK_EVERY_MILLIS = 20;

    /** How far the application's end has come. */
    public enum State {
        /** The application runs. */
        RUNNING,
        /** It is being closed; work in progress can still take locks. */
        SHUTTING_DOWN,
        /** Acquisitions are refused. */
        CLOSED
    }

    private final Supplier<List<LockRegistry>> registries;
    private final Duration timeout;
    private final ApplicationContext context;
    private volatile State state = State.RUNNING;
    private volatile boolean running;

    FileLockShutdown(Supplier<List<LockRegistry>> registries, Duration timeout, ApplicationContext context) {
        this.registries = registries;
        this.timeout = timeout;
        this.context = context;
    }

    /**
     * How far the end has come.
     *
     * @return {@link State#RUNNING} until the application context is closed
     */
    public State state() {
        return state;
    }

    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext() == context) { // and not one of its children
            state = State.SHUTTING_DOWN;
        }
    }

    /** At once, whatever threads the application publishes its events on: {@link #stop()} comes next. */
    @Override
    public boolean supportsAsyncExecution() {
        return false;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return FileLockedConfiguration.SHUTDOWN_PHASE;
    }

    @Override
    public void stop() {
        running = false;
        if (state != State.SHUTTING_DOWN) {
            return;
        }
        List<LockRegistry> closing = registries.get();
        closing.forEach(LockRegistry::close);
        state = State.CLOSED;
        if (!held(closing).isEmpty()) {
            await(closing);
        }
    }

    private void await(List<LockRegistry> closing) {
        if (!timeout.isZero()) {
            log.info("Waiting up to {} s for locks that are still held: {}", seconds(), describe(held(closing)));
        }
        long start = System.nanoTime();
        long limit = TimeUnit.NANOSECONDS.convert(timeout);
        List<HeldLockInfo> left = held(closing);
        while (!left.isEmpty() && System.nanoTime() - start < limit) {
            try {
                Thread.sleep(LOOK_EVERY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            left = held(closing);
        }
        if (!left.isEmpty()) {
            log.warn(
                    "These locks are still held after {} s (filelock.shutdown.timeout) and end with the process: {}",
                    seconds(),
                    describe(left));
        }
    }

    private String seconds() {
        return String.valueOf(timeout.toMillis() / 1000.0);
    }

    private static List<HeldLockInfo> held(List<LockRegistry> registries) {
        return registries.stream()
                .flatMap(registry -> registry.heldLocks().stream())
                .toList();
    }

    private static String describe(List<HeldLockInfo> locks) {
        return locks.stream()
                .map(lock -> lock.path()
                        + (lock.label() == null ? "" : " (" + lock.label() + ")")
                        + (lock.thread() == null ? "" : " by thread '" + lock.thread() + "'"))
                .collect(Collectors.joining(", "));
    }
}
