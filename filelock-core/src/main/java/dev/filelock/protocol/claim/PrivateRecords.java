package dev.filelock.protocol.claim;

import static dev.filelock.os.FileStatus.Type.REGULAR;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Time;
import dev.filelock.protocol.FileNames;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records that are being written, under names that nobody takes for claims, and those that a crash left. The latter are removed by
 * whoever comes across them: once published they have a second name, and else they are old. Who loses one that it was still
 * writing has to begin again, no more.
 */
final class PrivateRecords {
    /** Long enough for any process to get from creating a record to having published it. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final Pattern FORM = Pattern.compile("\\.(.+)\\.private-v1-[0-9a-f]{32}\\.tmp", Pattern.DOTALL);

    private final OsFiles files;
    private final Time time;
    private final Path lock;

    PrivateRecords(OsFiles files, Time time, Path lock) {
        this.files = files;
        this.time = time;
        this.lock = lock;
    }

    /** @param random 32 lower-case hexadecimal digits */
    static Path name(Path publicName, String random) {
        return FileNames.sibling(".", publicName, ".private-v1-" + random + ".tmp");
    }

    /** The public name that a private record is for, or null if it is none. */
    static @Nullable String publicName(String fileName) {
        Matcher matcher = FORM.matcher(fileName);
        return matcher.matches() ? matcher.group(1) : null;
    }

    /** Removes a record that nobody works on any more. */
    void reclaim(Path record) throws IOException {
        try {
            FileStatus status = files.lstat(record);
            if (status == null) {
                return;
            }
            if (status.type() != REGULAR) {
                throw new LockProtocolException(
                        lock,
                        record + " has the name of an unfinished record of the STRICT lock " + lock
                                + " but is no regular file; remove it by hand");
            }
            if (status.links() != 1 || !status.modified().isAfter(time.now().minus(GRACE))) {
                files.unlink(record);
            }
        } catch (OsException e) {
            if (e.error() != OsError.ACCESS_DENIED) {
                throw e;
            }
        }
    }
}
