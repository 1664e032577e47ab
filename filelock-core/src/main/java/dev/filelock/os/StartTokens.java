package dev.filelock.os;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Start tokens as Python's filelock computes them, bit for bit; they are compared for equality only. */
final class StartTokens {
    private StartTokens() {}

    /** @param bootId the text of {@code /proc/sys/kernel/random/boot_id}; what is none counts as 0 */
    static BigInteger linux(String bootId, BigInteger startTime) {
        BigInteger boot;
        try {
            boot = new BigInteger(bootId.strip().replace("-", ""), 16);
        } catch (NumberFormatException e) {
            boot = BigInteger.ZERO;
        }
        return boot.shiftLeft(64).or(startTime);
    }

    /** @param processInfo {@code kinfo_proc}, which begins with the start as seconds and microseconds */
    static BigInteger macOs(byte[] processInfo) {
        ByteBuffer time = ByteBuffer.wrap(processInfo).order(ByteOrder.LITTLE_ENDIAN);
        return BigInteger.valueOf(time.getLong(0))
                .multiply(BigInteger.valueOf(1_000_000))
                .add(BigInteger.valueOf(time.getInt(8)));
    }

    /** @param fileTime the creation time in units of 100 ns, all 64 bits without a sign */
    static BigInteger windows(long fileTime) {
        return new BigInteger(Long.toUnsignedString(fileTime));
    }
}
