package dev.filelock.protocol.marker;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a protocol-1 marker says: who made it.
 *
 * <p>Written in one form only, {@code pid LF host LF [start token LF]}; read with all the latitude of a Python peer, whose
 * {@code strip}, {@code splitlines} and {@code int} decide what two implementations must agree on.
 *
 * @param pid 1 to 2<sup>31</sup> − 1, in the PID namespace of its writer
 * @param host the host field as written, compared verbatim
 * @param start names the incarnation of the process; null if the marker has none
 */
record MarkerRecord(int pid, String host, @Nullable BigInteger start) implements Content {
    private static final BigInteger MAX_PID = BigInteger.valueOf(Integer.MAX_VALUE);

    private static final Pattern LINE_END = Pattern.compile("\r\n|[\n\u000b\f\r\u001c-\u001e\u0085\u2028\u2029]");

    /** White space within a line as Python's {@code int} ignores it; unlike {@code strip} it minds U+001F. */
    private static final String BLANKS = "[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*";

    private static final Pattern INTEGER = Pattern.compile(BLANKS + "([+-]?\\p{Nd}(?:_?\\p{Nd})*)" + BLANKS);

    /** The canonical bytes. */
    byte[] toBytes() {
        String text = pid + "\n" + host + "\n" + (start == null ? "" : start + "\n");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a marker's text; null if it is no record. */
    static @Nullable MarkerRecord parse(String text) {
        String[] lines = LINE_END.split(strip(text), -1);
        if (lines.length < 2 || lines.length > 3) {
            return null;
        }
        BigInteger pid = integer(lines[0]);
        BigInteger start = lines.length == 3 ? integer(lines[2]) : null;
        if (pid == null || pid.signum() <= 0 || pid.compareTo(MAX_PID) > 0 || (lines.length == 3 && start == null)) {
            return null;
        }
        return new MarkerRecord(pid.intValue(), lines[1], start);
    }

    private static @Nullable BigInteger integer(String line) {
        var matcher = INTEGER.matcher(line);
        if (!matcher.matches()) {
            return null;
        }
        StringBuilder digits = new StringBuilder();
        matcher.group(1)
                .codePoints()
                .filter(point -> point != '_' && point != '+')
                .forEach(point -> {
                    if (point == '-') {
                        digits.append('-');
                    } else {
                        digits.append(Character.digit(point, 10));
                    }
                });
        return new BigInteger(digits.toString());
    }

    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    /** White space as Unicode and Python see it; {@link Character#isWhitespace} leaves out the no-break spaces and U+0085. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
