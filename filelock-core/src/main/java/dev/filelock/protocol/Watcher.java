package dev.filelock.protocol;

import java.util.Set;

/**
 * Tells of changes to files, where the platform can. Signals are hints: some may be missing, some may be spurious. Safe for use by
 * any number of threads.
 */
@FunctionalInterface
public interface Watcher {

    /** Watches nothing, ever: waiters poll. */
    Watcher NONE = signal -> Subscription.NONE;

    /**
     * Starts to watch, nothing at first.
     *
     * @param signal called after changes, on a thread that must not be held up; several changes may be one call
     */
    Subscription subscribe(Runnable signal);

    /** What is watched for one subscriber. Its methods are called by one thread at a time. */
    interface Subscription extends AutoCloseable {
        /** Watches nothing. */
        Subscription NONE = new Subscription() {
            @Override
            public void watch(Set<Watch> watches) {}

            @Override
            public void close() {}
        };

        /**
         * Watches what the paths name now, in place of what was watched before; so it is called again before each look at the
         * files. Never throws: what can't be watched is not.
         */
        void watch(Set<Watch> watches);

        /** Ends the signals; one that is on its way may still come. */
        @Override
        void close();
    }
}
