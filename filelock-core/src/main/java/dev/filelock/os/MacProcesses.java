package dev.filelock.os;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Processes by {@code sysctl}. */
final class MacProcesses extends UnixProcesses {
    @Override
    public @Nullable BigInteger startToken(long pid) {
        requirePid(pid);
        UnixFiles.linked();
        byte[] info = MacOs.processInfo((int) pid);
        return info == null ? null : StartTokens.macOs(info);
    }

    @Override
    public @Nullable Long pidNamespace() {
        return null;
    }

    @Override
    public @Nullable String describe(long pid) {
        return executable(pid);
    }

    @Override
    public @Nullable String user(long pid) {
        return userOf(pid);
    }

    @Override
    public @Nullable String remark(long pid) {
        return null;
    }
}
