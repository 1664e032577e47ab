package dev.filelock.protocol;

import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * That a path no longer names what was locked.
 *
 * @param reason what is there instead, as a program sees it
 * @param what the same for a person, such as {@code was replaced by a directory}
 */
public record PathLoss(Reason reason, String what) {
    private static final PathLoss MISSING = new PathLoss(Reason.MARKER_MISSING, "was deleted or moved away");

    /**
     * Compares what a path names with the file that was locked. Opens nothing.
     *
     * @param there what the path names now, not followed; null if nothing
     * @return null if they are the same
     */
    public static @Nullable PathLoss ofFile(Path path, @Nullable FileIdentity locked, @Nullable FileIdentity there) {
        return of(path, locked, there, "file");
    }

    /** As {@link #ofFile}, where a directory was locked. */
    public static @Nullable PathLoss ofDirectory(
            Path path, @Nullable FileIdentity locked, @Nullable FileIdentity there) {
        return of(path, locked, there, "directory");
    }

    private static @Nullable PathLoss of(
            Path path, @Nullable FileIdentity locked, @Nullable FileIdentity there, String type) {
        if (there == null) {
            return MISSING;
        } else if (there.equals(locked)) {
            return null;
        }
        String other = typeAt(path);
        return other == null || other.equals(type)
                ? new PathLoss(Reason.OWNER_CHANGED, "was replaced by another " + type)
                : new PathLoss(Reason.PATH_OCCUPIED, "was replaced by a " + other);
    }

    /** Null if it is gone again, or can't be looked at. */
    private static @Nullable String typeAt(Path path) {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile()
                    ? "file"
                    : attributes.isDirectory()
                            ? "directory"
                            : attributes.isSymbolicLink() ? "symbolic link" : "FIFO, a socket or a device";
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * The exception.
     *
     * @param thing what is lost, such as {@code the marker}
     */
    public LockLostException exception(Path path, String thing) {
        return new LockLostException(
                path,
                reason,
                thing + " " + path + " " + what
                        + " while it was held, so another process can hold a lock of that name now; lock files must be left where"
                        + " they are");
    }
}
