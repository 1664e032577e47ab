package dev.filelock.os;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Waits until one of some descriptors can be read; see poll(2). Used by one thread at a time.
 *
 * <p>What the kernel reads and writes is seen here through buffers: each access by JNA's own means would be a native call more, and they
 * are all made by a thread that has slept, or that others wait for.
 */
final class Readiness {
    private static final short POLLIN = 1;
    private static final int POLLFD = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    private final Memory descriptors;
    private final ByteBuffer entries;
    private final Pointer count;

    /** A {@code struct timespec}: seconds and nanoseconds, each a {@code long} of C. */
    private final Memory timeout = new Memory(2L * NativeLong.SIZE);

    private final ByteBuffer time = timeout.getByteBuffer(0, timeout.size());

    Readiness(int... descriptors) {
        this.descriptors = new Memory((long) POLLFD * descriptors.length);
        this.entries = this.descriptors.getByteBuffer(0, this.descriptors.size());
        this.count = Pointer.createConstant(descriptors.length);
        for (int i = 0; i < descriptors.length; i++) {
            entries.putInt(POLLFD * i, descriptors[i]);
            entries.putShort(POLLFD * i + EVENTS, POLLIN);
            entries.putShort(POLLFD * i + REVENTS, (short) 0);
        }
    }

    /** Waits at most that long; a signal may end it early. */
    void await(long nanos) {
        setWord(0, nanos / 1_000_000_000);
        setWord(NativeLong.SIZE, nanos % 1_000_000_000);
        if (LinuxEvents.ppoll(descriptors, count, timeout, null) <= 0) {
            for (int i = 0; i < entries.capacity(); i += POLLFD) {
                entries.putShort(i + REVENTS, (short) 0); // untouched after an error
            }
        }
    }

    private void setWord(int offset, long value) {
        if (NativeLong.SIZE == Long.BYTES) {
            time.putLong(offset, value);
        } else {
            time.putInt(offset, (int) Math.min(value, Integer.MAX_VALUE));
        }
    }

    /** Lets further waits do without one of them. */
    void ignore(int index) {
        entries.putInt(POLLFD * index, -1);
    }

    /** Whether the last wait found that this descriptor can be read, or that reading it would tell of an error. */
    boolean isReady(int index) {
        return entries.getShort(POLLFD * index + REVENTS) != 0;
    }
}
