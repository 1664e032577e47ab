package dev.filelock;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A hold ended behind its holder's back: the lock file was deleted or replaced, or the hold was lost to a peer. */
public final class LockLostException extends FileLockException {
    private static final long serialVersionUID = 1L;

    /** How a hold can end behind its holder's back. */
    public enum Reason {
        /** Nothing is at the lock's path any more: the file was deleted or moved away. */
        MARKER_MISSING,

        /** Another file is at the lock's path: a peer has taken the lock over, or somebody replaced the file. */
        OWNER_CHANGED,

        /** Something that is no file is at the lock's path: a directory, a symbolic link, a FIFO. */
        PATH_OCCUPIED,

        /** The lock's directory was deleted, moved away or replaced, so that its path leads to another place or to none. */
        DIRECTORY_CHANGED,

        /** The lock's file is still there, but was emptied or written over, so that peers no longer read from it who has the lock. */
        CONTENT_CHANGED,

        /** A record beside the lock's file by which the lock is held, such as a claim of STRICT, was removed or replaced. */
        CLAIM_MISSING,

        /**
         * The hold was not refreshed for so long that peers may take it: the file system refused, or this process or its
         * machine stood still.
         */
        REFRESH_FAILED,

        /** Peers saw no sign of life for too long and struck this holder off the record. */
        EVICTED,

        /** What keeps the lock in this process, such as a channel or a connection, was closed by something else. */
        CLOSED
    }

    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param reason how the hold ended
     * @param message what happened and what to do about it; names the path
     */
    public LockLostException(Path path, Reason reason, String message) {
        this(path, reason, message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param path the lock file
     * @param reason how the hold ended
     * @param message what happened and what to do about it; names the path
     * @param cause why, or null
     */
    public LockLostException(Path path, Reason reason, String message, @Nullable Throwable cause) {
        super(path, message, cause);
        this.reason = reason;
    }

    /**
     * How the hold ended.
     *
     * @return never null
     */
    public Reason reason() {
        return reason;
    }
}
