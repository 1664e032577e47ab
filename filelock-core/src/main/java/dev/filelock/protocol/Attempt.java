package dev.filelock.protocol;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A try at the lock that may take several polls. It belongs to a place in the queue rather than to one waiter: when a waiter
 * gives up, the next one of the same mode goes on with it. Used by one thread at a time, not always the same.
 */
public interface Attempt {

    /**
     * Tries once. May leave a reservation on disk that the next poll builds on.
     *
     * @param patience asked by protocols that wait inside the call, ignored by the others
     * @return the grant, after which this attempt is spent; null if somebody else has the lock
     * @throws dev.filelock.FileLockException for what waiting can't mend, with advice
     * @throws IOException for what waiting can't mend; the engine puts it into words
     */
    @Nullable Grant poll(Patience patience) throws IOException;

    /** An upper bound this protocol needs on the time between two polls, to keep a reservation alive for example. */
    default Duration pollAtLeastEvery() {
        return Duration.ofDays(1);
    }

    /** What to watch for a sign that the next poll may succeed. Armed by the engine before that poll. */
    default Set<Watch> watches() {
        return Set.of();
    }

    /**
     * Tells, once, that the last poll removed what a dead holder had left.
     *
     * @return why it was dead, in words; null if nothing was removed
     */
    default @Nullable String takeReclaimed() {
        return null;
    }

    /**
     * Takes every trace of this attempt back. Called once the attempt is given up; not called after a grant.
     *
     * @throws IOException if a trace is left; the engine calls again, with back-off, until this returns
     */
    void abandon() throws IOException;
}
