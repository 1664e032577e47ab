package dev.filelock.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Directories such as {@code /tmp}, where everybody may make files and, by the sticky bit, nobody may remove another's. What stands
 * there may have been put in our way: its owner can write it at any moment, or, if it is a directory, replace what is in it by
 * links that lead us elsewhere between two of our steps.
 */
public final class StickyDirectories {
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_ALL = 0002;
    private static final Integer ROOT = 0;

    private StickyDirectories() {}

    /**
     * Whose the file or directory is, if it stands in such a directory and belongs neither to this process's user nor to root.
     *
     * @return a user id; null if it can be trusted as far as its directory can, if it is missing, and on systems without user ids
     */
    public static @Nullable Integer strangersId(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null
                || !path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return null;
        }
        try {
            Integer owner = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            return owner.equals(ROOT) || owner.equals(Self.ID) || !isOpenToAll(directory) ? null : owner;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static boolean isOpenToAll(Path directory) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(directory, "unix:mode");
        int mode = (Integer) Objects.requireNonNull(attributes.get("mode"));
        return (mode & STICKY) != 0 && (mode & WRITABLE_BY_ALL) != 0;
    }

    private static final class Self {
        /** The effective user id; without native calls that of {@code /proc/self}, which is the same for ordinary processes. */
        static final @Nullable Integer ID = find();

        private static @Nullable Integer find() {
            try {
                UnixFiles.linked();
                return LibC.geteuid();
            } catch (NativeAccessException e) {
                return ofProc();
            }
        }

        private static @Nullable Integer ofProc() {
            try {
                return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            } catch (IOException e) {
                return null;
            }
        }
    }
}
