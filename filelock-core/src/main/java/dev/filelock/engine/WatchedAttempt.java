package dev.filelock.engine;

import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that watches what it waits for: from the second poll on, and before each, so that a change between a poll and the
 * pause after it is not missed. The first poll goes without, for most locks are free. Used as an {@link Attempt} is.
 */
final class WatchedAttempt {
    private final Attempt attempt;
    private final Watcher watcher;
    private final Runnable signal;
    private Watcher.@Nullable Subscription subscription;
    private boolean polled;

    WatchedAttempt(Attempt attempt, Watcher watcher, Runnable signal) {
        this.attempt = attempt;
        this.watcher = watcher;
        this.signal = signal;
    }

    @Nullable Grant poll(Patience patience) throws IOException {
        if (polled || patience != Patience.NONE) {
            watch();
        }
        polled = true;
        Grant grant = attempt.poll(patience);
        if (grant != null) {
            stopWatching();
        }
        return grant;
    }

    private void watch() {
        Watcher.Subscription mine = subscription;
        if (mine == null) {
            mine = watcher.subscribe(signal);
            subscription = mine;
        }
        mine.watch(attempt.watches());
    }

    /** Whether a change since the last poll would have been signalled, if that is possible at all. */
    boolean isWatching() {
        return subscription != null;
    }

    long pollAtLeastEveryNanos() {
        return TimeUnit.NANOSECONDS.convert(attempt.pollAtLeastEvery());
    }

    @Nullable String takeReclaimed() {
        return attempt.takeReclaimed();
    }

    void abandon() throws IOException {
        stopWatching();
        attempt.abandon();
    }

    private void stopWatching() {
        Watcher.Subscription mine = subscription;
        subscription = null;
        if (mine != null) {
            mine.close();
        }
    }
}
