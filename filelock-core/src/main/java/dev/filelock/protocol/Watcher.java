package dev.filelock.protocol;

import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    /**
     * A place where a platform thread can wait itself for what {@link #subscribe} would tell it of: it goes on sooner, by the time
     * that one thread needs to wake another.
     *
     * @return null if there is none, or none left; who asks subscribes instead
     */
    default @Nullable Lookout lookout() {
        return null;
    }

    /** Watched by the thread that waits. Its methods but {@link #wake} are called by one thread at a time. */
    interface Lookout extends Subscription {

        /**
         * Waits on the calling thread until something that is watched has changed, {@link #wake} was called, the thread was
         * interrupted, or the time is over; it may also return for no reason. An interrupt is left to the caller to clear.
         *
         * @return whether something has changed since the last {@link #watch}
         */
        boolean await(long nanos);

        /** Makes the wait end that is under way, or else the next one. By any thread, perhaps after everybody has left. */
        void wake();
    }

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
