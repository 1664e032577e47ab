package dev.filelock.protocol.marker;

import dev.filelock.os.Processes;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The system's processes, seen from the initial PID namespace wherever the tests run, unless a test overrides more. */
class ProcessesAsSeen implements Processes {
    private final Processes system = Processes.system();

    @Override
    public long pid() {
        return system.pid();
    }

    @Override
    public boolean alive(long pid) {
        return system.alive(pid);
    }

    @Override
    public @Nullable BigInteger startToken(long pid) {
        return system.startToken(pid);
    }

    @Override
    public @Nullable Long pidNamespace() {
        return null;
    }

    @Override
    public String hostField() {
        return system.hostField();
    }

    @Override
    public @Nullable String describe(long pid) {
        return system.describe(pid);
    }

    @Override
    public @Nullable String user(long pid) {
        return system.user(pid);
    }

    @Override
    public @Nullable String remark(long pid) {
        return system.remark(pid);
    }
}
