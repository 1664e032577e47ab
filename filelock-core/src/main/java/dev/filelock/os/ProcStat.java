package dev.filelock.os;

import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is needed of {@code /proc/<pid>/stat}.
 *
 * @param state a letter, {@code Z} for a zombie
 * @param parent the parent's process id
 * @param threads how many threads are left
 * @param startTime in clock ticks after the boot
 */
record ProcStat(char state, long parent, int threads, BigInteger startTime) {
    /** Of 64 bits. A longer number would take time by the square of its length. */
    private static final int MOST_DIGITS = 20;

    private static final Pattern SPACES = Pattern.compile("\\s+");

    /** @return null if it is not what the kernel writes */
    static @Nullable ProcStat parse(String line) {
        // The second field is the command in parentheses, and may itself contain spaces and parentheses.
        String[] fields = SPACES.split(line.substring(line.lastIndexOf(')') + 1).strip());
        if (fields.length < 20 || fields[0].length() != 1 || fields[19].length() > MOST_DIGITS) {
            return null;
        }
        try {
            BigInteger startTime = new BigInteger(fields[19]);
            return startTime.signum() < 0
                    ? null
                    : new ProcStat(
                            fields[0].charAt(0), Long.parseLong(fields[1]), Integer.parseInt(fields[17]), startTime);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A process whose first thread has ended looks like a zombie while other threads still run. */
    boolean zombie() {
        return state == 'Z' && threads <= 1;
    }
}
