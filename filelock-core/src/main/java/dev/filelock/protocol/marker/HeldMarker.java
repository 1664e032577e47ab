package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

    private static final Set<Open> NEW_FILE = Set.of(Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
    private static final int UMASK_DECIDES = 0666;

    private final OsFiles files;
    private final Path path;
    private final Descriptor marker;
    private final FileIdentity identity;
    private boolean closed;
    private boolean gone;

    private HeldMarker(OsFiles files, Path path, Descriptor marker, FileIdentity identity) {
        this.files = files;
        this.path = path;
        this.marker = marker;
        this.identity = identity;
    }

    /**
     * Creates the marker, complete, or leaves nothing.
     *
     * @param permissions the exact ones, or null if the umask decides
     * @param pidNamespace what to record, or null
     * @throws OsException with {@link OsError#EXISTS} if the path names anything
     */
    static HeldMarker create(
            OsFiles files, Path path, @Nullable Integer permissions, MarkerRecord owner, @Nullable Long pidNamespace)
            throws IOException {
        Descriptor marker = files.open(path, NEW_FILE, permissions == null ? UMASK_DECIDES : permissions);
        HeldMarker held = null;
        try {
            held = new HeldMarker(files, path, marker, marker.status().identity());
            if (permissions != null) {
                marker.changePermissions(permissions);
            }
            if (pidNamespace != null) {
                held.recordPidNamespace(pidNamespace);
            }
            marker.write(owner.toBytes());
            return held;
        } catch (IOException | RuntimeException failure) {
            try {
                if (held == null) { // without its identity it can't be told from a successor, so it stays, and heals as
                    // unfinished
                    marker.close();
                } else {
                    held.withdraw();
                }
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
            throw failure;
        }
    }

    /** Comes before the content: nobody may judge our process id without it. */
    private void recordPidNamespace(long pidNamespace) {
        try {
            if (marker.setAttribute(PID_NAMESPACE, Long.toString(pidNamespace).getBytes(StandardCharsets.US_ASCII))) {
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
        return LockBackend.SOFT;
    }

    @Override
    public FileIdentity identity() {
        return identity;
    }

    /** Whether the path still names our file. Certain while the descriptor is open. */
    boolean isInPlace() throws IOException {
        return isOurs(files.lstat(path));
    }

    private boolean isOurs(@Nullable FileStatus there) {
        return there != null && there.identity().equals(identity);
    }

    @Override
    public void ensureValid() throws IOException {
        FileStatus there = files.lstat(path);
        if (!isOurs(there)) {
            throw new LockLostException(
                    path,
                    there == null ? Reason.MARKER_MISSING : Reason.OWNER_CHANGED,
                    "lock on " + path
                            + " was lost: somebody removed or replaced its marker while it was held, so another"
                            + " process may hold the lock too");
        }
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
            boolean inPlace = isInPlace();
            close();
            closed = true;
            gone = !inPlace;
            if (gone && wasHeld) {
                log.warn(
                        "The marker {} was removed or replaced while its lock was held; two may have held it at once",
                        path);
            }
        }
        if (!gone) {
            Waits.outDenials(files, () -> isInPlace() && files.unlink(path));
            gone = true;
        }
    }

    private void close() {
        try {
            marker.close();
        } catch (IOException e) {
            log.warn("Closing the marker {} failed; its lock is released all the same", path, e);
        }
    }
}
