package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.os.Time;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Heartbeats.Heartbeat;
import dev.filelock.protocol.PathLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A marker of ours that stays a lock only as long as it is refreshed: its time of modification says when that happened last.
 *
 * <p>From the moment that a peer may find the lease run out, it is lost here, whether a peer has taken it or not. That is judged by
 * when a refresh began, before its first look at the disk; so a process that stood still in the middle of one, or woke up late for
 * it, never takes for a success what may have come too late.
 */
final class HeldLease implements Grant {
    private static final Logger log = LoggerFactory.getLogger(HeldLease.class);

    private final Path path;
    private final HeldMarker marker;
    private final LeaseTerms terms;
    private final Time time;

    /** When the last refresh that succeeded began. */
    private volatile Moment refreshed;

    /** Completed once, with the reason. */
    private final CompletableFuture<LockLostException> lost = new CompletableFuture<>();

    private volatile List<Heartbeat> heartbeats = List.of();
    private volatile boolean released;

    /** Touched by {@link #watch} alone. */
    private volatile boolean seenExpired;

    HeldLease(Path path, HeldMarker marker, LeaseTerms terms, Time time) {
        this.path = path;
        this.marker = marker;
        this.terms = terms;
        this.time = time;
        this.refreshed = marker.begun();
    }

    void start() {
        Heartbeat refresh =
                terms.heartbeats().start(Objects.requireNonNull(path.getParent()), terms.heartbeat(), this::refresh);
        heartbeats = List.of(refresh);
        // In a lane of its own: when the file system hangs, so does the refresh, and this one says so.
        Heartbeat watch = terms.heartbeats().start(path, terms.heartbeat(), this::watch);
        heartbeats = List.of(refresh, watch);
    }

    /** Looks, compares and touches. A failure is none yet: the next heartbeat may be in time. */
    private void refresh() {
        Moment begun = Moment.now(time);
        try {
            loseIfTamperedWith();
            loseIfExpired();
            if (!isLost()) {
                marker.touch();
                loseIfExpired(); // this process may have stood still just before the touch
            }
            if (!isLost()) {
                refreshed = begun;
            }
        } catch (IOException e) {
            boolean isLastChance =
                    refreshed.elapsed(time).compareTo(terms.duration().minus(terms.heartbeat())) >= 0;
            if (isLastChance) {
                lose(Reason.REFRESH_FAILED, "could not be refreshed: " + e.getMessage(), e);
            } else if (!released) {
                log.warn("The lease {} could not be refreshed; it is tried again", path, e);
            }
        }
    }

    private void loseIfTamperedWith() throws IOException {
        PathLoss loss = marker.loss();
        if (loss != null) {
            lose(
                    loss.reason(),
                    loss.reason() == Reason.OWNER_CHANGED
                            ? "another process has taken it over, or its marker was replaced"
                            : "its marker " + loss.what(),
                    null);
        }
    }

    private void loseIfExpired() {
        if (hasExpired()) {
            lose(
                    Reason.REFRESH_FAILED,
                    "it was not refreshed for its whole duration of " + Seconds.inWords(terms.duration())
                            + ": the file system refused or hung, or this process or its machine stood still",
                    null);
        }
    }

    /** Leaves the refresh, which can tell more, the time of one heartbeat to find out for itself. */
    private void watch() {
        if (seenExpired) {
            loseIfExpired();
        }
        seenExpired = hasExpired();
    }

    /** Whether a peer may take it, for all that we know. */
    boolean hasExpired() {
        return refreshed.elapsed(time).compareTo(terms.duration()) >= 0;
    }

    private void lose(Reason reason, String what, @Nullable IOException cause) {
        if (released) {
            return; // what is missed is what we removed
        }
        LockLostException loss = new LockLostException(
                path,
                reason,
                "the lease on " + path + " was lost: " + what + "; another process may have it now",
                cause);
        if (lost.complete(loss)) {
            stop();
            log.warn("The lease on {} was lost while it was held: {}", path, what);
        }
    }

    private boolean isLost() {
        return lost.isDone();
    }

    @Override
    public void onLost(Consumer<LockLostException> listener) {
        lost.thenAccept(listener);
    }

    @Override
    public void ensureValid() throws IOException {
        loseIfExpired(); // first: it can be told even if the disk hangs
        if (!isLost()) {
            loseIfTamperedWith();
        }
        if (isLost()) {
            throw lost.join();
        }
    }

    @Override
    public boolean isOverdue() {
        return hasExpired();
    }

    @Override
    public LockBackend backend() {
        return LockBackend.LEASE;
    }

    @Override
    public FileIdentity identity() {
        return marker.identity();
    }

    @Override
    public void release() throws IOException {
        released = true;
        stop();
        boolean guarded = marker.guard(); // before the clock is asked: it may run out at any moment
        if (!hasExpired()) {
            marker.release();
        } else if (guarded) {
            marker.withdraw();
        } else {
            marker.leave();
        }
    }

    /** Refreshes it no more. */
    void stop() {
        heartbeats.forEach(Heartbeat::stop);
    }
}
