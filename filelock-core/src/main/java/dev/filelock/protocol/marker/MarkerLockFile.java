package dev.filelock.protocol.marker;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockClaim.Liveness;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.FileModes;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lock that is the existence of a marker. */
final class MarkerLockFile implements LockFile {
    private static final Logger log = LoggerFactory.getLogger(MarkerLockFile.class);

    private final Path path;
    private final @Nullable Integer permissions;
    private final Contract contract;
    private final Host host;
    private final Holders holders;

    MarkerLockFile(Path path, LockOptions options, Contract contract, Host host) {
        this.path = path;
        this.permissions = options.filePermissions().map(FileModes::bits).orElse(null);
        this.contract = contract;
        this.host = host;
        this.holders = new Holders(path, contract.backend(), host);
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new MarkerAttempt(path, permissions, contract, host);
    }

    @Override
    public List<LockHolder> holders() {
        try {
            FoundMarker found = find();
            if (found != null && found.content() instanceof Content.Foreign foreign) {
                return List.of(LockHolder.unknown(foreign.description() + " stands in the place of its marker"));
            }
            LockHolder holder = found == null ? null : holders.of(found);
            return holder == null ? List.of() : List.of(holder);
        } catch (IOException e) {
            return List.of(LockHolder.unknown("its marker can't be read: " + e.getMessage()));
        }
    }

    /** What stands in the marker's place, if it is a regular file. */
    private @Nullable FoundMarker find() throws IOException {
        OsFiles files = host.files().get();
        FileStatus there = files.lstat(path);
        return there != null && there.type() == FileStatus.Type.REGULAR ? FoundMarker.read(files, path, there) : null;
    }

    /** The one marker there is; what is none is not ours to show or to remove. */
    @Override
    public List<LockClaim> claims() throws IOException {
        return claims(find());
    }

    /** An empty file may be a NATIVE lock's, and a marker that is not whole may be anything. */
    @Override
    public List<LockClaim> leftovers() throws IOException {
        FoundMarker found = find();
        boolean isOurs = found != null
                && found.isComplete()
                && found.content() instanceof MarkerRecord record
                && record.kind().backend() == contract.backend();
        return isOurs
                ? claims(found).stream()
                        .filter(claim -> claim.liveness() != Liveness.ALIVE)
                        .toList()
                : List.of();
    }

    private List<LockClaim> claims(@Nullable FoundMarker found) {
        LockHolder holder = found == null ? null : holders.of(found);
        if (found == null || holder == null) {
            return List.of();
        }
        LockClaim.Kind kind =
                found.content() instanceof Content.Unreadable ? LockClaim.Kind.UNKNOWN : LockClaim.Kind.MARKER;
        return List.of(new LockClaim(path, found.id(), kind, holder, liveness(found)));
    }

    /** A record that is still being written may end in half a start token or host, so it never proves a death. */
    private Liveness liveness(FoundMarker found) {
        if (!(found.content() instanceof MarkerRecord record)) {
            return Liveness.UNKNOWN;
        } else if (found.isComplete()) {
            return host.owners().liveness(record.owner());
        }
        return host.owners().liveness(record.owner().withoutStart()) == Liveness.ALIVE
                ? Liveness.ALIVE
                : Liveness.UNKNOWN;
    }

    @Override
    public boolean forceBreak(LockClaim claim) throws IOException {
        if (!claim.file().equals(path)) {
            throw new IllegalArgumentException(claim.file() + " is no record of the lock " + path);
        }
        FoundMarker found = find();
        if (found == null || !found.id().equals(claim.id())) {
            return false;
        }
        if (liveness(found) == Liveness.ALIVE) {
            throw new FileLockException(
                    path,
                    path + " was not removed, because "
                            + claim.owner().describe(host.time().now()) + " still lives; end that process first");
        }
        Reclamation.Outcome outcome =
                new Reclamation(host.files().get(), path, found, host.owners().pid()).run();
        if (outcome != Reclamation.Outcome.LEFT) {
            log.warn(
                    "Removed the marker {} on request: {}",
                    path,
                    claim.describe(host.time().now()));
            return true;
        }
        FoundMarker left = find();
        if (left != null && left.id().equals(claim.id())) {
            throw new IOException(
                    "another process is using it just now, or this process may not remove files from its directory");
        }
        return false;
    }
}
