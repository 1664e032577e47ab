package dev.filelock.protocol.claim;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands where the sentinel goes, to name it: nothing is ever taken from anybody because of it.
 *
 * @param kind what it is, with its article
 * @param isMarker whether its owner removes it when it is done
 * @param pid of the process that it names, or null
 * @param host of the process that it names, or null
 */
record OtherRecord(
        String kind,
        boolean isMarker,
        @Nullable Long pid,
        @Nullable String host) {

    /** As many bytes as it takes to tell; no marker is longer than 1024. */
    static final int ENOUGH = 1025;

    private static final byte[] SQLITE_HEADER = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern SOFT = Pattern.compile("\\s*([1-9][0-9]{0,9})\\s*\\R(\\P{Cntrl}*)\\R(?:[0-9]+\\s*)?");
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");

    static OtherRecord of(byte[] bytes) {
        if (bytes.length == 0) {
            return other("an empty file, as a NATIVE lock leaves it");
        } else if (bytes.length >= SQLITE_HEADER.length
                && Arrays.equals(bytes, 0, SQLITE_HEADER.length, SQLITE_HEADER, 0, SQLITE_HEADER.length)) {
            return other("an SQLite database");
        } else if (bytes.length == ENOUGH) {
            return other("a data file of more than " + (ENOUGH - 1) + " bytes");
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.startsWith("filelock/2\n")) {
            return protocol2(text);
        }
        Matcher soft = SOFT.matcher(text);
        return soft.matches()
                ? new OtherRecord("the marker of a SOFT lock", true, Long.valueOf(soft.group(1)), soft.group(2))
                : other("a data file");
    }

    private static OtherRecord other(String kind) {
        return new OtherRecord(kind, false, null, null);
    }

    private static OtherRecord protocol2(String text) {
        Map<String, String> values = new HashMap<>();
        text.lines().filter(line -> line.indexOf('=') > 0).forEach(line -> {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        });
        String kind = switch (values.getOrDefault("mode", "")) {
            case "lease" -> "the record of a LEASE lock";
            case "exclusive" -> "the record of a MARKER lock";
            default -> "a protocol-2 record of unknown mode";
        };
        String pid = values.getOrDefault("pid", "");
        return new OtherRecord(kind, true, PID.matcher(pid).matches() ? Long.valueOf(pid) : null, values.get("host"));
    }
}
