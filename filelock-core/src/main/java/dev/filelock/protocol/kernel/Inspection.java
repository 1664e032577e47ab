package dev.filelock.protocol.kernel;

import dev.filelock.LockProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a file that was locked and is not empty, as lock files of this backend are. It may be another backend's, whose holders
 * a kernel lock does not exclude, or somebody's data.
 */
final class Inspection {
    /** Reads from the start of the file, through the descriptor that locks it. */
    interface Content {
        byte[] read(int limit) throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** Paths are remembered to be warned about once, but not without bound. */
    private static final int MOST_WARNINGS = 1000;

    private static final int LONGEST_RECORD = 1024;
    private static final Pattern SOFT_MARKER = Pattern.compile("\\d{1,10}\\n[^\\n]{1,253}\\n(?:\\d+\\n)?");

    private static final Map<String, String> RECORDS = Map.of(
            "1\nfilelock-strict-v1\0", "the sentinel of a STRICT lock (Python's StrictSoftFileLock)",
            "filelock/2\n", "the record of a MARKER or LEASE lock (Python's MarkerSoftFileLock or SoftFileLease)",
            "SQLite format 3\0", "an SQLite database");

    private final Set<Path> warned = ConcurrentHashMap.newKeySet();

    /** @throws LockProtocolException if it is another backend's record */
    void look(Path path, long size, Content file) throws IOException {
        String content = new String(file.read(LONGEST_RECORD), StandardCharsets.ISO_8859_1);
        RECORDS.forEach((beginning, name) -> {
            if (content.startsWith(beginning)) {
                throw refusal(path, name);
            }
        });
        if (SOFT_MARKER.matcher(content).matches()) {
            throw refusal(path, "the marker of a SOFT lock (Python's SoftFileLock)");
        }
        if (warned.size() < MOST_WARNINGS && warned.add(path)) {
            log.warn(
                    "Lock file {} is not empty but has {} bytes. They are left alone here; Python's FileLock would delete them. Lock a "
                            + "companion of a data file, never the file itself: FileLock.guarding(dataFile)",
                    path,
                    size);
        }
    }

    private static LockProtocolException refusal(Path path, String found) {
        return new LockProtocolException(
                path,
                path + " holds " + found
                        + ", whose holders a kernel lock does not exclude: use the backend of the other "
                        + "processes, or choose another path");
    }
}
