package dev.filelock.os;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Processes by {@code /proc}. An entry that is missing there says nothing about a process, since the kernel may hide those of other
 * users. Files of {@code /proc} are read as plain streams, because an interrupted thread can't read a channel.
 */
final class LinuxProcesses extends UnixProcesses {
    /** The inode of the initial PID namespace, {@code PROC_PID_INIT_INO} of the kernel. */
    static final long INITIAL_NAMESPACE = 0xEFFFFFFCL;

    static final int MAX_BYTES = 1 << 22;

    private static final Pattern NAMESPACE = Pattern.compile("pid:\\[([0-9]{1,18})]");

    private static final Pattern EFFECTIVE_USER = Pattern.compile("(?m)^Uid:\\s+[0-9]+\\s+([0-9]+)\\s");

    /** A JVM that can be restored from a checkpoint is another process then, of another start and maybe another boot. */
    private static final boolean MAY_BE_RESTORED = hasClass("jdk.crac.Core");

    private @Nullable Self self;

    /**
     * What never changes while this process lives: each soft lock asks for it, and {@code /proc} is slow.
     *
     * @param start null if it can't be read
     * @param namespace as {@link #pidNamespace()}
     */
    private record Self(
            @Nullable BigInteger start, @Nullable Long namespace) {}

    @Override
    public @Nullable BigInteger startToken(long pid) {
        return pid == pid() ? self().start() : readStartToken(pid);
    }

    @Override
    public @Nullable Long pidNamespace() {
        return self().namespace();
    }

    private synchronized Self self() {
        Self known = self;
        if (known == null) {
            known = new Self(readStartToken(pid()), readPidNamespace());
            // What could not be read today may be readable tomorrow.
            self = known.start() == null || MAY_BE_RESTORED ? null : known;
        }
        return known;
    }

    /** Null rather than a guess where either half can't be read, for want of descriptors perhaps: a wrong token reads as a death. */
    private static @Nullable BigInteger readStartToken(long pid) {
        String bootId = content("/proc/sys/kernel/random/boot_id");
        ProcStat stat = stat(pid);
        return stat == null || bootId.isEmpty() ? null : StartTokens.linux(bootId, stat.startTime());
    }

    private static boolean hasClass(String name) {
        try {
            Class.forName(name, false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static @Nullable Long readPidNamespace() {
        try {
            return namespace(
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString());
        } catch (IOException e) {
            return null;
        }
    }

    static @Nullable Long namespace(String link) {
        Matcher matcher = NAMESPACE.matcher(link);
        if (!matcher.matches()) {
            return null;
        }
        long inode = Long.parseLong(matcher.group(1));
        return inode == INITIAL_NAMESPACE ? null : Long.valueOf(inode);
    }

    @Override
    public @Nullable String describe(long pid) {
        if (!showsOurProcesses()) {
            return null;
        }
        String name = ProcessNames.describe(arguments(content("/proc/" + pid + "/cmdline")));
        if (name == null) {
            String command = content("/proc/" + pid + "/comm").strip();
            name = command.isEmpty() ? null : ProcessNames.printable(command);
        }
        return name;
    }

    static List<String> arguments(String commandLine) {
        List<String> arguments = new ArrayList<>(Arrays.asList(commandLine.split("\0", -1)));
        // Each argument ends in a NUL; what follows the last one is nothing, or an argument cut short.
        arguments.remove(arguments.size() - 1);
        return arguments;
    }

    /** The kernel gives the directories of processes that it must protect to root, whoever's they are; so both have to agree. */
    @Override
    public @Nullable String user(long pid) {
        if (!showsOurProcesses()) {
            return null;
        }
        Matcher status = EFFECTIVE_USER.matcher(content("/proc/" + pid + "/status"));
        if (!status.find()) {
            return null;
        }
        String id = status.group(1);
        try {
            Map<String, Object> directory = Files.readAttributes(Path.of("/proc/" + pid), "unix:uid,owner");
            return String.valueOf(directory.get("uid")).equals(id)
                    ? ProcessNames.printable(String.valueOf(directory.get("owner")))
                    : id;
        } catch (IOException e) {
            return id;
        }
    }

    @Override
    public @Nullable String remark(long pid) {
        ProcStat stat = stat(pid);
        if (stat == null) {
            return null;
        } else if (stat.zombie()) {
            String parent = describe(stat.parent());
            return "a zombie: its parent, pid " + stat.parent() + (parent == null ? "" : " (" + parent + ")")
                    + ", has not reaped it";
        } else if (stat.state() == 'T') {
            return "stopped by a signal";
        } else if (stat.state() == 't') {
            return "stopped by a debugger";
        }
        return null;
    }

    private static @Nullable ProcStat stat(long pid) {
        return showsOurProcesses() ? ProcStat.parse(content("/proc/" + pid + "/stat")) : null;
    }

    /** A {@code /proc} of another PID namespace, which containers can have mounted, tells of other processes by our numbers. */
    static boolean showsOurProcesses() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self"))
                    .toString()
                    .equals(Long.toString(ProcessHandle.current().pid()));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * The beginning of a file, which is all of it unless somebody has an interest in a long one: a process can make its command line
     * any number of megabytes, and there can be any number of locks.
     *
     * @return empty if it can't be read
     */
    static String content(String file) {
        try (InputStream in = new FileInputStream(file)) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // It is not there, is hidden from us, or its process has just ended.
            return "";
        }
    }
}
