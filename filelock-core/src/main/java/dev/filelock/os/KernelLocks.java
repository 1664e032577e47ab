package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who holds kernel locks, as far as the system tells. Opens no file that could carry one. */
public interface KernelLocks {

    /** The locks of this host. */
    static KernelLocks system() {
        return new ProcLocks(Processes.system());
    }

    /** Who holds an {@code flock} on the file; empty where the system shows nobody. */
    List<Owner> flockHolders(FileIdentity file);

    /** Who holds an {@code fcntl} lock on the file; empty where the system shows nobody. */
    List<Owner> fcntlHolders(FileIdentity file);

    /** Why the system may show nobody although somebody holds a lock, in words. */
    String whyUnseen();

    /**
     * Whose a lock is.
     *
     * @param pid null if the system doesn't tell
     * @param process by executable and script; null if unknown
     * @param user as whom it runs; null if unknown
     * @param remark what else a reader should know, and without a process id why there is none; null if nothing
     */
    record Owner(
            @Nullable Long pid,
            @Nullable String process,
            @Nullable String user,
            @Nullable String remark) {}
}
