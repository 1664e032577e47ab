package dev.filelock.engine;

import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.protocol.Grant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One grant and the holds that share it. Fields that change are guarded by the entry's mutex. */
final class Tenure {
    final Grant grant;
    final LockMode mode;
    final Instant since = Instant.now();
    final long takenNanos = System.nanoTime();
    final List<Hold> holds = new ArrayList<>(1);

    /** The last hold ended; the release on disk is under way, or has failed and is being retried. */
    boolean ending;

    /** The hold that ended last, set with {@link #ending}. */
    @Nullable Hold lastHold;

    /** Serialises what is done to the grant, so that a retry in the background, a second close and an examination don't meet. */
    final ReentrantLock releasing = new ReentrantLock();

    /** The release on disk succeeded. Guarded by {@link #releasing}. */
    boolean released;

    /** Why the lock was lost, once it was. */
    @Nullable LockLostException lost;

    /** The holds there were when it was lost. */
    List<Hold> losers = List.of();

    Tenure(Grant grant, LockMode mode) {
        this.grant = grant;
        this.mode = mode;
    }

    @Nullable Hold holdOf(Thread owner) {
        for (Hold hold : holds) {
            if (hold.reentrant() == owner) {
                return hold;
            }
        }
        return null;
    }
}
