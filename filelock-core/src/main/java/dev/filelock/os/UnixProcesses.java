package dev.filelock.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What Linux and macOS have in common. */
abstract class UnixProcesses implements Processes {
    private static final int ESRCH = 3;

    @Override
    public final long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public final boolean alive(long pid) {
        requirePid(pid);
        UnixFiles.linked();
        return LibC.kill((int) pid, 0) == 0 || Native.getLastError() != ESRCH;
    }

    @Override
    public final String hostField() {
        UnixFiles.linked();
        byte[] name = new byte[1025];
        if (LibC.gethostname(name, Pointer.createConstant(name.length - 1)) != 0) {
            throw new IllegalStateException("gethostname failed: " + LibC.strerror(Native.getLastError()));
        }
        int length = 0;
        while (name[length] != 0) {
            length++;
        }
        return HostField.of(Arrays.copyOf(name, length));
    }

    /** Other numbers would reach groups of processes, or one that was not meant. */
    static void requirePid(long pid) {
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(pid + " is no process id");
        }
    }

    /** As the JDK tells it. */
    static @Nullable String userOf(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().user())
                .map(ProcessNames::printable)
                .orElse(null);
    }

    /** The name of the executable, as the JDK tells it; never used to find out whether a process lives. */
    static @Nullable String executable(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .map(command -> ProcessNames.printable(ProcessNames.baseName(command)))
                .orElse(null);
    }
}
