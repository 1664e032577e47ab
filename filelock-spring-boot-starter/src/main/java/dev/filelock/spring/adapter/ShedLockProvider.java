package dev.filelock.spring.adapter;

import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockedConfiguration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import net.javacrumbs.shedlock.core.AbstractSimpleLock;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * File locks as ShedLock's provider: a job runs in one of the processes that share the lock directory.
 *
 * <pre>{@code
 * @Bean
 * ShedLockProvider lockProvider(LockRegistry registry) {
 *     return new ShedLockProvider(registry.directory("jobs"));
 * }
 * }</pre>
 *
 * <p>A lock's name becomes the name of one file, encoded where need be. Times are kept by timers of this process:
 *
 * <ul>
 *   <li>{@code lockAtMostFor} ends the hold of a task that is still running, with a warning in the log: from then on it may run
 *       twice. It is not needed against crashes, since a lock ends with its process; take it long.
 *   <li>{@code lockAtLeastFor} keeps the lock after the task, until then or until the application stops. It does not survive a crash.
 * </ul>
 *
 * <p>Locks are not reentrant and may be given back by any thread. Safe for use by any number of threads.
 */
public final class ShedLockProvider implements ExtensibleLockProvider, SmartLifecycle, DisposableBean {
    private final LockRegistry registry;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<TimedHold> holds = ConcurrentHashMap.newKeySet();
    private volatile boolean running = true;

    /**
     * Makes a provider of the locks in a registry's directory.
     *
     * @param registry best a named directory of its own, so that jobs meet no other locks' names
     */
    public ShedLockProvider(LockRegistry registry) {
        this.registry = registry;
        this.timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "filelock-shedlock");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
    }

    /**
     * Takes the lock if it is free.
     *
     * @param configuration its name and times
     * @return empty if somebody has it
     * @throws dev.filelock.FileLockException if it can't be taken for another reason
     * @throws IllegalStateException if the registry was closed or the provider destroyed, as when the application shuts down
     */
    @Override
    public Optional<SimpleLock> lock(LockConfiguration configuration) {
        LockName name = LockName.builder().value(configuration.getName()).build();
        Optional<HeldLock> held = registry.lock(name, LockMode.EXCLUSIVE, registry.options())
                .labelled(configuration.getName())
                .tryAcquire();
        return held.map(lock -> {
            lock.detach(); // a second run on this thread must not get in
            TimedHold hold = new TimedHold(lock, configuration.getName(), timer, holds::remove);
            holds.add(hold);
            endAtMost(hold, configuration);
            return new TimedLock(configuration, hold);
        });
    }

    private static void endAtMost(TimedHold hold, LockConfiguration configuration) {
        try {
            hold.endAtMost(untilNow(configuration.getLockAtMostUntil()));
        } catch (RejectedExecutionException e) { // the timer has ended, and who gets no lock gives none back
            hold.workIsDone(Duration.ZERO);
            throw new IllegalStateException("this provider has been destroyed, so it gives out no more locks", e);
        }
    }

    private static Duration untilNow(Instant end) {
        return Duration.between(ClockProvider.now(), end);
    }

    private final class TimedLock extends AbstractSimpleLock {
        private final TimedHold hold;

        TimedLock(LockConfiguration configuration, TimedHold hold) {
            super(configuration);
            this.hold = hold;
        }

        @Override
        protected void doUnlock() {
            hold.workIsDone(running ? untilNow(lockConfiguration.getLockAtLeastUntil()) : Duration.ZERO);
        }

        @Override
        protected Optional<SimpleLock> doExtend(LockConfiguration extended) {
            return hold.endAtMost(untilNow(extended.getLockAtMostUntil()))
                    ? Optional.of(new TimedLock(extended, hold))
                    : Optional.empty();
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the schedulers, and before the locks that are still held are waited for. */
    @Override
    public int getPhase() {
        return FileLockedConfiguration.SHUTDOWN_PHASE + 1;
    }

    /** Gives back what only {@code lockAtLeastFor} keeps. */
    @Override
    public void stop() {
        running = false;
        List.copyOf(holds).forEach(TimedHold::endIfWorkIsDone);
    }

    @Override
    public void destroy() {
        stop();
        timer.shutdown();
    }
}
