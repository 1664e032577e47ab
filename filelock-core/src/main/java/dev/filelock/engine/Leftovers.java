package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes back what one file's attempts and grants left on disk; what fails is tried again, with back-off, until it succeeds. */
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final String NOT_RELEASED = "{} could not be released; it is tried again until it succeeds";

    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LockEntry entry;
    private final Runtime runtime;

    Leftovers(LockEntry entry, Runtime runtime) {
        this.entry = entry;
        this.runtime = runtime;
    }

    /** Releases a tenure whose last hold has ended; does nothing if that has succeeded before. */
    void release(Tenure ending) {
        try {
            tryRelease(ending);
        } catch (Error e) {
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
            throw e;
        } catch (IOException | RuntimeException e) {
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
            throw new FileLockException(
                    entry.path,
                    entry.path + " could not be released on disk: " + e.getMessage()
                            + "; it is tried again in the background and blocks others until it succeeds",
                    e);
        }
    }

    private void tryRelease(Tenure ending) throws IOException {
        ending.releasing.lock();
        try {
            if (ending.released) {
                return;
            }
            ending.grant.release();
            ending.released = true;
        } finally {
            ending.releasing.unlock();
        }
        runtime.streaks().released(entry.key);
        entry.released(ending);
        runtime.table().unpin(entry);
    }

    /** Releases a grant that came too late for its waiter, or is refused. */
    void giveBack(Grant grant, LockMode mode, boolean registered) {
        if (registered) {
            unregister(grant);
        }
        Tenure ending;
        try {
            ending = new Tenure(grant, mode);
        } catch (Throwable e) { // it may be for such an error that the grant is given back
            retryLater(() -> giveBack(grant, mode, false), FIRST_RETRY_NANOS);
            warn(NOT_RELEASED, e);
            return;
        }
        runtime.table().pinAgain(entry);
        try {
            tryRelease(ending);
        } catch (Throwable e) {
            retryLater(() -> tryRelease(ending), FIRST_RETRY_NANOS);
            warn(NOT_RELEASED, e);
        }
    }

    /** Takes back the traces of an attempt that nobody goes on with. Never throws. */
    void abandon(WatchedAttempt orphan) {
        try {
            orphan.abandon();
        } catch (Throwable e) {
            runtime.table().pinAgain(entry);
            retryLater(
                    () -> {
                        orphan.abandon();
                        runtime.table().unpin(entry);
                    },
                    FIRST_RETRY_NANOS);
            warn("What an attempt at {} left on disk could not be removed; it is tried again until it succeeds", e);
        }
    }

    /** As {@link #abandon}, on a thread of the engine's. The caller knows the entry to be pinned. */
    void abandonSoon(WatchedAttempt orphan) {
        runtime.table().pinAgain(entry);
        runtime.workers().turn(entry.directory(), () -> {
            abandon(orphan);
            runtime.table().unpin(entry);
        });
    }

    /** Never throws, as the logger of an application that a container has dropped may. */
    private void warn(String what, Throwable because) {
        try {
            log.warn(what, entry.path, because);
        } catch (RuntimeException | Error e) {
            // There is nobody to tell. What it is about is tried again all the same.
        }
    }

    private interface Cleanup {
        void run() throws IOException;
    }

    private void retryLater(Cleanup cleanup, long delayNanos) {
        runtime.workers()
                .timer(delayNanos, () -> runtime.workers().turn(entry.directory(), () -> retry(cleanup, delayNanos)));
    }

    private void retry(Cleanup cleanup, long delayNanos) {
        try {
            cleanup.run();
        } catch (Throwable e) {
            retryLater(cleanup, Math.min(delayNanos * 2, LAST_RETRY_NANOS));
            log.debug("Cleaning up after {} failed again", entry.path, e);
        }
    }

    /** The file is no longer locked through this entry, or will not be soon. */
    void unregister(Grant grant) {
        FileIdentity identity = grant.identity();
        if (identity != null) {
            runtime.table().unregister(identity, entry);
        }
    }
}
