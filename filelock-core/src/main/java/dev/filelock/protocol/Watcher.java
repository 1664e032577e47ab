package dev.filelock.protocol;

import java.util.Set;

/**
 * Tells of changes to files, where the platform can. Signals are hints: some may be missing, some may be spurious. Safe for use by
 * any number of threads.
 */
public interface Watcher {

    /** Watches nothing, ever: waiters poll. */
    Watcher NONE = (watches, signal) -> () -> {};

    /**
     * Calls the signal, on any thread, after a change to any of the given files, until the subscription is closed. Never throws:
     * what can't be watched is not.
     */
    Subscription watch(Set<Watch> watches, Runnable signal);

    /** Ends the signals. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
