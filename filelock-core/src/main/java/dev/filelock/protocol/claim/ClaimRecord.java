package dev.filelock.protocol.claim;

import dev.filelock.os.RecordedProcess;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a claim says: five lines, of which every byte is prescribed.
 *
 * @param token the one in the file name
 * @param pid 1 to 2<sup>31</sup> − 1
 * @param host the host field
 * @param start names the incarnation of the process; null if the record has none
 */
record ClaimRecord(
        String token, int pid, String host, @Nullable BigInteger start) {
    /** No claim is longer. */
    static final int MAX_BYTES = 1024;

    private static final String VERSION = "filelock-strict-v1";
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");
    private static final Pattern HOST = Pattern.compile("(?:[0-9a-f]{2})*");
    private static final Pattern START = Pattern.compile("(?:0|[1-9][0-9]*)?");

    static ClaimRecord of(String token, RecordedProcess owner) {
        return new ClaimRecord(token, Math.toIntExact(owner.pid()), owner.host(), owner.start());
    }

    byte[] toBytes() {
        String text = VERSION
                + '\n'
                + token
                + '\n'
                + pid
                + '\n'
                + HexFormat.of().formatHex(host.getBytes(StandardCharsets.UTF_8))
                + '\n'
                + (start == null ? "" : start)
                + '\n';
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads a record.
     *
     * @param bytes the whole file, or its first {@value #MAX_BYTES} + 1 bytes
     * @param token the one in the file name
     * @throws Malformed for the least deviation
     */
    static ClaimRecord parse(byte[] bytes, String token) throws Malformed {
        if (bytes.length > MAX_BYTES) {
            throw new Malformed("it has more than " + MAX_BYTES + " bytes");
        }
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1);
        if (lines.length != 6 || !lines[5].isEmpty()) {
            throw new Malformed("it has not five lines");
        }
        require(lines[0].equals(VERSION), "line 1 is not " + VERSION);
        require(lines[1].equals(token), "line 2 is not the token in its name");
        require(
                PID.matcher(lines[2]).matches() && Long.parseLong(lines[2]) <= Integer.MAX_VALUE,
                "line 3 is not a process id");
        require(HOST.matcher(lines[3]).matches(), "line 4 is not lower-case hexadecimal");
        require(START.matcher(lines[4]).matches(), "line 5 is not a number");
        return new ClaimRecord(
                token,
                Integer.parseInt(lines[2]),
                host(HexFormat.of().parseHex(lines[3])),
                lines[4].isEmpty() ? null : new BigInteger(lines[4]));
    }

    private static void require(boolean condition, String otherwise) throws Malformed {
        if (!condition) {
            throw new Malformed(otherwise);
        }
    }

    private static String host(byte[] bytes) throws Malformed {
        String host;
        try {
            host = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Malformed("line 4 is no text");
        }
        require(host.codePoints().allMatch(ClaimRecord::isVisible), "line 4 has a character that no host name has");
        return host;
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    RecordedProcess owner(@Nullable String pidNamespace) {
        return new RecordedProcess(pid, host, start, pidNamespace);
    }

    /** A file in the claims directory is not what its name says. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String reason) {
            super(reason);
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }
}
