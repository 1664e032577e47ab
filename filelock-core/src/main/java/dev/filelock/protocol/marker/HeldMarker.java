package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException.Reason;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.os.Time;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.PathLoss;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A marker that we created. Its descriptor stays open for the hold, so that its inode can't become another file's and
 * "still ours" is certain; nothing but our own inode is ever unlinked.
 */
final class HeldMarker implements Grant {
    /** The extended attribute that tells the PID namespace of a Java owner. */
    static final String PID_NAMESPACE = "user.filelock.pidns";

    private static final Logger log = LoggerFactory.getLogger(HeldMarker.class);

    private static final PathLoss REWRITTEN = new PathLoss(Reason.CONTENT_CHANGED, "was emptied or written over");

    private static final Set<Open> NEW_FILE = Set.of(Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
    private static final int UMASK_DECIDES = 0666;

    /** Well before a peer takes a marker for abandoned that is still being written. */
    private static final Duration QUICK = FoundMarker.GRACE.dividedBy(2);

    private final OsFiles files;
    private final Path path;
    private final LockBackend backend;
    private final Moment begun;
    private final Descriptor marker;
    private final FileIdentity identity;
    private final byte[] content;
    private boolean closed;
    private boolean gone;

    private HeldMarker(
            OsFiles files,
            Path path,
            LockBackend backend,
            Moment begun,
            Descriptor marker,
            FileIdentity identity,
            byte[] content) {
        this.files = files;
        this.path = path;
        this.backend = backend;
        this.begun = begun;
        this.marker = marker;
        this.identity = identity;
        this.content = content;
    }

    /**
     * Creates the marker, empty. Whoever creates it has to {@link #complete} it, or else to {@link #withdraw} it.
     *
     * @param permissions the exact ones, or null if the umask decides
     * @throws OsException with {@link OsError#EXISTS} if the path names anything
     */
    static HeldMarker create(
            OsFiles files,
            Path path,
            LockBackend backend,
            @Nullable Integer permissions,
            MarkerRecord record,
            Time time)
            throws IOException {
        byte[] content = record.toBytes();
        Moment begun = Moment.now(time);
        Descriptor marker = files.open(path, NEW_FILE, permissions == null ? UMASK_DECIDES : permissions);
        try {
            return new HeldMarker(
                    files, path, backend, begun, marker, marker.status().identity(), content);
        } catch (IOException | RuntimeException | Error failure) {
            try {
                // Without its identity it can't be told from a successor, so it stays, and heals as unfinished.
                marker.close();
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
            throw failure;
        }
    }

    /**
     * Makes it a lock.
     *
     * @throws OsException with {@link OsError#EXISTS} if it took so long that a peer has removed it
     */
    void complete(@Nullable Integer permissions, MarkerRecord record, Time time) throws IOException {
        if (permissions != null) {
            marker.changePermissions(permissions);
        }
        if (record instanceof Protocol1Record && record.owner().pidNamespace() != null) {
            recordPidNamespace(record.owner().pidNamespace());
        }
        marker.write(content);
        if (begun.elapsed(time).compareTo(QUICK) > 0 && lossOfPlace() != null) {
            throw new OsException(
                    OsError.EXISTS, path + " was taken for abandoned and removed, since writing it took so long");
        }
    }

    /** Comes before the content: nobody may judge our process id without it. */
    private void recordPidNamespace(String pidNamespace) {
        try {
            if (marker.setAttribute(PID_NAMESPACE, pidNamespace.getBytes(StandardCharsets.US_ASCII))) {
                return;
            }
            log.debug(
                    "The file system of {} has no extended attributes, so its marker can't tell our PID namespace",
                    path);
        } catch (IOException e) {
            log.debug("The marker {} can't tell our PID namespace", path, e);
        }
    }

    @Override
    public LockBackend backend() {
        return backend;
    }

    @Override
    public FileIdentity identity() {
        return identity;
    }

    /** When its creation began. */
    Moment begun() {
        return begun;
    }

    /** How the path no longer names our file; null if it does. Certain while the descriptor is open. */
    @Nullable PathLoss lossOfPlace() throws IOException {
        FileStatus there = files.lstat(path);
        return PathLoss.ofFile(path, identity, there == null ? null : there.identity());
    }

    /** As {@link #lossOfPlace}, and whether peers can still read from it whose it is. */
    @Nullable PathLoss loss() throws IOException {
        PathLoss ofPlace = lossOfPlace();
        if (ofPlace != null) {
            return ofPlace;
        }
        try {
            if (isUnchanged()) {
                return null;
            }
        } catch (IOException e) {
            ofPlace = lossOfPlace(); // it may have gone since the first look
            if (ofPlace != null) {
                return ofPlace;
            }
            throw e;
        }
        ofPlace = lossOfPlace(); // what was read may be that of a successor
        return ofPlace != null ? ofPlace : REWRITTEN;
    }

    /** Our own descriptor can only write. */
    private boolean isUnchanged() throws IOException {
        try (Descriptor file = files.open(path, FoundMarker.TO_LOOK, 0)) {
            return Arrays.equals(file.read(Content.MAX_BYTES + 1), content);
        } catch (OsException e) {
            if (e.error() == OsError.ACCESS_DENIED) {
                return marker.status().size() == content.length;
            }
            throw e;
        }
    }

    @Override
    public void ensureValid() throws IOException {
        PathLoss loss = loss();
        if (loss != null) {
            throw loss.exception(path, "the marker");
        }
    }

    /** Renews the time of modification, of our file wherever it is. */
    void touch() throws IOException {
        marker.touch();
    }

    @Override
    public void release() throws IOException {
        remove(true);
    }

    /** Takes back a marker that never became a lock. */
    void withdraw() throws IOException {
        remove(false);
    }

    private synchronized void remove(boolean wasHeld) throws IOException {
        if (!closed) {
            // Where an open file can be removed, it is: while it is open, nobody else's can be taken for it.
            boolean ours = files.hasFlock() ? files.unlinkIf(path, identity) : lossOfPlace() == null;
            gone = !ours || files.hasFlock();
            close();
            if (!ours && wasHeld) {
                log.warn(
                        "The marker {} was removed or replaced while its lock was held; two may have held it at once",
                        path);
            }
        }
        if (!gone) {
            Waits.outDenials(files, () -> files.unlinkIf(path, identity));
            gone = true;
        }
    }

    /** Ends a hold whose marker peers may be taking away, and leaves it to them. */
    synchronized void leave() {
        gone = true;
        if (!closed) {
            close();
        }
    }

    /**
     * Takes the guard that reclaiming processes of ours take, so that none can put its own marker in place between our last look and
     * the removal. False if one has it, or it can't be had.
     */
    boolean guard() {
        try {
            return marker.tryLockExclusive();
        } catch (IOException e) {
            log.debug("The marker {} can't be guarded", path, e);
            return false;
        }
    }

    private void close() {
        closed = true;
        try {
            marker.close();
        } catch (IOException e) {
            log.warn("Closing the marker {} failed; its lock is released all the same", path, e);
        }
    }
}
