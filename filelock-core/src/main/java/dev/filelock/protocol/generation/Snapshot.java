package dev.filelock.protocol.generation;

import dev.filelock.LockMode;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One generation of the log: who is inside. Immutable.
 *
 * <p>A writer beside readers has entered and waits for those readers to leave; nobody else enters meanwhile.
 *
 * @param generation counts the snapshots; 0 stands for the log before its first one
 * @param writer the token of the one writer, or null
 * @param readers the tokens of the readers, ascending
 */
record Snapshot(long generation, @Nullable String writer, SortedSet<String> readers) {
    static final int MAX_BYTES = 1 << 20;

    /** What the log says before anybody has written to it. */
    static final Snapshot NONE = new Snapshot(0, null, Collections.emptySortedSet());

    /** No log gets so far; what is beyond is refused, so that counting on never overflows. */
    static final long MAX_GENERATION = Long.MAX_VALUE / 2;

    private static final String FIRST_LINE = "filelock-rw/1";
    private static final String GENERATION = "generation=";
    private static final String WRITER = "writer=";
    private static final String READER = "reader=";

    boolean has(String token) {
        return token.equals(writer) || readers.contains(token);
    }

    Set<String> membersOtherThan(String token) {
        Set<String> members = new HashSet<>(readers);
        if (writer != null) {
            members.add(writer);
        }
        members.remove(token);
        return members;
    }

    /** The next generation, without some of the members. */
    Snapshot without(Set<String> tokens) {
        SortedSet<String> left = new TreeSet<>(readers);
        left.removeAll(tokens);
        return next(writer == null || tokens.contains(writer) ? null : writer, left);
    }

    /** The same generation with one member more, who is the writer or one of the readers. */
    Snapshot with(LockMode mode, String token) {
        if (mode == LockMode.WRITE) {
            return new Snapshot(generation, token, readers);
        }
        SortedSet<String> more = new TreeSet<>(readers);
        more.add(token);
        return new Snapshot(generation, writer, more);
    }

    private Snapshot next(@Nullable String nextWriter, SortedSet<String> nextReaders) {
        return new Snapshot(generation + 1, nextWriter, nextReaders);
    }

    byte[] toBytes() {
        StringBuilder text = new StringBuilder(64 + 40 * readers.size());
        text.append(FIRST_LINE).append('\n');
        text.append(GENERATION).append(generation).append('\n');
        if (writer != null) {
            text.append(WRITER).append(writer).append('\n');
        }
        for (String reader : readers) {
            text.append(READER).append(reader).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads what {@link #toBytes} writes, its lines after the first in any order, and nothing else.
     *
     * @param bytes the whole file, or its first {@value #MAX_BYTES} + 1 bytes
     * @throws ParseException with the reason, and the number of the line that is wrong
     */
    static Snapshot parse(byte[] bytes) throws ParseException {
        if (bytes.length > MAX_BYTES) {
            throw new ParseException("it is longer than " + MAX_BYTES + " bytes", 0);
        }
        if (bytes.length == 0 || bytes[bytes.length - 1] != '\n') {
            throw new ParseException("its last line is not complete", 0);
        }
        // every byte that is not ASCII becomes a character that no line may have
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1);
        if (!lines[0].equals(FIRST_LINE)) {
            throw new ParseException("it does not begin with " + FIRST_LINE, 1);
        }
        long generation = -1;
        String writer = null;
        SortedSet<String> readers = new TreeSet<>();
        for (int i = 1; i < lines.length - 1; i++) {
            String line = lines[i];
            if (line.startsWith(GENERATION) && generation < 0) {
                generation = number(line.substring(GENERATION.length()), i + 1);
            } else if (line.startsWith(WRITER) && writer == null) {
                writer = token(line.substring(WRITER.length()), i + 1);
            } else if (!line.startsWith(READER) || !readers.add(token(line.substring(READER.length()), i + 1))) {
                throw new ParseException("a line is unknown or there twice", i + 1);
            }
        }
        if (generation < 0) {
            throw new ParseException("it names no generation", 0);
        }
        return new Snapshot(generation, writer, readers);
    }

    private static long number(String digits, int line) throws ParseException {
        if (!digits.matches("0|[1-9][0-9]{0,19}")) {
            throw new ParseException("its generation is not a number in canonical form", line);
        }
        try {
            long generation = Long.parseLong(digits);
            if (generation <= MAX_GENERATION) {
                return generation;
            }
        } catch (NumberFormatException e) {
            // even longer
        }
        throw new ParseException("its generation is beyond " + MAX_GENERATION, line);
    }

    private static String token(String text, int line) throws ParseException {
        if (!Tokens.isToken(text)) {
            throw new ParseException("a token is not 32 lower-case hexadecimal digits", line);
        }
        return text;
    }
}
