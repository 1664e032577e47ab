package dev.filelock.engine;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The part of a handle that outlives it, should nobody close it. */
final class OpenLevel {
    private enum State {
        OPEN,
        /** The level is gone, but the lock is still to be released on disk. */
        RELEASE_FAILED,
        CLOSED
    }

    final Hold hold;
    final UnreachableHolds unreachableHolds;
    final @Nullable Throwable takenAt;
    private final ReentrantLock closing = new ReentrantLock();
    private volatile State state = State.OPEN;

    OpenLevel(Hold hold, UnreachableHolds unreachableHolds) {
        this.hold = hold;
        this.unreachableHolds = unreachableHolds;
        this.takenAt = unreachableHolds.whereTaken();
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Adds a level to the same hold, unless this one was closed. */
    Hold again() {
        closing.lock();
        try {
            if (state != State.OPEN) {
                throw new IllegalStateException(
                        "this hold of " + hold.request.path() + " was closed; acquire the lock again");
            }
            hold.entry.again(hold, Level.HANDLE);
            return hold;
        } finally {
            closing.unlock();
        }
    }

    void close() {
        closing.lock();
        try {
            if (state == State.OPEN) {
                state = State.RELEASE_FAILED;
                Engine.end(hold, Level.HANDLE);
            } else if (state == State.RELEASE_FAILED) {
                hold.entry.release(hold.tenure);
            }
            state = State.CLOSED;
        } finally {
            closing.unlock();
        }
    }
}
