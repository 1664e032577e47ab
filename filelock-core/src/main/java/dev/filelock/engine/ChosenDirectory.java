package dev.filelock.engine;

import dev.filelock.LockDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A directory of which it is known where it was chosen, so that somebody can be sent there if it can't be used. Looked at until it was
 * good once; what goes wrong later, the locks themselves find out.
 */
final class ChosenDirectory implements DirectoryGuard {
    private final Path path;
    private final String chosenBy;
    private volatile boolean good;

    ChosenDirectory(Path path, String chosenBy) {
        this.path = path;
        this.chosenBy = chosenBy;
    }

    @Override
    public void prepare(Path file) {
        if (good) {
            return;
        }
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw refused("can't be used or created: " + Engine.reason(e), e);
        }
        // Locks may be taken in a directory that is not writable, if somebody else has made their files.
        if (!Files.isWritable(path) && !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw refused("can't be written by this user", null);
        }
        good = true;
    }

    private LockDirectoryException refused(String why, @Nullable Throwable cause) {
        return new LockDirectoryException(
                path,
                chosenBy,
                "lock directory " + path + ", chosen by " + chosenBy + ", " + why
                        + "; make it, let this user write it, or choose another lock directory",
                cause);
    }
}
