package dev.filelock.os;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Processes of this host, as the soft protocols need them. Safe for use by any number of threads. */
public interface Processes {

    /** The processes of this host. Nothing is loaded before the first question. */
    static Processes system() {
        return SystemProcesses.INSTANCE;
    }

    /** The id of this process in its own PID namespace. */
    long pid();

    /** {@code kill(pid, 0)}: ESRCH alone means dead; EPERM and zombies are alive. */
    boolean alive(long pid);

    /** Names the incarnation of a process, for equality only; null where it can't be computed exactly. */
    @Nullable BigInteger startToken(long pid);

    /** The inode of this process's PID namespace, or null outside Linux and in the initial namespace. */
    @Nullable Long pidNamespace();

    /** The host's name as the soft protocols write it, from {@code gethostname(2)} at each call. */
    String hostField();

    /** A process by executable and script, never its other arguments; null if unknown. */
    @Nullable String describe(long pid);

    /** The name of the user as whom a process runs; null if unknown. */
    @Nullable String user(long pid);

    /** What a reader should know of a process that is alive but not well, such as a zombie; null if nothing. */
    @Nullable String remark(long pid);
}
