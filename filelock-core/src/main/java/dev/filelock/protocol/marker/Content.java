package dev.filelock.protocol.marker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
     * @param pid the number that is all there is of a record of protocol 1; null if there is none
     */
    record Unfinished(@Nullable Integer pid) implements Content {}

    /** This process may not read it. */
    record Unreadable() implements Content {}

    /**
     * Not a marker.
     *
     * @param description what it is, with its article
     */
    record Foreign(String description) implements Content {}

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
        Matcher protocol1 = Known.PID_LINE.matcher(text);
        if (protocol1.matches() && Long.parseLong(protocol1.group(1)) <= Integer.MAX_VALUE) {
            return new Unfinished(Integer.parseInt(protocol1.group(1)));
        }
        Matcher protocol2 = Known.PROTOCOL_2.matcher(text);
        if (text.isEmpty() || (!protocol2.matches() && protocol2.hitEnd())) {
            return new Unfinished(null);
        }
        return new Foreign(
                text.startsWith(Protocol2Record.FIRST_LINE + "\n")
                        ? "a damaged record of a MARKER or LEASE lock"
                        : "a data file");
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

        /** The canonical form, to find out what a text is the beginning of. */
        private static final Pattern PROTOCOL_2 = Pattern.compile(Protocol2Record.FIRST_LINE
                + "\npid=[1-9][0-9]{0,9}\nhost=[!-~]{1,253}\n(?:pidns=[0-9]{1,20}\n)?"
                + "mode=(?:exclusive|lease\ntoken=[0-9a-f]{32}\nduration=[0-9][0-9.e+-]*)\n(?:start=[0-9]+\n)?");

        private Known() {}
    }
}
