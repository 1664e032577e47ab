package dev.filelock.protocol.kernel;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says why a file can't be locked and what to do about it. */
final class Refusals {
    private final Path path;

    Refusals(Path path) {
        this.path = path;
    }

    Path directory() {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    void createDirectory() {
        try {
            Files.createDirectories(directory());
        } catch (IOException e) {
            throw new FileLockException(
                    path,
                    "the directory of lock file " + path + " is missing and could not be created: " + e + "; make "
                            + directory() + " yourself, or choose another path",
                    e);
        }
    }

    FileLockException ofOpening(OsFiles files, OsException e) {
        FileStatus found = found(files);
        if (found != null && found.type() == FileStatus.Type.SYMBOLIC_LINK) {
            return new LockProtocolException(
                    path,
                    path
                            + " is a symbolic link, which is never followed: lock the file it names, or choose another path",
                    e);
        } else if (found != null && found.type() == FileStatus.Type.DIRECTORY) {
            return new LockProtocolException(
                    path, path + " is a directory: give the path of a file, such as one in it", e);
        } else if (found != null && found.type() == FileStatus.Type.OTHER) {
            return new LockProtocolException(
                    path, path + " is a socket, a FIFO or a device, not a lock file; choose another path", e);
        }
        return new FileLockException(
                path, "lock file " + path + " can't be opened: " + e.getMessage() + "; " + advice(e.error(), found), e);
    }

    private @Nullable FileStatus found(OsFiles files) {
        try {
            return files.lstat(path);
        } catch (IOException e) {
            return null; // what made opening it fail may make this fail too, and is about to be told
        }
    }

    private String advice(OsError error, @Nullable FileStatus found) {
        switch (error) {
            case ACCESS_DENIED:
                return found == null
                        ? "let this user write the directory " + directory() + ", or choose another one for lock files"
                        : String.format(
                                "it belongs to user id %d and has permissions %04o: let this user read it, or choose another "
                                        + "path",
                                found.owner(), found.permissions());
            case NOT_DIRECTORY:
                return "a part of " + directory() + " is a file where a directory is needed";
            case NOT_FOUND:
                return "files can't be created in " + directory() + ": choose another directory";
            default:
                return "the file system is " + fileSystem();
        }
    }

    FileLockException ofLocking(IOException e) {
        return new FileLockException(
                path,
                "lock file " + path + " could not be locked: " + e.getMessage() + ". Its file system (" + fileSystem()
                        + ") may not have kernel locks, or not now: try again, keep the lock file on a local file system, or "
                        + "choose backend SOFT in every process that shares it",
                e);
    }

    FileLockException withoutFallback(OsException e) {
        return new FileLockException(
                path,
                "lock file " + path + " could not be locked: " + e.getMessage() + ". Its file system (" + fileSystem()
                        + ") has no kernel locks and fallbackToSoft is false: keep the lock file on another file system, or "
                        + "choose backend SOFT in every process that shares it",
                e);
    }

    String fileSystem() {
        try {
            return Files.getFileStore(directory()).type();
        } catch (IOException e) {
            return "of unknown type";
        }
    }
}
