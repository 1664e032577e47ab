package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockLostException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One owner's share of a tenure. Fields that change are guarded by the entry's mutex. */
final class Hold {
    final LockEntry entry;
    final Tenure tenure;
    final Request request;
    /** The thread that took and re-enters this hold; null if the hold belongs to its handles alone. */
    final @Nullable Thread owner;

    final Instant since = Instant.now();

    /** Made when somebody asks for it, or it is lost. */
    private @Nullable CompletableFuture<LockLostException> lost;

    private @Nullable CompletionStage<LockLostException> lostStage;

    /** How many levels there are, by the way they end. */
    private final int[] levels = new int[Level.values().length];

    Hold(LockEntry entry, Tenure tenure, Request request, @Nullable Thread owner) {
        this.entry = entry;
        this.tenure = tenure;
        this.request = request;
        this.owner = owner;
    }

    /** What the flight recorder makes of it; null while it records no holds. */
    FlightRecorder.@Nullable Recording recording;

    /** What says that it has lasted long; null while nothing does. Written by the acquiring thread only, before it hands the hold out. */
    @Nullable HeldReport report;

    /** The listeners know of this hold. Touched by the acquiring thread only, before it hands the hold out. */
    boolean announced;

    /** Always the same one: each stage that is made of a future stays with it until it completes, which this one may never do. */
    synchronized CompletionStage<LockLostException> lostStage() {
        CompletionStage<LockLostException> made = lostStage;
        if (made == null) {
            made = lost().minimalCompletionStage();
            lostStage = made;
        }
        return made;
    }

    /** Called without the mutex, as those run then whom it concerns. */
    void tellLost(LockLostException reason) {
        lost().complete(reason);
    }

    synchronized boolean isToldLost() {
        return lost != null && lost.isDone();
    }

    private synchronized CompletableFuture<LockLostException> lost() {
        CompletableFuture<LockLostException> made = lost;
        if (made == null) {
            made = new CompletableFuture<>();
            lost = made;
        }
        return made;
    }

    int levels() {
        int sum = 0;
        for (int count : levels) {
            sum += count;
        }
        return sum;
    }

    int levels(Level level) {
        return levels[level.ordinal()];
    }

    void add(Level level) {
        levels[level.ordinal()]++;
    }

    void remove(Level level) {
        levels[level.ordinal()]--;
    }

    /** The owner, unless all that is left is parted from it. */
    @Nullable Thread reentrant() {
        return levels() > levels(Level.DETACHED) ? owner : null;
    }

    /** Called with the entry's mutex; others ask the entry. */
    HeldLockInfo info() {
        Thread thread = levels() == 0 ? owner : reentrant();
        return new HeldLockInfo(
                request.path(),
                request.scope().directoryName(),
                tenure.mode,
                tenure.grant.backend(),
                tenure.grant.backend() != request.backend(),
                request.options().label().orElse(null),
                thread == null ? null : thread.getName(),
                since,
                levels(),
                tenure.grant.fencingToken());
    }
}
