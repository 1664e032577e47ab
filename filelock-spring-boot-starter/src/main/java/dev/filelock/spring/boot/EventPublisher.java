package dev.filelock.spring.boot;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.WaitingLockInfo;
import dev.filelock.spring.FileLockEvent;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;

/** Makes application events of what is rare. */
final class EventPublisher implements LockListener {
    private static final Logger log = LoggerFactory.getLogger(FileLockEvent.class);

    private final ApplicationEventPublisher application;
    private final @Nullable ClassLoader classLoader;
    private final Function<@Nullable String, Duration> longWaits;

    /**
     * Makes a publisher.
     *
     * @param classLoader what listeners run with, also where a thread of the engine tells of a loss, which has none
     * @param longWaits from when on a wait is long, by the name of the directory; negative: never
     */
    EventPublisher(
            ApplicationEventPublisher application,
            @Nullable ClassLoader classLoader,
            Function<@Nullable String, Duration> longWaits) {
        this.application = application;
        this.classLoader = classLoader;
        this.longWaits = longWaits;
    }

    @Override
    public void acquired(HeldLockInfo lock, Duration waited) {
        Duration limit = longWaits.apply(lock.directory());
        if (!limit.isNegative() && waited.compareTo(limit) >= 0 && !waited.isZero()) {
            publish(new FileLockEvent.WaitedLong(lock, waited));
        }
    }

    @Override
    public void timedOut(WaitingLockInfo lock, Duration waited) {
        if (!lock.timeout().isZero()) {
            publish(new FileLockEvent.TimedOut(lock, waited));
        }
    }

    @Override
    public void lost(HeldLockInfo lock, LockLostException reason) {
        publish(new FileLockEvent.Lost(lock, reason));
    }

    @Override
    public void reclaimed(WaitingLockInfo lock, String reason) {
        publish(new FileLockEvent.Reclaimed(lock, reason));
    }

    /** An exception must not undo the acquisition that it tells of. */
    private void publish(FileLockEvent event) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(classLoader);
        try {
            application.publishEvent(event);
        } catch (RuntimeException e) {
            log.warn("A listener of {} failed", event, e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
