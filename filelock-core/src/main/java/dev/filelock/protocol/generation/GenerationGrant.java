package dev.filelock.protocol.generation;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.LockProtocolException;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Heartbeats.Heartbeat;
import dev.filelock.protocol.PathLoss;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hold: it stands as long as the newest snapshot names us, which it does as long as we give signs of life. */
final class GenerationGrant implements Grant {
    private static final Logger log = LoggerFactory.getLogger(GenerationGrant.class);

    private final GenerationLockFile file;
    private final Membership membership;
    private final long generation;
    private final FileIdentity identity;

    /** Open, so that while we hold, no other directory can be given the inode by which ours is known. */
    private final @Nullable Descriptor anchor;

    /** When a sign of life of ours last reached the disk. Touched by the beats only, once they run. */
    private long refreshed;

    /** The last sign of life after which the log still named us. */
    private volatile long confirmed;

    private @Nullable Heartbeat heartbeat;
    private boolean ending;
    private @Nullable LockLostException lost;
    private @Nullable Consumer<LockLostException> listener;

    private GenerationGrant(
            GenerationLockFile file,
            Membership membership,
            long generation,
            FileIdentity identity,
            @Nullable Descriptor anchor) {
        this.anchor = anchor;
        this.file = file;
        this.membership = membership;
        this.generation = generation;
        this.identity = identity;
        this.refreshed = file.environment().time().nanos();
        this.confirmed = membership.signOfLife();
    }

    /** The grant that the given generation gave, with its heart beating. */
    static GenerationGrant begin(GenerationLockFile file, Membership membership, long generation, FileIdentity identity)
            throws IOException {
        Descriptor anchor = membership.directory().open();
        try {
            GenerationGrant grant = new GenerationGrant(file, membership, generation, identity, anchor);
            Heartbeat heartbeat =
                    file.environment().heartbeats().start(membership.directory().root(), file.heartbeat(), grant::beat);
            synchronized (grant) {
                grant.heartbeat = heartbeat;
            }
            return grant;
        } catch (RuntimeException | Error e) {
            close(anchor, membership);
            throw e;
        }
    }

    // ---- keeping it

    private void beat() {
        try {
            if (!membership.refresh()) {
                lose(
                        Reason.EVICTED,
                        evicted("its record in "
                                + membership.directory().holders().directory() + " was removed"),
                        null);
                return;
            }
            refreshed = file.environment().time().nanos();
        } catch (IOException e) {
            long since = file.environment().time().nanos() - refreshed;
            if (since >= file.staleThreshold().minus(file.heartbeat()).toNanos()) {
                lose(
                        Reason.REFRESH_FAILED,
                        "lock on " + file.path() + " can't be kept: the record in "
                                + membership.directory().holders().directory()
                                + " could not be refreshed for " + since / 1_000_000 + " ms (" + e.getMessage()
                                + "), so others may take the lock over; stop what needs it",
                        e);
            } else {
                log.warn("The record of the lock {} could not be refreshed; it is tried again", file.path(), e);
            }
            return;
        }
        try {
            long signOfLife = membership.signOfLife();
            Snapshot latest = membership.directory().log().latest();
            if (!latest.has(membership.token())) {
                lose(Reason.EVICTED, evicted("generation " + latest.generation() + " is without it"), null);
                return;
            }
            confirmed = signOfLife;
            file.liveness().sweep(latest, membership.directory());
        } catch (IOException | LockProtocolException e) {
            log.debug("The log of {} can't be looked at; the lock is held on", file.path(), e);
        }
    }

    private String evicted(String how) {
        return "lock on " + file.path() + " was lost: " + how
                + ", because other processes saw no sign of life from this one for "
                + file.staleThreshold().toMillis()
                + " ms (the stale threshold), or because somebody deleted its files; another process"
                + " may hold the lock now, so stop what needs it";
    }

    private void lose(Reason reason, String message, @Nullable Throwable cause) {
        LockLostException loss = new LockLostException(file.path(), reason, message, cause);
        Heartbeat beating;
        Consumer<LockLostException> told;
        synchronized (this) {
            if (ending || lost != null) {
                return;
            }
            lost = loss;
            beating = heartbeat;
            told = listener;
        }
        if (beating != null) {
            beating.stop();
        }
        if (told != null) {
            told.accept(loss);
        }
    }

    @Override
    public void onLost(Consumer<LockLostException> listener) {
        LockLostException before;
        synchronized (this) {
            this.listener = listener;
            before = lost;
        }
        if (before != null) {
            listener.accept(before);
        }
    }

    @Override
    public void ensureValid() throws IOException {
        PathLoss loss = PathLoss.ofDirectory(
                membership.directory().root(), identity, membership.directory().identity());
        if (loss != null) {
            lose(
                    loss.reason(),
                    String.valueOf(loss.exception(membership.directory().root(), "the lock directory")
                            .getMessage()),
                    null);
        } else if (!membership.directory().holders().has(membership.token())) {
            lose(
                    Reason.EVICTED,
                    evicted("its record in " + membership.directory().holders().directory() + " was removed"),
                    null);
        } else if (!membership.directory().log().latest().has(membership.token())) {
            lose(Reason.EVICTED, evicted("the newest generation is without it"), null);
        }
        LockLostException known;
        synchronized (this) {
            known = lost;
        }
        if (known != null) {
            throw known;
        }
    }

    @Override
    public boolean isOverdue() {
        return file.environment().time().nanos() - confirmed
                >= file.staleThreshold().toNanos();
    }

    // ---- giving it back

    @Override
    public void release() throws IOException {
        Heartbeat beating;
        synchronized (this) {
            ending = true;
            beating = heartbeat;
        }
        if (beating != null) {
            beating.stop();
        }
        membership.leave();
        file.used();
        close(anchor, membership);
    }

    private static void close(@Nullable Descriptor anchor, Membership membership) {
        try {
            if (anchor != null) {
                anchor.close();
            }
        } catch (IOException e) {
            log.debug(
                    "Closing {} failed; its lock is released all the same",
                    membership.directory().root(),
                    e);
        }
    }

    // ---- what it is

    @Override
    public LockBackend backend() {
        return LockBackend.GENERATION;
    }

    @Override
    public FileIdentity identity() {
        return identity;
    }

    @Override
    public OptionalLong fencingToken() {
        return OptionalLong.of(generation);
    }
}
