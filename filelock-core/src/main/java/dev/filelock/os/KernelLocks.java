package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.util.List;

/** Who holds kernel locks, as {@code /proc/locks} tells. */
public interface KernelLocks {

    /** The locks of this host. */
    static KernelLocks system() {
        return new ProcLocks();
    }

    /** Process ids that hold an {@code flock} on the file; empty where the system doesn't tell. */
    List<Long> flockHolders(FileIdentity file);

    /** Process ids that hold an {@code fcntl} lock on the file; empty where the system doesn't tell. */
    List<Long> fcntlHolders(FileIdentity file);
}
