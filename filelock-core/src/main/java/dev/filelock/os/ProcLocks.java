package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code /proc/locks}. File systems that tell {@code stat} another device than the kernel uses inside, such as the subvolumes of
 * btrfs, can't be matched, nor can locks whose owner is in another PID namespace: those holders stay unknown.
 */
final class ProcLocks implements KernelLocks {
    /** Number, kind, {@code ADVISORY} or {@code MANDATORY}, {@code READ} or {@code WRITE}, process, device and inode. */
    private static final Pattern HELD = Pattern.compile(
            "\\d+:\\s+(\\w+)\\s+\\w+\\s+\\w+\\s+(\\d{1,18})\\s+(\\p{XDigit}{1,7}):(\\p{XDigit}{1,7}):(\\d{1,20})\\s.*");

    @Override
    public List<Long> flockHolders(FileIdentity file) {
        return holders(LinuxProcesses.content("/proc/locks"), file, "FLOCK"::equals);
    }

    @Override
    public List<Long> fcntlHolders(FileIdentity file) {
        return holders(
                LinuxProcesses.content("/proc/locks"), file, kind -> kind.equals("POSIX") || kind.equals("OFDLCK"));
    }

    static List<Long> holders(String locks, FileIdentity file, Predicate<String> kind) {
        return locks.lines()
                .map(HELD::matcher)
                .filter(Matcher::matches)
                .filter(line -> kind.test(line.group(1)) && identity(line).equals(file))
                .map(line -> Long.valueOf(line.group(2)))
                .filter(pid -> pid > 0)
                .distinct()
                .collect(Collectors.toUnmodifiableList());
    }

    private static FileIdentity identity(Matcher line) {
        long device = LinuxDevice.number(Integer.parseInt(line.group(3), 16), Integer.parseInt(line.group(4), 16));
        try {
            return new FileIdentity(device, Long.parseUnsignedLong(line.group(5)));
        } catch (NumberFormatException e) {
            return new FileIdentity(device, -1);
        }
    }
}
