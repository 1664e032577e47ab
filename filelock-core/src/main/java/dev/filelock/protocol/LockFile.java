package dev.filelock.protocol;

import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import java.io.IOException;
import java.util.List;

/** One lock file in this JVM: what outlasts an attempt. Safe for use by any number of threads. */
public interface LockFile {

    /** Starts an attempt. Touches no disk. The engine has at most one attempt without a grant per file at a time. */
    Attempt attempt(LockMode mode);

    /**
     * Who has the lock, as far as it can be known without disturbing it; for messages only. Never opens a file that carries
     * {@code fcntl} locks, since closing it would drop them.
     *
     * @return empty if nobody has it, or nothing tells who; never throws for what is on disk
     */
    List<LockHolder> holders();

    /** Why {@link #holders} may be empty although somebody has the lock, in words. */
    default String whyUnseen() {
        return "it has let go by now";
    }

    /**
     * The records on disk by which processes have the lock or are about to take it.
     *
     * @return empty where a protocol keeps none
     * @throws IOException if they can't be read
     */
    default List<LockClaim> claims() throws IOException {
        return List.of();
    }

    /**
     * Those of the {@link #claims} that are certainly this protocol's, and whose owners are not known to live. Asked of locks that
     * were merely found, so a file that only might be a record is none.
     *
     * @throws IOException if they can't be read
     */
    default List<LockClaim> leftovers() throws IOException {
        return claims().stream()
                .filter(claim -> claim.liveness() != LockClaim.Liveness.ALIVE)
                .toList();
    }

    /**
     * Removes exactly this record, if its owner is not known to live.
     *
     * @return false if it is not there any more
     * @throws IllegalArgumentException if it is no record of this lock
     * @throws dev.filelock.FileLockException if its owner lives
     * @throws IOException if it may still be there
     */
    default boolean forceBreak(LockClaim claim) throws IOException {
        throw new UnsupportedOperationException(
                "this lock keeps no records that could be removed: it is free as soon as its holder has ended");
    }

    /**
     * Whether nothing would be lost if the engine dropped this object while nobody holds or waits: no observation, no idle
     * connection.
     */
    default boolean forgettable() {
        return true;
    }
}
