package dev.filelock.torture;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What one process writes down, a line for each event, in one write each, so that nothing is lost when it is killed. Opened before
 * anything can go wrong. player.py writes the same lines:
 *
 * <pre>
 * E BACKEND THREAD MODE NANOS NUMBER   is in, and saw this number; a fencing token may follow
 * L BACKEND THREAD NANOS NUMBER        is about to leave, and the number is this now
 * X BACKEND THREAD NANOS NUMBER TOLD WHY   the same, but when it asked after that was told, by then, that the lock was lost
 * D BACKEND THREAD NANOS WHAT          made trouble for itself: interrupted, cancelled, dropped ...
 * F BACKEND THREAD NANOS WHY           a call failed
 * </pre>
 *
 * Times are on the system's monotonic clock, which all processes of a host share.
 */
final class Journal implements Closeable {
    private final FileOutputStream out; // not a channel, since an interrupt would close it

    Journal(Path file) throws IOException {
        out = new FileOutputStream(file.toFile(), true);
    }

    void write(char kind, Object... words) {
        StringBuilder line = new StringBuilder().append(kind);
        for (Object word : words) {
            line.append(' ').append(String.valueOf(word).replaceAll("\\R", " "));
        }
        byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        synchronized (this) {
            try {
                out.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
