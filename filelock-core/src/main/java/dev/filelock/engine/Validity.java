package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockLostException;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the holds of one file still stand: told by the protocol, or found out by asking it. */
final class Validity {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final LockEntry entry;
    private final Runtime runtime;

    Validity(LockEntry entry, Runtime runtime) {
        this.entry = entry;
        this.runtime = runtime;
    }

    /** Hears from the protocol if a grant is lost, which it may be already. Called without the mutex, as I/O tells why. */
    void watch(Tenure installed) {
        installed.grant.onLost(reason -> lose(installed, reason));
    }

    private void lose(Tenure current, LockLostException found) {
        LockLostException reason = traced(found);
        if (!entry.forfeit(current, reason)) {
            return;
        }
        runtime.workers().soon(() -> {
            for (Hold hold : current.losers) {
                hold.tellLost(reason);
                Listeners.tell(hold.request, listener -> listener.lost(entry.diagnosis.info(hold), reason));
            }
        });
    }

    /** Before a hold is entered again: this process may have stood still until its time was over, and nothing have told it yet. */
    void requireInTime(Hold hold) {
        if (hold.tenure.grant.isOverdue()) {
            examine(hold.tenure);
        }
    }

    void ensureValid(Hold hold) {
        if (!examine(hold.tenure)) {
            throw new IllegalStateException("this hold of " + entry.path + " was closed meanwhile");
        }
    }

    /** Asks the protocol; false if there is nothing to ask about any more. */
    boolean examine(Tenure current) {
        LockLostException reason = knownLoss(current);
        if (reason != null) {
            throw lost(reason);
        }
        current.releasing.lock();
        try {
            if (current.released) {
                return false;
            }
            ask(current.grant);
            return true;
        } catch (IOException e) {
            throw directoryChanged()
                    ? lossOfDirectory(e)
                    : new FileLockException(entry.path, entry.path + " can't be examined: " + e.getMessage(), e);
        } catch (LockLostException e) {
            LockLostException told = knownLoss(current);
            throw told == null ? traced(e) : lost(told);
        } finally {
            current.releasing.unlock();
        }
    }

    /** Twice, if need be: a file that goes between two looks at it makes one fail, and only the next one finds that it has gone. */
    private void ask(Grant grant) throws IOException {
        try {
            grant.ensureValid();
        } catch (IOException e) {
            log.debug("{} is examined once more", entry.path, e);
            grant.ensureValid();
        }
    }

    /** Whether a tenure without holds is as good as when it was taken. Where that can't be told, it is not. */
    boolean stands(Tenure current) {
        try {
            current.grant.ensureValid();
            return true;
        } catch (IOException | RuntimeException | Error e) { // whatever it is, the lock must not stay taken for it
            log.debug("{} is released rather than passed on, as it may not be the lock any more", entry.path, e);
            return false;
        }
    }

    private @Nullable LockLostException knownLoss(Tenure current) {
        entry.mutex.lock();
        try {
            return current.lost;
        } finally {
            entry.mutex.unlock();
        }
    }

    /** What is missed because its directory is not there any more was not itself removed. */
    private LockLostException traced(LockLostException loss) {
        return switch (loss.reason()) {
            case MARKER_MISSING, OWNER_CHANGED, PATH_OCCUPIED, CLAIM_MISSING ->
                directoryChanged() ? lossOfDirectory(loss) : loss;
            default -> loss;
        };
    }

    private boolean directoryChanged() {
        try {
            return !entry.key.directory().equals(runtime.identities().following(entry.directory()));
        } catch (IOException e) {
            return false; // it can't be told, so the first complaint stands
        }
    }

    private LockLostException lossOfDirectory(Throwable complaint) {
        return new LockLostException(
                entry.path,
                LockLostException.Reason.DIRECTORY_CHANGED,
                "the directory of lock file " + entry.path
                        + " was deleted, moved away or replaced while the lock was held, so another process can hold a lock of that"
                        + " name now; lock directories must be left where they are",
                complaint);
    }

    /** A fresh exception for the caller's own stack. */
    LockLostException lost(LockLostException reason) {
        return new LockLostException(entry.path, reason.reason(), String.valueOf(reason.getMessage()), reason);
    }
}
