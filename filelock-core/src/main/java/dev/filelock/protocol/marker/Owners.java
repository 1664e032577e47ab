package dev.filelock.protocol.marker;

import dev.filelock.LockClaim.Liveness;
import dev.filelock.os.Processes;
import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the process that a marker names is gone. Only proof counts: whatever can't be known for certain is alive.
 *
 * <p>A process id means something in one PID namespace of one host. Python peers record the host only. Java records its namespace
 * too, unless it is the initial one: with a key of its own in protocol 2, in an attribute beside the content in protocol 1. So a
 * marker is of our namespace exactly if it says what we would record, and the absence of a word means the initial namespace. That
 * makes a Python marker that was left in a container look foreign to Java in the same container, where it waits (Python itself
 * reclaims it). The other choice would let Java in a container take the lock of a live Java process outside that has the same host
 * name.
 */
final class Owners {
    private final Processes processes;

    Owners(Processes processes) {
        this.processes = processes;
    }

    long pid() {
        return processes.pid();
    }

    /** This process. */
    Owner self() {
        long pid = processes.pid();
        return new Owner(Math.toIntExact(pid), processes.hostField(), processes.startToken(pid), ourPidNamespace());
    }

    /** Why the owner must be gone, in words; null if it may be alive. */
    @Nullable String proofOfDeath(Owner owner) {
        if (!isOfOurHost(owner) || !isOfOurPidNamespace(owner)) {
            return null;
        }
        if (!processes.alive(owner.pid())) {
            return "pid " + owner.pid() + " has ended";
        }
        BigInteger start = owner.start() == null ? null : processes.startToken(owner.pid());
        if (start != null && !start.equals(owner.start())) {
            return "pid " + owner.pid() + " has ended and its number belongs to another process now";
        }
        return null;
    }

    Liveness liveness(Owner owner) {
        if (!isOfOurHost(owner) || !isOfOurPidNamespace(owner)) {
            return Liveness.UNKNOWN;
        }
        return proofOfDeath(owner) == null ? Liveness.ALIVE : Liveness.DEAD;
    }

    /** Whether a process of this number lives here, whoever it is. */
    boolean isAlive(int pid) {
        return processes.alive(pid);
    }

    boolean isOfOurHost(Owner owner) {
        return owner.host().equals(processes.hostField());
    }

    boolean isOfOurPidNamespace(Owner owner) {
        return Objects.equals(owner.pidNamespace(), ourPidNamespace());
    }

    private @Nullable String ourPidNamespace() {
        Long ours = processes.pidNamespace();
        return ours == null ? null : ours.toString();
    }

    /** A process of ours by name, as far as it is known. */
    @Nullable String describe(Owner owner) {
        return processes.describe(owner.pid());
    }

    /** What else a reader should know of a process of ours; null if nothing. */
    @Nullable String remark(Owner owner) {
        return processes.remark(owner.pid());
    }
}
