package dev.filelock.protocol.marker;

import dev.filelock.LockHolder;
import dev.filelock.os.Processes;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the process that a marker names is gone. Only proof counts: whatever can't be known for certain is alive.
 *
 * <p>A process id means something in one PID namespace of one host. Python peers record the host only. Java records its namespace
 * too, unless it is the initial one, in an attribute beside the content; so a marker is of our namespace exactly if its attribute
 * equals what we would record, and the absence of one means the initial namespace. That makes a Python marker that was left in
 * a container look foreign to Java in the same container, where it waits (Python itself reclaims it). The other choice would let
 * Java in a container take the lock of a live Java process outside that has the same host name.
 */
final class Owners {
    private final Processes processes;

    Owners(Processes processes) {
        this.processes = processes;
    }

    /** Why the owner must be gone, in words; null if it may be alive. */
    @Nullable String proofOfDeath(MarkerRecord owner, @Nullable String pidNamespace) {
        if (!owner.host().equals(processes.hostField()) || !isOurs(pidNamespace)) {
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

    /** Whether a process of this number lives here, whoever it is. */
    boolean isAlive(int pid) {
        return processes.alive(pid);
    }

    /** Puts a marker into words; null if it names nobody. */
    @Nullable LockHolder holder(FoundMarker found, Path path) {
        Instant since = found.status().modified();
        Content content = found.content();
        if (content instanceof MarkerRecord owner) {
            return holder(owner, found.pidNamespace(), since, "remove " + path + " by hand if that process is gone");
        }
        if (content instanceof Content.Foreign other) {
            boolean here = processes.hostField().equals(other.host());
            return other.pid() == null
                    ? null
                    : new LockHolder(other.pid(), here ? null : other.host(), null, null, since, other.kind());
        }
        String remark = content instanceof Content.Unfinished
                ? "its marker is not written yet"
                : "its marker, of user " + found.status().owner() + ", can't be read by this process";
        return new LockHolder(null, null, null, null, since, remark);
    }

    private LockHolder holder(MarkerRecord owner, @Nullable String pidNamespace, Instant since, String byHand) {
        long pid = owner.pid();
        if (!owner.host().equals(processes.hostField())) {
            return new LockHolder(pid, owner.host(), null, null, since, "on another host: " + byHand);
        }
        if (!isOurs(pidNamespace)) {
            return new LockHolder(pid, null, null, null, since, "in another PID namespace: " + byHand);
        }
        String death = proofOfDeath(owner, pidNamespace);
        if (death != null) {
            return new LockHolder(pid, null, null, null, since, "that process has ended; its marker is still there");
        }
        return new LockHolder(pid, null, processes.describe(pid), null, since, processes.remark(pid));
    }

    private boolean isOurs(@Nullable String pidNamespace) {
        Long ours = processes.pidNamespace();
        return Objects.equals(pidNamespace, ours == null ? null : ours.toString());
    }
}
