package dev.filelock.protocol.marker;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries to create the marker, as Python filelock does, told in the order it runs: create the marker, which replaces nothing; if
 * something stands at the path, wait for its owner, or remove it if the {@link Contract} says that it is stale, or refuse it.
 *
 * <p>Two things differ from Python. What is no marker is never deleted, and a stale marker is removed so that no two reclaiming
 * processes of ours hit one another, whereupon the attempt goes on to acquire.
 */
final class MarkerAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger(MarkerAttempt.class);

    private static final int OWNER_WRITE = 0200;

    /** A Python peer that found the same marker stale may rename ours in its place; by then it has. */
    private static final Duration LATE_RENAME = Duration.ofMillis(5);

    private final Path path;
    private final @Nullable Integer permissions;
    private final Contract contract;
    private final Host host;

    private boolean isFirst = true;

    /** Ours, created after a reclamation, but not yet known to have stayed. */
    private @Nullable HeldMarker unconfirmed;

    /** Ours, but no lock, and not taken back yet since that has failed. It names a live process, so nobody else would ever remove it. */
    private @Nullable HeldMarker unwanted;

    /** Why a marker was removed, until that has been told. */
    private @Nullable String reclaimed;

    MarkerAttempt(Path path, @Nullable Integer permissions, Contract contract, Host host) {
        this.path = path;
        this.permissions = permissions;
        this.contract = contract;
        this.host = host;
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        withdrawUnwanted();
        if (unconfirmed != null) {
            return confirm();
        }
        OsFiles files = host.files().get();
        return Waits.outDenials(files, () -> tryOnce(files));
    }

    private @Nullable Grant tryOnce(OsFiles files) throws IOException {
        if (isFirst) { // most locks are free, and creating replaces nothing
            isFirst = false;
            HeldMarker marker = create(files);
            if (marker != null) {
                return hold(marker);
            }
        }
        FileStatus there = files.lstat(path);
        if (there == null) {
            HeldMarker marker = create(files);
            return marker == null ? null : hold(marker);
        }
        refuseIfNoLockFile(files, there);
        FoundMarker found = FoundMarker.read(files, path, there);
        if (found == null) {
            return null; // given back or replaced just now
        }
        String staleBecause = staleness(found);
        if (staleBecause == null) {
            return null;
        }
        Reclamation.Outcome outcome =
                new Reclamation(files, path, found, host.owners().pid()).run();
        if (outcome == Reclamation.Outcome.LEFT) {
            return null;
        }
        log.info("Removed the stale marker {}: {}", path, staleBecause);
        reclaimed = staleBecause;
        if (outcome == Reclamation.Outcome.DONE) {
            unconfirmed = create(files);
        }
        return confirm();
    }

    /** Null if somebody was faster. */
    private @Nullable HeldMarker create(OsFiles files) throws IOException {
        for (boolean hasParent = false; ; hasParent = true) {
            try {
                return createOnce(files);
            } catch (OsException e) {
                if (e.error() == OsError.EXISTS || (e.error() == OsError.ACCESS_DENIED && files.lstat(path) != null)) {
                    return null; // Windows denies access to a file that a peer is just deleting
                }
                if (e.error() != OsError.NOT_FOUND || hasParent) {
                    throw withAdvice(e);
                }
                createParent();
            }
        }
    }

    private HeldMarker createOnce(OsFiles files) throws IOException {
        MarkerRecord record = contract.record(host.owners().self());
        HeldMarker marker = HeldMarker.create(files, path, contract.backend(), permissions, record, host.time());
        try {
            marker.complete(permissions, record, host.time());
            return marker;
        } catch (IOException | RuntimeException | Error failure) {
            takeBack(marker, failure);
            throw failure;
        }
    }

    private OsException withAdvice(OsException e) {
        if (e.error() != OsError.ACCESS_DENIED) {
            return e;
        }
        OsException advised = new OsException(
                e.error(),
                e.getMessage() + "; let this user write the directory " + path.getParent()
                        + ", or choose another one for lock files");
        advised.initCause(e);
        return advised;
    }

    private void createParent() {
        Path parent = path.getParent();
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw new FileLockException(
                    path, "the directory " + parent + " of the lock file " + path + " can't be created: " + e, e);
        }
    }

    private @Nullable Grant confirm() throws IOException {
        HeldMarker marker = unconfirmed;
        if (marker == null) {
            return null;
        }
        host.time().pause(LATE_RENAME);
        if (marker.lossOfPlace() != null) {
            abandon();
            return null;
        }
        unconfirmed = null;
        return hold(marker);
    }

    private @Nullable Grant hold(HeldMarker marker) throws IOException {
        try {
            return contract.hold(marker);
        } catch (IOException | RuntimeException | Error failure) {
            takeBack(marker, failure);
            throw failure;
        }
    }

    /** Nobody else will do it. */
    private void takeBack(HeldMarker marker, Throwable because) {
        unwanted = marker;
        try {
            withdrawUnwanted();
        } catch (IOException | RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    private void withdrawUnwanted() throws IOException {
        if (unwanted != null) {
            unwanted.withdraw();
            unwanted = null;
        }
    }

    /** What no waiting turns into a lock file. */
    private void refuseIfNoLockFile(OsFiles files, FileStatus there) throws IOException {
        String problem = switch (there.type()) {
            case REGULAR -> null;
            case DIRECTORY -> "is a directory; name a file, in it or beside it";
            case SYMBOLIC_LINK -> "is a symbolic link, which is never followed; lock what it points to, or remove it";
            case OTHER -> "is a FIFO, a socket or a device, which can't be a lock file; choose another path";
        };
        if (there.type() == FileStatus.Type.REGULAR && (there.permissions() & OWNER_WRITE) == 0 && isReadOnly(files)) {
            problem = String.format(
                    "is read-only (mode %04o, user %d), which no lock file is; choose another path, or make it writable",
                    there.permissions(), there.owner());
        }
        if (problem != null) {
            throw new LockProtocolException(path, path + " " + problem);
        }
    }

    /** False if it was given back meanwhile. */
    private boolean isReadOnly(OsFiles files) throws IOException {
        try {
            return !files.writable(path) && files.lstat(path) != null;
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** Why the marker may be removed; null if it has to be waited for. */
    private @Nullable String staleness(FoundMarker found) {
        Content content = found.content();
        if (content instanceof MarkerRecord record) {
            return found.isComplete() || found.isSettled(host.time()) ? contract.staleness(record, found) : null;
        }
        if (content instanceof Content.Unreadable || !found.isSettled(host.time())) {
            return null;
        }
        if (content instanceof Content.Unfinished unfinished) {
            if (unfinished.pid() == null || !host.owners().isAlive(unfinished.pid())) {
                return "its writer ended before it was complete";
            }
            throw Refusal.of(
                    path,
                    contract.backend(),
                    "only the number of the live process " + unfinished.pid() + ", as a pid file does");
        }
        throw Refusal.of(path, contract.backend(), ((Content.Foreign) content).description());
    }

    @Override
    public @Nullable String takeReclaimed() {
        String told = reclaimed;
        reclaimed = null;
        return told;
    }

    @Override
    public Set<Watch> watches() {
        return Set.of(new Watch(path, Watch.Kind.FILE));
    }

    @Override
    public void abandon() throws IOException {
        if (unconfirmed != null) {
            unwanted = unconfirmed;
            unconfirmed = null;
        }
        withdrawUnwanted();
    }
}
