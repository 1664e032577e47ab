package dev.filelock;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;

/**
 * A record on disk by which somebody has a lock, or is about to take it, as {@link FileLock#claims()} found it. Immutable.
 *
 * <p>It stands for one record and no other: {@link FileLock#forceBreak} removes that one or nothing, whatever has taken its place
 * meanwhile.
 *
 * @param file the record's own path
 * @param id names the record for as long as it exists and no other before or after it: its file name where that is unique, as the
 *     claims of STRICT and the records of GENERATION are, else a text that depends on its content and inode
 * @param kind what the record is
 * @param owner who wrote it, as far as that can be told
 * @param liveness whether that process still lives
 */
public record LockClaim(Path file, String id, Kind kind, LockHolder owner, Liveness liveness) {

    /** What a record is. */
    public enum Kind {
        /**
         * By which a process asks for the lock: a claim of STRICT, kept by who has it too, or the place of a writer under GENERATION
         * that waits for readers to leave.
         */
        INTENT,
        /** By which a process has the lock: a claim of STRICT, or a place in the newest generation of GENERATION. */
        HELD,
        /** The marker of a lock that is the existence of one file. */
        MARKER,
        /** Nothing this version understands: damaged, or written by a newer one. */
        UNKNOWN
    }

    /** What is known of the process that wrote a record. */
    public enum Liveness {
        /** It runs on this host, or a zombie is left of it. */
        ALIVE,
        /** It ran on this host and has ended. */
        DEAD,
        /** It can't be known from here: the record is of another host or PID namespace, or can't be read. */
        UNKNOWN
    }

    /** Refuses null. */
    public LockClaim {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(liveness, "liveness");
    }

    /**
     * Puts the record into words, such as {@code x.lock.filelock/claims/held-v1-….claim of pid 4711 for 2 h (that process has ended)}.
     *
     * @param now the moment to count ages to
     * @return one line without a final stop
     */
    public String describe(Instant now) {
        return file + " of " + owner.describe(now);
    }
}
