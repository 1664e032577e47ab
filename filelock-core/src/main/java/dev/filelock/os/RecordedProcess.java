package dev.filelock.os;

import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A process as a record on disk names it. Immutable.
 *
 * <p>A process id means something in one PID namespace of one host. The records of Python peers have no namespace; Java notes its own
 * beside them unless it is the initial one. So the absence of a namespace stands for the initial one.
 *
 * @param pid in the PID namespace of its writer
 * @param host the host field as written, compared verbatim
 * @param start names the incarnation of the process; null if the record has none
 * @param pidNamespace as decimal text; null if none is recorded
 */
public record RecordedProcess(
        long pid,
        String host,
        @Nullable BigInteger start,
        @Nullable String pidNamespace) {

    /** What can be said of the process from here. Only proof makes it dead. */
    public enum Fate {
        ALIVE(false),
        /** There is no process of this number. */
        ENDED(true),
        /** The number belongs to another process now. */
        SUCCEEDED(true),
        ON_ANOTHER_HOST(false),
        IN_ANOTHER_NAMESPACE(false);

        private final boolean dead;

        Fate(boolean dead) {
            this.dead = dead;
        }

        public boolean isDead() {
            return dead;
        }
    }

    /** This process. */
    public static RecordedProcess current(Processes processes) {
        long pid = processes.pid();
        Long namespace = processes.pidNamespace();
        return new RecordedProcess(
                pid, processes.hostField(), processes.startToken(pid), namespace == null ? null : namespace.toString());
    }

    /** Finds out what became of it. */
    public Fate fate(Processes processes) {
        if (!host.equals(processes.hostField())) {
            return Fate.ON_ANOTHER_HOST;
        }
        Long ours = processes.pidNamespace();
        if (!Objects.equals(pidNamespace, ours == null ? null : ours.toString())) {
            return Fate.IN_ANOTHER_NAMESPACE;
        }
        if (!processes.alive(pid)) {
            return Fate.ENDED;
        }
        BigInteger living = start == null ? null : processes.startToken(pid);
        return living == null || living.equals(start) ? Fate.ALIVE : Fate.SUCCEEDED;
    }
}
