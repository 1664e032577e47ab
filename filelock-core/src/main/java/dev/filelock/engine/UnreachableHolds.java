package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.protocol.Detached;
import java.lang.ref.Cleaner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports holds whose handle was dropped without being closed, and releases them where nobody can be working under them any more:
 * when the thread that took them has ended.
 */
final class UnreachableHolds {
    /** Set to {@code true}, it makes the report say where the hold was taken, at the price of a stack trace per acquisition. */
    static final String TRACE_PROPERTY = "dev.filelock.trace-holds";

    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Cleaner cleaner = Cleaner.create(work -> Detached.thread("filelock-cleaner", work));
    private final Workers workers;

    UnreachableHolds(Workers workers) {
        this.workers = workers;
    }

    Cleaner.Cleanable register(Handle handle, OpenLevel level) {
        return cleaner.register(handle, () -> {
            if (level.isOpen()) {
                workers.soon(() -> report(level));
            }
        });
    }

    static @Nullable Throwable whereTaken() {
        return Boolean.getBoolean(TRACE_PROPERTY) ? new Throwable("taken here") : null;
    }

    private void report(OpenLevel level) {
        try {
            warn(level);
        } finally { // a logger of an application that a container has dropped may be unable to say anything
            releaseOnceOwnerEnded(level);
        }
    }

    private static void warn(OpenLevel level) {
        Thread owner = level.owner();
        log.warn(
                "A hold of {} taken {} was dropped without being closed; it is released {}. Close it in a try statement; -D{}=true "
                        + "tells where it was taken",
                level.hold.request.path(),
                owner == null ? "by no thread in particular" : "by thread '" + owner.getName() + "'",
                owner == null ? "now" : "when that thread has ended",
                TRACE_PROPERTY,
                level.takenAt);
    }

    private void releaseOnceOwnerEnded(OpenLevel level) {
        Thread owner = level.owner();
        if (owner != null && owner.isAlive()) {
            workers.later(LOOK_AGAIN_NANOS, () -> releaseOnceOwnerEnded(level));
            return;
        }
        try {
            level.close();
        } catch (FileLockException e) {
            log.warn("{}", e.getMessage(), e);
        }
    }
}
