package dev.filelock.protocol.claim;

import static dev.filelock.os.FileStatus.Type.DIRECTORY;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.StickyDirectories;
import dev.filelock.protocol.FileNames;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a lock keeps what: the sentinel is the lock file itself, the claims are in {@code <lock file>.filelock/claims/}. Immutable. */
final class Layout {
    private static final int UMASK_DECIDES = 0777;
    private static final String SUFFIX = ".filelock";

    private final Path directory;
    private final Path lock;
    private final Path root;
    private final Path claims;

    /** @param directory by its canonical name */
    private Layout(Path directory, Path name) {
        this.directory = directory;
        this.lock = directory.resolve(name);
        this.root = FileNames.sibling("", lock, SUFFIX);
        this.claims = root.resolve("claims");
    }

    static Layout of(Path path, Surroundings.Directories directories) throws IOException {
        Path parent = path.getParent();
        Path directory = parent == null ? path.toAbsolutePath().getRoot() : parent;
        return new Layout(directories.canonical(directory), path.getFileName());
    }

    /** The name of the lock that keeps its claims in a directory of the given name; null if none does. */
    static @Nullable String lockOf(String directory) {
        return directory.endsWith(SUFFIX) ? directory.substring(0, directory.length() - SUFFIX.length()) : null;
    }

    Path directory() {
        return directory;
    }

    /** The lock file, which is the sentinel. */
    Path lock() {
        return lock;
    }

    Path claims() {
        return claims;
    }

    Path claim(ClaimName name) {
        return claims.resolve(name.fileName());
    }

    /** Makes the directories where they are missing; what else stands there is refused. */
    void requireDirectories(OsFiles files) throws IOException {
        requireDirectory(files, root);
        requireNotPlanted();
        requireDirectory(files, claims);
    }

    /** Nobody else may be able to put links in place of what is in it. */
    void requireNotPlanted() throws IOException {
        Integer stranger = StickyDirectories.strangersId(root);
        if (stranger != null) {
            throw new LockProtocolException(
                    lock,
                    root + ", where the STRICT lock " + lock + " keeps its claims, belongs to user " + stranger
                            + " and is in a directory that everybody may write, so it could lead this process's files elsewhere;"
                            + " nothing was changed. Choose a lock directory that only those can write who share the lock");
        }
    }

    private void requireDirectory(OsFiles files, Path directory) throws IOException {
        FileStatus there = files.lstat(directory);
        if (there == null) {
            try {
                files.makeDirectory(directory, UMASK_DECIDES);
                return;
            } catch (OsException e) {
                if (e.error() != OsError.EXISTS) {
                    throw Advice.on(e, directory);
                }
                there = files.lstat(directory);
            }
        }
        if (there == null || there.type() != DIRECTORY) {
            throw new LockProtocolException(
                    lock,
                    directory + ", where the STRICT lock " + lock + " keeps its claims, is no directory"
                            + "; links are not followed. Choose another path for the lock, or move away what is there");
        }
    }
}
