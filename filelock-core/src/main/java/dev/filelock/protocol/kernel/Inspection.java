package dev.filelock.protocol.kernel;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsFiles.Descriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at what stands at a lock path before it is locked: a kernel lock belongs on an empty regular file. */
final class Inspection {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final int MAX_WARNINGS = 1000;
    private static final int RECORD_BYTES = 1024;
    private static final Pattern SOFT_MARKER = Pattern.compile("\\A\\d{1,10}\\n[\\x21-\\x7e]{1,253}\\n(\\d+\\n)?\\z");

    private static final Map<String, String> RECORDS = Map.of(
            "1\nfilelock-strict-v1\0", "the sentinel of a strict lock (Python's StrictSoftFileLock)",
            "filelock/2\n", "a marker or lease of protocol 2 (Python's MarkerSoftFileLock or SoftFileLease)",
            "SQLite format 3\0", "an SQLite database");

    private final Set<Path> warned = ConcurrentHashMap.newKeySet();

    /** @throws LockProtocolException if it is not a regular file, or is another backend's record */
    void look(Path path, Descriptor file, FileStatus status) throws IOException {
        if (status.type() != FileStatus.Type.REGULAR) {
            throw new LockProtocolException(
                    path, path + " is not a regular file, so it can't be a lock file; choose another path");
        }
        if (status.size() == 0) {
            return;
        }
        String content = new String(file.read(RECORD_BYTES), StandardCharsets.ISO_8859_1);
        RECORDS.forEach((beginning, name) -> refuseIf(content.startsWith(beginning), path, name));
        refuseIf(
                SOFT_MARKER.matcher(content).matches(),
                path,
                "the marker of a soft lock (backend SOFT, Python's SoftFileLock)");
        if (warned.size() < MAX_WARNINGS && warned.add(path)) {
            log.warn(
                    "Lock file {} is not empty ({} bytes). It is locked but never written; Python's FileLock on the same path would "
                            + "empty it. Lock a companion file instead: FileLock.guarding(...)",
                    path,
                    status.size());
        }
    }

    private static void refuseIf(boolean found, Path path, String name) {
        if (found) {
            throw new LockProtocolException(
                    path,
                    path + " holds " + name
                            + ", which a kernel lock does not exclude; use the same backend as its other users, "
                            + "or another path");
        }
    }
}
