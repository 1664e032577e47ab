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
 * pause after it is not missed. The first poll goes without, for most locks are free; so does one that answers a signal in
 * haste. Used as an {@link Attempt} is.
 */
final class WatchedAttempt {
    private final Attempt attempt;
    private final Watcher watcher;
    private final Runnable signal;
    private Watcher.@Nullable Subscription subscription;

    /** The same, if it is where the head itself can wait. */
    private Watcher.@Nullable Lookout lookout;

    private boolean polled;
    private boolean watching;

    WatchedAttempt(Attempt attempt, Watcher watcher, Runnable signal) {
        this.attempt = attempt;
        this.watcher = watcher;
        this.signal = signal;
    }

    /**
     * Polls once.
     *
     * @param byHead on the thread of the waiter it is for, which will wait there for the next time
     * @param inHaste because a change was signalled that is most likely a release
     */
    @Nullable Grant poll(Patience patience, boolean byHead, boolean inHaste) throws IOException {
        watching = patience != Patience.NONE || (polled && !inHaste);
        if (watching) {
            watch(byHead);
        }
        polled = true;
        Grant grant = attempt.poll(patience);
        if (grant != null) {
            stopWatching();
        }
        return grant;
    }

    private void watch(boolean byHead) {
        if (lookout != null && !byHead) {
            stopWatching();
        }
        Watcher.Subscription mine = subscription;
        if (mine == null) {
            lookout = byHead ? watcher.lookout() : null;
            mine = lookout != null ? lookout : watcher.subscribe(signal);
            subscription = mine;
        }
        mine.watch(attempt.watches());
    }

    /** Where the head can wait for a change; null if it is told of one. */
    Watcher.@Nullable Lookout lookout() {
        return lookout;
    }

    /** Whether a change since the last poll would have been signalled, if that is possible at all. */
    boolean isWatching() {
        return watching;
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
        lookout = null;
        if (mine != null) {
            mine.close();
        }
    }
}
