package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockLostException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One owner's share of a tenure. Fields that change are guarded by the entry's mutex. */
final class Hold {
    final LockEntry entry;
    final Tenure tenure;
    final Request request;
    /** The thread that re-enters this hold; null if the hold belongs to its handles alone. */
    final @Nullable Thread owner;

    final Instant since = Instant.now();
    final CompletableFuture<LockLostException> lost = new CompletableFuture<>();

    /** Levels that end when their handle is closed. */
    int handleLevels;

    /** Levels that end by {@code unlock()}. */
    int lockLevels;

    Hold(LockEntry entry, Tenure tenure, Request request, @Nullable Thread owner) {
        this.entry = entry;
        this.tenure = tenure;
        this.request = request;
        this.owner = owner;
    }

    /** The listeners know of this hold. Touched by the acquiring thread only, before it hands the hold out. */
    boolean announced;

    int levels() {
        return handleLevels + lockLevels;
    }

    void add(Level level) {
        if (level == Level.HANDLE) {
            handleLevels++;
        } else {
            lockLevels++;
        }
    }

    void remove(Level level) {
        if (level == Level.HANDLE) {
            handleLevels--;
        } else {
            lockLevels--;
        }
    }

    HeldLockInfo info() {
        return new HeldLockInfo(
                request.path(),
                tenure.mode,
                tenure.grant.backend(),
                tenure.grant.backend() != request.backend(),
                request.options().label().orElse(null),
                owner == null ? null : owner.getName(),
                since,
                levels(),
                tenure.grant.fencingToken());
    }
}
