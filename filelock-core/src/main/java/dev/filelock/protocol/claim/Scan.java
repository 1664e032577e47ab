package dev.filelock.protocol.claim;

import static dev.filelock.os.FileStatus.Type.REGULAR;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.os.Time;
import dev.filelock.protocol.claim.ClaimRecord.Malformed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The look at all claims. It fails closed: what can't be read as a claim blocks everybody until an operator has seen it.
 */
final class Scan {
    static final Set<Open> TO_LOOK = Set.of(Open.READ, Open.NON_BLOCKING);

    /** How long a network file system may need to agree with itself. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Duration PAUSE = Duration.ofMillis(2);

    private final OsFiles files;
    private final Time time;
    private final Layout layout;
    private final PrivateRecords privateRecords;

    Scan(OsFiles files, Time time, Layout layout) {
        this.files = files;
        this.time = time;
        this.layout = layout;
        this.privateRecords = new PrivateRecords(files, time, layout.lock());
    }

    /** A claim that was read. */
    record Found(FileStatus status, ClaimRecord record) {}

    /**
     * Lists the claims, and reads all but our own.
     *
     * @param ours need not be read, since nobody else writes them; but they have to be listed
     * @throws LockProtocolException for whatever is no claim or can't be read as one, and if ours are there but not listed
     */
    Claims look(OwnClaims ours) throws IOException {
        TreeMap<String, ClaimName> claims = new TreeMap<>();
        for (String name : files.list(layout.claims())) {
            if (name.startsWith(".")) {
                reclaimIfPrivate(name);
                continue;
            }
            ClaimName claim = ClaimName.parse(name);
            if (claim == null) {
                throw refusal(name, "it is no claim, or one of a newer version", null);
            }
            if (claim.token().equals(ours.token()) || isStillThere(claim)) {
                claims.put(name, claim);
            }
        }
        for (ClaimName each : ours.published()) {
            if (!claims.containsKey(each.fileName()) && ours.isOurs(each)) {
                throw unlisted(each);
            }
        }
        return new Claims(List.copyOf(claims.values()));
    }

    private LockProtocolException unlisted(ClaimName ours) {
        return new LockProtocolException(
                layout.lock(),
                "the STRICT lock " + layout.lock() + " can't be kept on its file system, which does not list "
                        + layout.claim(ours)
                        + " although it is there: where listings are out of date, two could have the"
                        + " lock at once. Mount it without caching of directories, or choose another file system");
    }

    private void reclaimIfPrivate(String name) throws IOException {
        String publicName = PrivateRecords.publicName(name);
        if (publicName != null && ClaimName.parse(publicName) != null) {
            privateRecords.reclaim(layout.claims().resolve(name));
        }
    }

    private boolean isStillThere(ClaimName claim) throws IOException {
        try {
            return read(claim) != null;
        } catch (Malformed e) {
            throw refusal(claim.fileName(), e.reason(), e);
        }
    }

    /**
     * Reads one claim, and waits a little for a file system that denies or has lost track of it.
     *
     * @return null if its owner has left
     * @throws Malformed if it is no claim, or can't be read by this process
     */
    @Nullable Found read(ClaimName claim) throws IOException, Malformed {
        Long deadline = null;
        while (true) {
            try {
                return readOnce(claim);
            } catch (OsException e) {
                if (e.error() == OsError.NOT_FOUND) {
                    return null;
                } else if (e.error() != OsError.ACCESS_DENIED && e.error() != OsError.STALE) {
                    throw new Malformed("it can't be read: " + e.getMessage());
                }
                deadline = deadline == null ? time.nanos() + PATIENCE.toNanos() : deadline;
                if (time.nanos() - deadline >= 0) {
                    if (e.error() == OsError.STALE
                            || !files.list(layout.claims()).contains(claim.fileName())) {
                        return null;
                    }
                    throw new Malformed("this process may not read it: " + e.getMessage()
                            + "; let all who lock there read each other's files, by filePermissions or the umask");
                }
            }
            time.pause(PAUSE);
        }
    }

    private @Nullable Found readOnce(ClaimName claim) throws IOException, Malformed {
        Path path = layout.claim(claim);
        FileStatus seen = files.lstat(path);
        if (seen == null) {
            return null;
        }
        requireRegular(seen);
        try (Descriptor file = files.open(path, TO_LOOK, 0)) {
            FileStatus opened = file.status();
            requireRegular(opened);
            if (!opened.identity().equals(seen.identity())) {
                throw new Malformed("it was replaced while it was read");
            }
            return new Found(opened, ClaimRecord.parse(file.read(ClaimRecord.MAX_BYTES + 1), claim.token()));
        }
    }

    private static void requireRegular(FileStatus status) throws Malformed {
        if (status.type() != REGULAR) {
            throw new Malformed("it is no regular file");
        }
    }

    private LockProtocolException refusal(String name, String reason, @Nullable Throwable cause) {
        return new LockProtocolException(
                layout.lock(),
                "nobody can have the STRICT lock " + layout.lock() + " as long as "
                        + layout.claims().resolve(name)
                        + " is there: " + reason + ". Find out whose it is; lock.claims() shows it and"
                        + " lock.forceBreak(claim) removes it, once nobody needs it",
                cause);
    }
}
