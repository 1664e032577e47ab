package dev.filelock.protocol.claim;

import static dev.filelock.os.FileStatus.Type.DIRECTORY;
import static dev.filelock.os.FileStatus.Type.REGULAR;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.Time;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lock file itself. It never changes and is never removed: to every lock that is the existence of this file it looks like the
 * marker of somebody who never leaves.
 */
final class Sentinel {
    private static final byte[] BYTES = "1\nfilelock-strict-v1\0\n0\n".getBytes(StandardCharsets.US_ASCII);

    /** Long enough for any peer to get from creating its file to having written it. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final OsFiles files;
    private final Time time;
    private final Path directory;
    private final Path path;

    Sentinel(OsFiles files, Time time, Layout layout) {
        this.files = files;
        this.time = time;
        this.directory = layout.directory();
        this.path = layout.lock();
    }

    /** The sentinel, open. */
    record Opened(Descriptor file, FileIdentity identity) {
        boolean isUnchanged() throws IOException {
            return Arrays.equals(file.read(BYTES.length + 1), BYTES);
        }
    }

    /**
     * Opens the sentinel, which is made if nothing is there.
     *
     * @return null if the path is another lock's for now
     * @throws LockProtocolException if it stays somebody else's however long one waits
     */
    @Nullable Opened open(Publication publication) throws IOException {
        Opened there = openIfThere();
        if (there == null && files.lstat(path) == null) {
            reclaimPrivateRecords();
            publication.publish(path, BYTES, null);
            there = openIfThere();
        }
        return there;
    }

    /** Null if nothing is there, or something else. */
    private @Nullable Opened openIfThere() throws IOException {
        Descriptor file;
        try {
            file = files.open(path, Scan.TO_LOOK, 0);
        } catch (OsException e) {
            return switch (e.error()) {
                case NOT_FOUND, STALE -> null;
                case SYMBOLIC_LINK ->
                    throw refusal("is a symbolic link, which is never followed; lock what it points to, or remove it");
                case NO_DEVICE -> throw refusal("is a socket or a device; choose another path");
                case ACCESS_DENIED -> {
                    if (!files.hasFlock()) {
                        yield null; // Windows denies access to a file that a peer is just deleting
                    }
                    throw refusal("can't be read by this process (" + e.getMessage()
                            + "); let all who lock it read it, by filePermissions or the umask");
                }
                default -> throw e;
            };
        }
        Opened opened = null;
        try {
            FileStatus status = file.status();
            if (status.type() == REGULAR && new Opened(file, status.identity()).isUnchanged()) {
                opened = new Opened(file, status.identity());
            } else {
                refuseIfForGood(file, status);
            }
            return opened;
        } finally {
            if (opened == null) {
                file.close();
            }
        }
    }

    private void refuseIfForGood(Descriptor file, FileStatus status) throws IOException {
        if (status.type() == DIRECTORY) {
            throw refusal("is a directory; name a file, in it or beside it");
        } else if (status.type() != REGULAR) {
            throw refusal("is a FIFO or a device; choose another path");
        }
        OtherRecord found = OtherRecord.of(file.read(OtherRecord.ENOUGH));
        if (!found.isMarker() && !status.modified().isAfter(time.now().minus(GRACE))) {
            throw refusal("holds " + found.kind() + ", not the sentinel of a STRICT lock, and was left as it is."
                    + " Choose another path (for data.txt a companion such as data.txt.lock), use one backend for all who"
                    + " lock it, or remove it by hand once nobody needs it");
        }
    }

    private LockProtocolException refusal(String problem) {
        return new LockProtocolException(path, path + " " + problem);
    }

    private void reclaimPrivateRecords() throws IOException {
        PrivateRecords records = new PrivateRecords(files, time, path);
        for (String name : files.list(directory)) {
            if (path.getFileName().toString().equals(PrivateRecords.publicName(name))) {
                records.reclaim(path.resolveSibling(name));
            }
        }
    }

    /** What other lock the path belongs to; null if it is the sentinel, or nothing is there, or it can't be told. */
    @Nullable Other other() throws IOException {
        FileStatus seen = files.lstat(path);
        if (seen == null || seen.type() != REGULAR) {
            return null;
        }
        try (Descriptor file = files.open(path, Scan.TO_LOOK, 0)) {
            byte[] bytes = file.read(OtherRecord.ENOUGH);
            return Arrays.equals(bytes, BYTES) ? null : new Other(file.status(), OtherRecord.of(bytes));
        }
    }

    /** A file that stands where the sentinel goes. */
    record Other(FileStatus status, OtherRecord record) {}
}
