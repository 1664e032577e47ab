package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockLostException;
import java.io.IOException;

/** Whether the holds of one file still stand: told by the protocol, or found out by asking it. */
final class Validity {
    private final LockEntry entry;
    private final Runtime runtime;

    Validity(LockEntry entry, Runtime runtime) {
        this.entry = entry;
        this.runtime = runtime;
    }

    /** The protocol's news that a grant is lost. */
    void lose(Tenure current, LockLostException reason) {
        if (!entry.forfeit(current, reason)) {
            return;
        }
        entry.leftovers.unregister(current.grant);
        runtime.workers().soon(() -> {
            for (Hold hold : current.losers) {
                hold.lost.complete(reason);
                Listeners.tell(hold.request, listener -> listener.lost(entry.diagnosis.info(hold), reason));
            }
        });
    }

    void ensureValid(Hold hold) {
        Tenure current = hold.tenure;
        LockLostException reason;
        entry.mutex.lock();
        try {
            reason = current.lost;
        } finally {
            entry.mutex.unlock();
        }
        if (reason != null) {
            throw lost(reason);
        }
        current.releasing.lock();
        try {
            if (current.released) {
                throw new IllegalStateException("this hold of " + entry.path + " was closed meanwhile");
            }
            current.grant.ensureValid();
        } catch (IOException e) {
            throw new FileLockException(entry.path, entry.path + " can't be examined: " + e.getMessage(), e);
        } finally {
            current.releasing.unlock();
        }
    }

    /** A fresh exception for the caller's own stack. */
    LockLostException lost(LockLostException reason) {
        return new LockLostException(entry.path, reason.reason(), String.valueOf(reason.getMessage()), reason);
    }
}
