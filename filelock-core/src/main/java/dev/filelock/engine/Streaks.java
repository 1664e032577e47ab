package dev.filelock.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps this JVM from starving other processes: after 20 ms of back-to-back grants on one file it stands back for a moment, and it
 * keeps no grant for several owners in turn but for a moment.
 *
 * <p>Files are told apart by hash, in a table of fixed size: two that meet in it cost each other a pause now and then.
 */
final class Streaks {
    private static final int SLOTS = 256;
    private static final long LIMIT = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long STILL_BACK_TO_BACK = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(250);

    /** A few turns of threads that do little under the lock; who does more hardly notices what a release costs. */
    private static final long PASSED_ON = TimeUnit.MICROSECONDS.toNanos(100);

    private final AtomicLongArray starts = new AtomicLongArray(SLOTS);
    private final AtomicLongArray releases = new AtomicLongArray(SLOTS);

    /** Called before a try that follows a release. */
    void standBack(FileKey file) {
        int slot = slot(file);
        long now = System.nanoTime();
        if (now - releases.get(slot) > STILL_BACK_TO_BACK) {
            starts.set(slot, now);
        } else if (now - starts.get(slot) > LIMIT) {
            LockSupport.parkNanos(PAUSE);
            starts.set(slot, System.nanoTime());
        }
    }

    /**
     * Whether the next owner in this JVM may go on with a grant rather than contend for another.
     *
     * @param taken when it was taken on disk, by {@link System#nanoTime}
     */
    static boolean mayPassOn(long taken) {
        return System.nanoTime() - taken <= PASSED_ON;
    }

    void released(FileKey file) {
        releases.set(slot(file), System.nanoTime());
    }

    private static int slot(FileKey file) {
        int hash = file.hashCode();
        return (hash ^ hash >>> 16) & SLOTS - 1;
    }
}
