package dev.filelock.engine;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The pauses between polls: short at first, doubling up to a bound, each shortened by up to half at random so that waiters of many
 * processes don't fall into step. Guarded by its entry's mutex.
 */
final class Backoff {
    private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(1);

    private long next = FIRST;

    void reset() {
        next = FIRST;
    }

    long nextNanos(long bound) {
        long pause = Math.min(next, bound);
        next = Math.min(next * 2, TimeUnit.HOURS.toNanos(1));
        return pause - ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    }
}
