package dev.filelock.protocol;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import java.util.List;

/** One lock file in this JVM: what outlasts an attempt. Safe for use by any number of threads. */
public interface LockFile {

    /** Starts an attempt. Touches no disk. The engine has at most one attempt without a grant per file at a time. */
    Attempt attempt(LockMode mode);

    /**
     * Who has the lock, as far as it can be known without disturbing it; for messages only. Never opens a file that carries
     * {@code fcntl} locks, since closing it would drop them.
     *
     * @return empty where nobody could be named; never throws for what is on disk
     */
    List<LockHolder> holders();

    /**
     * Whether nothing would be lost if the engine dropped this object while nobody holds or waits: no observation, no idle
     * connection.
     */
    default boolean forgettable() {
        return true;
    }
}
