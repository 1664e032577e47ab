package dev.filelock.os;

/** Device numbers as {@code stat} of the C library tells them. */
final class LinuxDevice {
    private LinuxDevice() {}

    /** {@code makedev(3)} of the two numbers that the kernel tells. */
    static long number(int major, int minor) {
        long high = Integer.toUnsignedLong(major);
        long low = Integer.toUnsignedLong(minor);
        return (high & 0xfffff000L) << 32 | (high & 0xfffL) << 8 | (low & 0xffffff00L) << 12 | low & 0xffL;
    }
}
