package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code /proc/locks}. The kernel leaves out the locks of processes that have no number in our PID namespace; some older ones show
 * them as 0. File systems that tell {@code stat} another device than the kernel uses inside, such as the subvolumes of btrfs, are
 * matched by what the process has open, where we may see that.
 */
final class ProcLocks implements KernelLocks {
    private static final Path FILE = Path.of("/proc/locks");

    private static final Predicate<Line> FLOCK = line -> line.kind().equals("FLOCK");
    private static final Predicate<Line> FCNTL =
            line -> line.kind().equals("POSIX") || line.kind().equals("OFDLCK");

    private final Processes processes;

    ProcLocks(Processes processes) {
        this.processes = processes;
    }

    @Override
    public List<Owner> flockHolders(FileIdentity file) {
        return holders(LinuxProcesses.content(FILE.toString()), file, FLOCK);
    }

    @Override
    public List<Owner> fcntlHolders(FileIdentity file) {
        return holders(LinuxProcesses.content(FILE.toString()), file, FCNTL);
    }

    @Override
    public String whyUnseen() {
        if (!Files.exists(FILE)) {
            return "this system does not tell who holds kernel locks: it has no " + FILE;
        } else if (!LinuxProcesses.showsOurProcesses()) {
            return FILE + " is of another PID namespace here";
        }
        return FILE + " shows nobody: the holder is "
                + (processes.pidNamespace() == null ? "" : "outside this container's PID namespace, or ")
                + "on another host, or has let go by now";
    }

    /**
     * One line.
     *
     * @param number of the lock, which those who wait for it share
     * @param waits whether the process waits for the lock and does not have it
     * @param pid the process; -1 for a lock of an open file description, 0 for a process without a number here
     */
    record Line(String number, boolean waits, String kind, long pid, FileIdentity file) {
        /** Number, arrow, kind, {@code ADVISORY} or {@code MANDATORY}, {@code READ} or {@code WRITE}, process, device and inode. */
        private static final Pattern FORM =
                Pattern.compile("(\\d+):\\s+(->\\s+)?(\\w+)\\s+\\w+\\s+\\w+\\s+(-?\\d{1,18})"
                        + "\\s+(\\p{XDigit}{1,7}):(\\p{XDigit}{1,7}):(\\d{1,20})\\s.*");

        static Stream<Line> all(String locks) {
            return locks.lines().map(FORM::matcher).filter(Matcher::matches).map(Line::of);
        }

        private static Line of(Matcher line) {
            long device = LinuxDevice.number(Integer.parseInt(line.group(5), 16), Integer.parseInt(line.group(6), 16));
            return new Line(
                    line.group(1),
                    line.group(2) != null,
                    line.group(3),
                    Long.parseLong(line.group(4)),
                    new FileIdentity(device, inode(line.group(7))));
        }

        private static long inode(String text) {
            try {
                return Long.parseUnsignedLong(text);
            } catch (NumberFormatException e) {
                return -1;
            }
        }
    }

    List<Owner> holders(String locks, FileIdentity file, Predicate<Line> kind) {
        if (!LinuxProcesses.showsOurProcesses()) {
            return List.of(); // these numbers are other processes' here
        }
        List<Line> lines = Line.all(locks).toList();
        return lines.stream()
                .filter(line -> !line.waits() && kind.test(line) && isOn(line, file))
                .map(Line::pid)
                .distinct()
                .map(pid -> owner(pid, lines))
                .collect(Collectors.toUnmodifiableList());
    }

    private static boolean isOn(Line line, FileIdentity file) {
        return line.file().inode() == file.inode()
                && (line.file().device() == file.device() || nameOfOpen(line.pid(), file) != null);
    }

    private Owner owner(long pid, List<Line> lines) {
        if (pid < 0) {
            return new Owner(
                    null, null, null, "the lock is one of an open file description, for which the kernel names nobody");
        } else if (pid == 0) {
            return new Owner(
                    null,
                    null,
                    null,
                    "it is in another PID namespace, or has ended and left the lock to a process it started");
        }
        return new Owner(pid, processes.describe(pid), processes.user(pid), remark(pid, lines));
    }

    private @Nullable String remark(long pid, List<Line> lines) {
        if (pid == processes.pid()) {
            return "this JVM";
        } else if (hasEnded(pid)) {
            return "that process has ended; one that it started has inherited the lock";
        }
        List<String> remarks = new ArrayList<>();
        String state = processes.remark(pid);
        if (state != null) {
            remarks.add(state);
        }
        lines.stream()
                .filter(line -> line.waits() && line.pid() == pid)
                .map(line -> waitsFor(line, lines))
                .forEach(remarks::add);
        return remarks.isEmpty() ? null : String.join("; ", remarks);
    }

    private boolean hasEnded(long pid) {
        try {
            return !processes.alive(pid);
        } catch (NativeAccessException e) {
            return false; // can't be told, and range locks work without
        }
    }

    /** Only who waits inside the kernel is listed: {@code flock(1)} does, this library and Python's poll. */
    private String waitsFor(Line waiting, List<Line> lines) {
        String name = nameOfOpen(waiting.pid(), waiting.file());
        String owners = lines.stream()
                .filter(line -> !line.waits() && line.number().equals(waiting.number()))
                .map(line -> line.pid() == processes.pid()
                        ? "this JVM holds, so that the two may wait for each other"
                        : "pid " + line.pid() + " holds")
                .distinct()
                .collect(Collectors.joining(" and "));
        return "it waits for "
                + (name == null ? "the file of inode " + waiting.file().inode() : name)
                + (owners.isEmpty() ? "" : ", which " + owners);
    }

    /** By what path a process has a file open; null if it has not, or we may not see that. */
    private static @Nullable String nameOfOpen(long pid, FileIdentity file) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                if (isThere(descriptor, file)) {
                    return ProcessNames.printable(
                            Files.readSymbolicLink(descriptor).toString());
                }
            }
        } catch (IOException e) {
            return null; // it has ended, or is another user's
        }
        return null;
    }

    private static boolean isThere(Path descriptor, FileIdentity file) throws IOException {
        try {
            Map<String, Object> attributes = Files.readAttributes(descriptor, "unix:dev,ino");
            return Long.valueOf(file.device()).equals(attributes.get("dev"))
                    && Long.valueOf(file.inode()).equals(attributes.get("ino"));
        } catch (java.nio.file.NoSuchFileException e) {
            return false; // closed meanwhile
        }
    }
}
