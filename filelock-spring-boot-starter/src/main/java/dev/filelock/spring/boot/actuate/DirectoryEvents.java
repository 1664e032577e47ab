package dev.filelock.spring.boot.actuate;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.WaitingLockInfo;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What has happened to the locks of each directory since the application started. */
final class DirectoryEvents implements LockListener {

    /** The events of one directory. */
    static final class Of {
        final AtomicInteger waiting = new AtomicInteger();
        final AtomicLong lost = new AtomicLong();
        volatile boolean used;
        volatile boolean fellBack;
    }

    private static final String DEFAULT_DIRECTORY = "";

    private final Map<String, Of> directories = new ConcurrentHashMap<>();

    /** The events of a directory by its name, which the default one does not have. */
    Of of(@Nullable String directory) {
        return directories.computeIfAbsent(directory == null ? DEFAULT_DIRECTORY : directory, name -> new Of());
    }

    @Override
    public void waiting(WaitingLockInfo lock) {
        of(lock.directory()).waiting.incrementAndGet();
    }

    @Override
    public void waited(WaitingLockInfo lock) {
        of(lock.directory()).waiting.decrementAndGet();
    }

    @Override
    public void acquired(HeldLockInfo lock, Duration waited) {
        Of events = of(lock.directory());
        events.used = true;
        if (lock.fellBack()) {
            events.fellBack = true;
        }
    }

    @Override
    public void lost(HeldLockInfo lock, LockLostException reason) {
        of(lock.directory()).lost.incrementAndGet();
    }
}
