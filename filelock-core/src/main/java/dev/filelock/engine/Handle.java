package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A level that its holder closes. What takes time keeps it reachable until it is through: a holder who has no use for it afterwards
 * has dropped it only then.
 */
final class Handle implements HeldLock {
    private final OpenLevel level;
    private final Cleaner.Cleanable unreachable;

    /** Forgotten on close, or work that goes from lock to lock would remember them all. */
    private volatile CallChain acquiredUnder;

    Handle(
            Hold hold,
            Level kind,
            @Nullable Throwable takenAt,
            CallChain acquiredUnder,
            UnreachableHolds unreachableHolds) {
        this.acquiredUnder = acquiredUnder;
        this.level = new OpenLevel(hold, kind, takenAt, unreachableHolds);
        this.unreachable = unreachableHolds.register(this, level);
    }

    Hold hold() {
        return level.hold;
    }

    boolean isOpen() {
        return level.isOpen();
    }

    CallChain acquiredUnder() {
        return acquiredUnder;
    }

    @Override
    public Path path() {
        return level.hold.request.path();
    }

    @Override
    public LockMode mode() {
        return level.hold.tenure.mode;
    }

    @Override
    public boolean isValid() {
        try {
            ensureValid();
            return true;
        } catch (IllegalStateException | FileLockException e) {
            return false;
        }
    }

    @Override
    public void ensureValid() {
        try {
            requireOpen();
            level.hold.entry.validity.ensureValid(level.hold);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public OptionalLong fencingToken() {
        return level.hold.tenure.grant.fencingToken();
    }

    @Override
    public CompletionStage<LockLostException> lost() {
        return level.hold.lostStage();
    }

    @Override
    public HeldLock again() {
        try {
            requireOpen();
            level.hold.entry.validity.requireInTime(level.hold);
            return new Handle(
                    level.hold, level.again(), UnreachableHolds.whereTaken(), acquiredUnder, level.unreachableHolds);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void detach() {
        level.detach();
    }

    @Override
    public <T extends @Nullable Object> T call(Callable<T> body) throws Exception {
        requireOpen();
        return CallChain.call(this, body);
    }

    @Override
    public HeldLockInfo info() {
        return level.hold.entry.diagnosis.info(level.hold);
    }

    @Override
    public void close() {
        level.close();
        acquiredUnder = CallChain.NONE;
        unreachable.clean(); // the level is closed, so this only forgets it
    }

    @Override
    public String toString() {
        return mode() + " hold of " + path() + (level.isOpen() ? "" : " (closed)");
    }

    void requireOpen() {
        if (!level.isOpen()) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("this hold of " + path() + " was closed; acquire the lock again");
    }
}
