package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.FileNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds out which lock file a path names. */
final class FileKeys {
    private final FileIdentities identities;

    FileKeys(FileIdentities identities) {
        this.identities = identities;
    }

    /** The key of a file, whose directory is made if it is missing. */
    FileKey inDirectory(Path path) {
        try {
            FileKey key = of(path);
            if (key == null) {
                Files.createDirectories(directoryOf(path));
                key = of(path);
            }
            if (key != null) {
                return key;
            }
        } catch (IOException e) {
            throw new FileLockException(
                    path,
                    "the directory of lock file " + path + " can't be used or created: " + Engine.reason(e)
                            + "; make it, let this user write it, or choose another lock directory",
                    e);
        }
        throw new FileLockException(
                path, "the directory of lock file " + path + " vanished as soon as it had been created");
    }

    /** The key of a file, or null if its directory can't be looked at: then it is not known to be in use. */
    @Nullable FileKey findIn(Path path) {
        try {
            return of(path);
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether a path names a file, which it does as long as nothing tells that it doesn't. */
    boolean mayName(Path path, FileIdentity file) {
        try {
            return file.equals(identities.notFollowing(path));
        } catch (IOException e) {
            return true;
        }
    }

    private @Nullable FileKey of(Path path) throws IOException {
        FileIdentity directory = identities.following(directoryOf(path));
        return directory == null ? null : new FileKey(directory, identities.canonicalName(FileNames.unique(path)));
    }

    /** The directory of a file whose path is absolute. */
    static Path directoryOf(Path path) {
        Path parent = path.getParent();
        return parent == null ? path.getRoot() : parent;
    }
}
