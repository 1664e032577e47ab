package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.time.Instant;

/**
 * What {@code stat} tells.
 *
 * @param identity device and inode
 * @param type what kind of node it is
 * @param permissions the twelve lower mode bits; on Windows 0666, or 0444 if read-only
 * @param links the number of names; 0 once unlinked
 * @param size in bytes
 * @param owner the user id; on Windows 0
 * @param modified the time of the last modification
 */
public record FileStatus(
        FileIdentity identity, Type type, int permissions, long links, long size, int owner, Instant modified) {

    /** Kinds of nodes. */
    public enum Type {
        REGULAR,
        DIRECTORY,
        SYMBOLIC_LINK,
        OTHER
    }
}
