package dev.filelock;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of a lock in a registry: trusted text, written by a developer, in which values stand that nobody vouches for.
 *
 * <p>In trusted text {@code /} makes subdirectories and an absolute path stays what it is; {@code .} and {@code ..} are
 * refused. A value is one segment of the path, or a part of one: in it separators, the characters {@code : % < > " | ? *},
 * control characters, the values {@code .} and {@code ..}, final dots and spaces, and the device names of Windows are written
 * as {@code %} and two hexadecimal digits for each byte of UTF-8. The encoding is the same on every system, no value can leave
 * the directory, and no two values give one name. NUL is refused everywhere.
 *
 * <p>The backend's suffix is appended unless trusted text at the end has it already. A segment longer than 180 bytes keeps a
 * readable beginning and ends in {@code %~} and the SHA-256 of the whole segment. Immutable.
 */
public final class LockName {
    /**
     * File systems allow 255 bytes; the protocols put names beside the lock file that are up to 70 bytes longer than its own.
     */
    private static final int MAX_SEGMENT_BYTES = 180;

    /** But not at the beginning, where two mean another host on Windows. */
    private static final Pattern REPEATED_SLASHES = Pattern.compile("(?<=[^/])/{2,}");

    private static final String ALWAYS_ENCODED = ":%<>\"|?*/\\";

    private static final Set<String> WINDOWS_DEVICES = Set.of(
            "con",
            "prn",
            "aux",
            "nul",
            "conin$",
            "conout$",
            "com0",
            "com1",
            "com2",
            "com3",
            "com4",
            "com5",
            "com6",
            "com7",
            "com8",
            "com9",
            "com\u00b9",
            "com\u00b2",
            "com\u00b3",
            "lpt0",
            "lpt1",
            "lpt2",
            "lpt3",
            "lpt4",
            "lpt5",
            "lpt6",
            "lpt7",
            "lpt8",
            "lpt9",
            "lpt\u00b9",
            "lpt\u00b2",
            "lpt\u00b3");

    /** The encoded segments, joined by {@code /}, without {@link #suffix}. */
    private final String stem;

    /** A backend's suffix, where trusted text ends in one; else empty. */
    private final String suffix;

    private LockName(String text, boolean endsInTrustedText) {
        this.suffix = endsInTrustedText ? suffixOf(text) : "";
        this.stem = text.substring(0, text.length() - suffix.length());
    }

    private static String suffixOf(String text) {
        for (LockBackend backend : LockBackend.values()) {
            if (text.endsWith(backend.suffix())) {
                return backend.suffix();
            }
        }
        return "";
    }

    /**
     * A name that nobody vouches for: split at {@code /}, each segment a value.
     *
     * @param name such as {@code report} or {@code ledger/4711}
     * @return the name
     * @throws IllegalArgumentException if a segment is blank, or holds NUL or an unpaired surrogate
     */
    public static LockName of(String name) {
        StringBuilder encoded = new StringBuilder(name.length() + 16);
        int from = 0;
        while (true) {
            int slash = name.indexOf('/', from);
            String segment = slash < 0 ? name.substring(from) : name.substring(from, slash);
            if (segment.isBlank()) {
                throw new IllegalArgumentException(
                        "lock name '" + name + "' has a blank segment; write it like 'report' or 'ledger/4711'");
            }
            encode(segment, encoded);
            if (slash < 0) {
                return new LockName(encoded.toString(), false);
            }
            encoded.append('/');
            from = slash + 1;
        }
    }

    /**
     * Starts a name made of trusted text and values.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The name without a suffix, whatever the backend. Names of one family are one lock, or would be taken for it: {@code x},
     * {@code x.lock} and {@code x.db} in trusted text.
     *
     * @return encoded segments joined by {@code /}
     */
    public String family() {
        return stem;
    }

    /**
     * Tells whether the trusted text is an absolute path, which no directory contains.
     *
     * @return true if {@link #in} ignores its directory
     * @throws IllegalArgumentException if the trusted text is not a path on this system
     */
    public boolean isAbsolute() {
        return path(toString()).isAbsolute();
    }

    /**
     * The lock file of this name.
     *
     * @param directory where relative names go
     * @param backend decides the suffix
     * @return an absolute path, inside the directory unless {@link #isAbsolute()}
     * @throws IllegalArgumentException if the trusted text ends in the suffix of another family, or is not a path on this system
     */
    public Path in(Path directory, LockBackend backend) {
        String wanted = backend.suffix();
        if (backend == LockBackend.SQLITE && suffix.equals(LockBackend.NATIVE.suffix())) {
            throw new IllegalArgumentException("lock path '" + this + "' ends in " + suffix
                    + ", but a read-write lock on " + backend + " needs " + wanted + "; write '" + stem + wanted
                    + "', or leave the suffix out");
        }
        String name = suffix.equals(wanted) ? stem : toString();
        int last = name.lastIndexOf('/') + 1;
        StringBuilder file = new StringBuilder(name.length() + wanted.length());
        for (int from = 0; from < last; ) {
            int slash = name.indexOf('/', from);
            file.append(shorten(name.substring(from, slash), MAX_SEGMENT_BYTES)).append('/');
            from = slash + 1;
        }
        file.append(shorten(name.substring(last), MAX_SEGMENT_BYTES - wanted.length()))
                .append(wanted);
        Path base = directory.toAbsolutePath();
        Path path = base.resolve(path(file.toString()));
        if (!isAbsolute() && !path.normalize().startsWith(base.normalize())) {
            throw new IllegalArgumentException("lock path '" + this + "' leaves the lock directory " + base);
        }
        return path;
    }

    private Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "lock path '" + this + "' is not a path on this system: " + e.getReason()
                            + "; if it is the characters, start the JVM in a UTF-8 locale, such as LC_ALL=C.UTF-8",
                    e);
        }
    }

    /** Two names are equal if they name the same file whatever the directory and the backend. */
    @Override
    public boolean equals(Object other) {
        return other instanceof LockName name && name.stem.equals(stem) && name.suffix.equals(suffix);
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    @Override
    public String toString() {
        return stem + suffix;
    }

    private static void encode(String value, StringBuilder into) {
        ByteBuffer bytes = utf8(value); // also refuses what has no encoding
        int[] points = value.codePoints().toArray();
        int plainEnd = points.length;
        while (plainEnd > 0 && (points[plainEnd - 1] == '.' || points[plainEnd - 1] == ' ')) {
            plainEnd--;
        }
        boolean device = isWindowsDevice(value);
        for (int i = 0; i < points.length; i++) {
            int point = points[i];
            if (point == 0) {
                throw new IllegalArgumentException("lock name '" + value.replace('\0', '\u2400') + "' holds NUL");
            }
            if (i >= plainEnd
                    || (device && i == 0)
                    || Character.getType(point) == Character.CONTROL
                    || ALWAYS_ENCODED.indexOf(point) >= 0) {
                bytes = utf8(Character.toString(point));
                while (bytes.hasRemaining()) {
                    into.append('%').append(HexFormat.of().withUpperCase().toHexDigits(bytes.get()));
                }
            } else {
                into.appendCodePoint(point);
            }
        }
    }

    /** Windows takes {@code con}, {@code CON.txt} and {@code con .txt} alike for the console. */
    private static boolean isWindowsDevice(String value) {
        int dot = value.indexOf('.');
        String base = dot < 0 ? value : value.substring(0, dot);
        return WINDOWS_DEVICES.contains(base.stripTrailing().toLowerCase(Locale.ROOT));
    }

    private static ByteBuffer utf8(String text) {
        try {
            return StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("lock name '" + text + "' has an unpaired surrogate", e);
        }
    }

    private static String shorten(String segment, int limit) {
        byte[] bytes = segment.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= limit) {
            return segment;
        }
        String tail;
        try {
            tail = "%~"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        StringBuilder head = new StringBuilder();
        int room = limit - tail.length();
        for (int i = 0; i < segment.length(); ) {
            int point = segment.codePointAt(i);
            room -= Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
            if (room < 0) {
                break;
            }
            head.appendCodePoint(point);
            i += Character.charCount(point);
        }
        return head + tail;
    }

    /** Puts a {@link LockName} together. Not safe for use by several threads. */
    public static final class Builder {
        private final StringBuilder text = new StringBuilder();
        private boolean endsInTrustedText;

        private Builder() {}

        /**
         * Appends text that a developer wrote.
         *
         * @param trusted may hold {@code /}
         * @return this builder
         */
        public Builder text(String trusted) {
            if (!trusted.isEmpty()) {
                text.append(trusted);
                endsInTrustedText = true;
            }
            return this;
        }

        /**
         * Appends a value, encoded so that it stays within its segment.
         *
         * @param value any text that is not blank
         * @return this builder
         * @throws IllegalArgumentException if it is blank, or holds NUL or an unpaired surrogate
         */
        public Builder value(String value) {
            if (value.isBlank()) {
                throw new IllegalArgumentException(
                        "a blank value can't be part of a lock name ('" + text + "' so far)");
            }
            encode(value, text);
            endsInTrustedText = false;
            return this;
        }

        /**
         * Builds the name.
         *
         * @return the name
         * @throws IllegalArgumentException if it has no last segment, has a segment {@code .} or {@code ..}, or holds NUL
         */
        public LockName build() {
            String name = REPEATED_SLASHES.matcher(text).replaceAll("/");
            if (name.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("lock path '" + name.replace('\0', '\u2400') + "' holds NUL");
            }
            String[] segments = name.split("[/\\\\]", -1);
            if (segments[segments.length - 1].isBlank()) {
                throw new IllegalArgumentException("lock path '" + name + "' names no file");
            }
            for (String segment : segments) {
                if (segment.equals("..") || segment.equals(".")) {
                    throw new IllegalArgumentException(
                            "lock path '" + name + "' has a segment '" + segment + "'; name the lock file without it");
                }
            }
            return new LockName(name, endsInTrustedText);
        }
    }
}
