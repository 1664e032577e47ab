package dev.filelock.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Names the users to whom files belong. */
public final class FileOwners {
    private FileOwners() {}

    /** The name of a file's owner, or its number where the system knows no name; null if that can't be found out. Opens nothing. */
    public static @Nullable String of(Path path) {
        try {
            return ProcessNames.printable(
                    Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName());
        } catch (IOException | UnsupportedOperationException e) {
            return null; // a message without a name is better than none
        }
    }
}
