package dev.filelock.os;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/** Waits until one of some descriptors can be read; see poll(2). Used by one thread at a time. */
final class Readiness {
    private static final short POLLIN = 1;
    private static final int POLLFD = 8;
    private static final int REVENTS = 6;

    private final Memory descriptors;
    private final Pointer count;

    /** A {@code struct timespec}: seconds and nanoseconds, each a {@code long} of C. */
    private final Memory timeout = new Memory(2L * NativeLong.SIZE);

    Readiness(int... descriptors) {
        this.descriptors = new Memory((long) POLLFD * descriptors.length);
        this.count = Pointer.createConstant(descriptors.length);
        for (int i = 0; i < descriptors.length; i++) {
            this.descriptors.setInt((long) POLLFD * i, descriptors[i]);
            this.descriptors.setInt((long) POLLFD * i + 4, 0);
            this.descriptors.setShort((long) POLLFD * i + 4, POLLIN);
        }
    }

    /** Waits at most that long; a signal may end it early. */
    void await(long nanos) {
        setWord(0, nanos / 1_000_000_000);
        setWord(NativeLong.SIZE, nanos % 1_000_000_000);
        if (LinuxEvents.ppoll(descriptors, count, timeout, null) <= 0) {
            for (long i = 0; i < descriptors.size(); i += POLLFD) {
                descriptors.setShort(i + REVENTS, (short) 0); // untouched after an error
            }
        }
    }

    private void setWord(long offset, long value) {
        if (NativeLong.SIZE == Long.BYTES) {
            timeout.setLong(offset, value);
        } else {
            timeout.setInt(offset, (int) Math.min(value, Integer.MAX_VALUE));
        }
    }

    /** Lets further waits do without one of them. */
    void ignore(int index) {
        descriptors.setInt((long) POLLFD * index, -1);
    }

    /** Whether the last wait found that this descriptor can be read, or that reading it would tell of an error. */
    boolean isReady(int index) {
        return descriptors.getShort((long) POLLFD * index + REVENTS) != 0;
    }
}
