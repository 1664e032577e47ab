package dev.filelock.os;

import com.sun.jna.Pointer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Processes by handles that ask for the least. */
final class WindowsProcesses implements Processes {
    private static final int SYNCHRONIZE = 0x00100000;
    private static final int PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
    private static final int ERROR_INVALID_PARAMETER = 87;
    private static final int COMPUTER_NAME_PHYSICAL_DNS_HOSTNAME = 5;

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public boolean alive(long pid) {
        UnixProcesses.requirePid(pid);
        Kernel32.require();
        Pointer process = Kernel32.Calls.OpenProcess(SYNCHRONIZE, 0, (int) pid);
        if (process == null) {
            return Kernel32.lastError() != ERROR_INVALID_PARAMETER;
        }
        Kernel32.Calls.CloseHandle(process);
        return true;
    }

    @Override
    public @Nullable BigInteger startToken(long pid) {
        UnixProcesses.requirePid(pid);
        Kernel32.require();
        Pointer process = Kernel32.Calls.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, (int) pid);
        if (process == null) {
            return null;
        }
        try {
            long[] creation = new long[1];
            int known = Kernel32.Calls.GetProcessTimes(process, creation, new long[1], new long[1], new long[1]);
            return known == 0 ? null : StartTokens.windows(creation[0]);
        } finally {
            Kernel32.Calls.CloseHandle(process);
        }
    }

    @Override
    public @Nullable Long pidNamespace() {
        return null;
    }

    /** What Python's {@code socket.gethostname} asks on Windows. */
    @Override
    public String hostField() {
        Kernel32.require();
        byte[] name = new byte[2 * 1024];
        int[] length = {name.length / 2};
        if (Kernel32.Calls.GetComputerNameExW(COMPUTER_NAME_PHYSICAL_DNS_HOSTNAME, name, length) == 0) {
            throw new IllegalStateException("GetComputerNameEx failed: Windows error " + Kernel32.lastError());
        }
        String text = new String(Arrays.copyOf(name, 2 * length[0]), StandardCharsets.UTF_16LE);
        return HostField.of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public @Nullable String describe(long pid) {
        return UnixProcesses.executable(pid);
    }

    @Override
    public @Nullable String user(long pid) {
        return UnixProcesses.userOf(pid);
    }

    @Override
    public @Nullable String remark(long pid) {
        return null;
    }
}
