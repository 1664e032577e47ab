package dev.filelock.os;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/** Turns paths into the bytes that system calls take: exactly the bytes the JDK itself would pass, with a NUL at the end. */
final class UnixPaths {
    /** The encoding of file names, which is not always the default one. */
    private static final Charset ENCODING = encoding();

    private UnixPaths() {}

    private static Charset encoding() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    }

    /** A name that the system told, as the JDK would read it. */
    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, ENCODING);
    }

    static byte[] bytes(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException("'" + path + "' belongs to " + path.getFileSystem() + " of "
                    + path.getFileSystem().provider().getScheme()
                    + ": only files of the default file system can be locked");
        }
        String text = path.toString();
        byte[] bytes = new byte[text.length() + 1];
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return encode(path, text);
            }
            bytes[i] = (byte) c;
        }
        return bytes;
    }

    private static byte[] encode(Path path, String text) {
        if (text.indexOf('\ufffd') < 0) {
            try {
                ByteBuffer encoded = ENCODING.newEncoder().encode(CharBuffer.wrap(text));
                byte[] bytes = new byte[encoded.remaining() + 1];
                encoded.get(bytes, 0, bytes.length - 1);
                return bytes;
            } catch (CharacterCodingException e) {
                return rawBytes(path);
            }
        }
        return rawBytes(path);
    }

    /** A name that is no text in this encoding can't be told from {@link Path#toString}; the URI has its bytes. */
    private static byte[] rawBytes(Path path) {
        URI uri = path.toUri();
        String escaped = uri.getRawPath();
        byte[] bytes = new byte[escaped.length() + 1];
        int length = 0;
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '%') {
                bytes[length++] = (byte) Integer.parseInt(escaped, i + 1, i + 3, 16);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        if (length > 1 && bytes[length - 1] == '/') {
            // The URI of a directory ends in a slash, which would make a system call follow a symbolic link.
            length--;
        }
        return Arrays.copyOf(Arrays.copyOf(bytes, length), length + 1);
    }
}
