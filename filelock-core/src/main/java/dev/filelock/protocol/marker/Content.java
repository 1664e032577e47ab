package dev.filelock.protocol.marker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the bytes at a marker's path are. */
sealed interface Content permits MarkerRecord, Content.Unfinished, Content.Unreadable, Content.Foreign {

    /** No marker is longer. */
    int MAX_BYTES = 1024;

    /**
     * A proper prefix of a marker, as a process leaves that died between creating and writing it.
     *
     * @param pid as far as it was written; null if nothing was
     */
    record Unfinished(@Nullable Integer pid) implements Content {}

    /** This process may not read it. */
    record Unreadable() implements Content {}

    /**
     * Not a marker of this protocol.
     *
     * @param kind what it is, with its article
     * @param pid of the process that it names, or null
     * @param host of the process that it names, or null
     */
    record Foreign(
            String kind, @Nullable Long pid, @Nullable String host) implements Content {
        Foreign(String kind) {
            this(kind, null, null);
        }

        String description() {
            return pid == null || host == null ? kind : kind + " (pid " + pid + " on host " + host + ")";
        }
    }

    /**
     * Recognises what was read.
     *
     * @param bytes the whole file, or its first {@value #MAX_BYTES} + 1 bytes
     */
    static Content of(byte[] bytes) {
        if (Arrays.equals(bytes, Known.STRICT_SENTINEL)) { // comes first: it was made to parse as a record
            return new Foreign("the sentinel of a STRICT lock");
        }
        if (startsWith(bytes, Known.SQLITE_HEADER)) {
            return new Foreign("an SQLite database");
        }
        if (bytes.length > MAX_BYTES) {
            return new Foreign("a data file of more than " + MAX_BYTES + " bytes");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return new Foreign("a data file that is not text");
        }
        MarkerRecord record = MarkerRecord.parse(text);
        if (record != null) {
            return record;
        }
        if (text.isEmpty()) {
            return new Unfinished(null);
        }
        Matcher pid = Known.PID_LINE.matcher(text);
        if (pid.matches() && Long.parseLong(pid.group(1)) <= Integer.MAX_VALUE) {
            return new Unfinished(Integer.parseInt(pid.group(1)));
        }
        return text.startsWith("filelock/2\n") ? protocol2(text) : new Foreign("a data file");
    }

    /** Only names it, for messages: nothing is decided by what such a record says. */
    private static Foreign protocol2(String text) {
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
        return new Foreign(kind, pid.matches("[0-9]{1,10}") ? Long.valueOf(pid) : null, values.get("host"));
    }

    private static boolean startsWith(byte[] bytes, byte[] head) {
        return bytes.length >= head.length && Arrays.equals(bytes, 0, head.length, head, 0, head.length);
    }

    /** Bytes and forms that give other files away. */
    final class Known {
        private static final byte[] STRICT_SENTINEL =
                "1\nfilelock-strict-v1\0\n0\n".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] SQLITE_HEADER = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
        private static final Pattern PID_LINE = Pattern.compile("([1-9][0-9]{0,9})\n?");

        private Known() {}
    }
}
