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

    /** HANDLE or DETACHED. Guarded by {@link #closing}. */
    private Level kind;

    OpenLevel(Hold hold, Level kind, @Nullable Throwable takenAt, UnreachableHolds unreachableHolds) {
        this.hold = hold;
        this.kind = kind;
        this.unreachableHolds = unreachableHolds;
        this.takenAt = takenAt;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** The thread that may be working under this level, or null if that can be any. */
    @Nullable Thread owner() {
        closing.lock();
        try {
            return kind == Level.DETACHED ? null : hold.owner;
        } finally {
            closing.unlock();
        }
    }

    /** Adds a level of this kind to the same hold, unless this one was closed. */
    Level again() {
        closing.lock();
        try {
            requireOpen();
            hold.entry.again(hold, kind);
            return kind;
        } finally {
            closing.unlock();
        }
    }

    /** Takes the level from its thread. */
    void detach() {
        closing.lock();
        try {
            requireOpen();
            if (kind == Level.HANDLE) {
                hold.entry.detach(hold);
                kind = Level.DETACHED;
            }
        } finally {
            closing.unlock();
        }
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException(
                    "this hold of " + hold.request.path() + " was closed; acquire the lock again");
        }
    }

    void close() {
        closing.lock();
        try {
            if (state == State.OPEN) {
                state = State.RELEASE_FAILED;
                Engine.end(hold, kind);
            } else if (state == State.RELEASE_FAILED) {
                hold.entry.leftovers.release(hold.tenure);
            }
            state = State.CLOSED;
        } finally {
            closing.unlock();
        }
    }
}
