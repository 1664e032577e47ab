package dev.filelock.torture;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a lock protects: a number that each writer adds one to. It is kept in two slots in turn, written in two halves with a pause
 * between, so that a writer who is killed loses no number but its own, and two writers at once tear one or lose one. A slot is
 * the number and its writer's mark, and both again, inverted. player.py does the same.
 */
final class SharedNumber implements Closeable {
    /** No slot is whole. */
    static final long TORN = -1;

    private static final int HALF = 16;
    private static final int SLOT = 2 * HALF;

    private final RandomAccessFile file; // of no channel, since an interrupt would close that

    SharedNumber(Path path) throws IOException {
        file = new RandomAccessFile(path.toFile(), "rw");
    }

    static void create(Path path) throws IOException {
        Files.write(path, new byte[2 * SLOT]);
        try (SharedNumber number = new SharedNumber(path)) {
            number.write(0);
        }
    }

    long read() throws IOException {
        byte[] bytes = new byte[2 * SLOT];
        file.seek(0);
        file.readFully(bytes);
        ByteBuffer slots = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return Math.max(slot(slots, 0), slot(slots, SLOT));
    }

    private static long slot(ByteBuffer slots, int at) {
        long number = slots.getLong(at);
        long mark = slots.getLong(at + 8);
        return slots.getLong(at + HALF) == ~number && slots.getLong(at + HALF + 8) == ~mark ? number : TORN;
    }

    void write(long number) throws IOException {
        long mark = ThreadLocalRandom.current().nextLong();
        long at = number % 2 * SLOT;
        writeHalf(at, number, mark);
        Thread.yield();
        writeHalf(at + HALF, ~number, ~mark);
    }

    private void writeHalf(long at, long number, long mark) throws IOException {
        file.seek(at);
        file.write(ByteBuffer.allocate(HALF)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .putLong(mark)
                .array());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
