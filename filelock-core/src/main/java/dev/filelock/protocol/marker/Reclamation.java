package dev.filelock.protocol.marker;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.os.OsFiles.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one stale marker away. As Python peers do: renames it to a private name, looks at what came along, and only then deletes
 * it. Beyond that, under {@code flock} of the marker's own inode: so of several Java processes that found the same marker stale,
 * one acts, and the others can't rename the marker of its successor. A file that somebody else has locked with {@code flock}, an
 * empty one of a NATIVE lock for example, is left alone.
 */
final class Reclamation {

    /** How it went. */
    enum Outcome {
        /** The path was left as it is, this time. */
        LEFT,
        /** The stale marker is gone. */
        DONE,
        /** The stale marker is gone, but without kernel locks here, another process may be about to rename what stands there next. */
        DONE_UNGUARDED
    }

    private static final Logger log = LoggerFactory.getLogger(Reclamation.class);

    /** NFS makes a byte-range lock of flock, and wants a descriptor that can write for an exclusive one. */
    private static final Set<Open> TO_LOCK_ON_NFS = Set.of(Open.READ, Open.WRITE, Open.NON_BLOCKING);

    private static final int MOST_BYTES_OF_A_NAME = 255;

    private final OsFiles files;
    private final Path path;
    private final FoundMarker stale;
    private final String privateName;

    /** A reclamation by the process of the given id, to be run once. */
    Reclamation(OsFiles files, Path path, FoundMarker stale, long ownPid) {
        this.files = files;
        this.path = path;
        this.stale = stale;
        this.privateName = privateName(path.getFileName().toString(), ownPid);
    }

    /** Begins with the name of the marker, or as much of it as fits. */
    private static String privateName(String marker, long ownPid) {
        String end = ".break." + ownPid + "." + RandomToken.next();
        int most = MOST_BYTES_OF_A_NAME - end.length();
        String begin = marker;
        while (begin.getBytes(StandardCharsets.UTF_8).length > most) {
            begin = begin.substring(0, begin.offsetByCodePoints(begin.length(), -1));
        }
        return begin + end;
    }

    Outcome run() throws IOException {
        try (Place place = files.place(path)) {
            return run(place.path(), FoundMarker.TO_LOOK);
        }
    }

    private Outcome run(Path there, Set<Open> how) throws IOException {
        try (Descriptor file = files.open(there, how, 0)) { // open throughout: the inode can't become another file's
            boolean guarded;
            try {
                if (!file.tryLockExclusive()) {
                    return Outcome.LEFT;
                }
                guarded = true;
            } catch (OsException e) {
                if (e.error() == OsError.OTHER && how == FoundMarker.TO_LOOK) {
                    return run(there, TO_LOCK_ON_NFS);
                }
                if (!hasNoLocks(e.error())) {
                    throw e;
                }
                guarded = false;
            }
            if (!stale.isStill(file) || !stale.isAt(files.lstat(there))) {
                return Outcome.LEFT;
            }
            Path privatePath = there.resolveSibling(privateName);
            files.rename(there, privatePath);
            if (!stale.isAt(files.lstat(privatePath))) {
                log.warn(
                        "While a stale marker was removed, another process put its own at {}, or refreshed it; it is at {} now and"
                                + " was left there, but its owner has lost the lock",
                        path,
                        path.resolveSibling(privateName));
                return Outcome.LEFT;
            }
            delete(privatePath);
            return guarded ? Outcome.DONE : Outcome.DONE_UNGUARDED;
        } catch (OsException e) {
            return switch (e.error()) {
                case NOT_FOUND, STALE, SYMBOLIC_LINK, NO_DEVICE -> Outcome.LEFT; // somebody was faster
                case ACCESS_DENIED -> {
                    log.debug("The stale marker {} can't be removed by this process", path, e);
                    yield Outcome.LEFT;
                }
                default -> throw e;
            };
        }
    }

    private void delete(Path privatePath) {
        try {
            files.unlink(privatePath);
        } catch (IOException e) {
            log.warn(
                    "{} can't be removed; it is the rest of a stale marker and nobody needs it",
                    path.resolveSibling(privateName),
                    e);
        }
    }

    private static boolean hasNoLocks(OsError error) {
        return error == OsError.NOT_SUPPORTED || error == OsError.NOT_IMPLEMENTED || error == OsError.NO_LOCKS;
    }
}
