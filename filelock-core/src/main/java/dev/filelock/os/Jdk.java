package dev.filelock.os;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Where the JDK's own file access does what is needed; its failures in our words. */
final class Jdk {
    private Jdk() {}

    static List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw failure("list", directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failure("list", directory, e);
        }
        return names;
    }

    static OsException failure(String call, Path path, IOException cause) {
        return failure(error(cause), call, path, cause);
    }

    static OsException failure(OsError error, String call, Path path, IOException cause) {
        OsException failure = new OsException(error, call + "(" + path + ") failed: " + cause);
        failure.initCause(cause);
        return failure;
    }

    static OsError error(IOException failure) {
        if (failure instanceof OsException system) {
            return system.error();
        } else if (failure instanceof NoSuchFileException) {
            return OsError.NOT_FOUND;
        } else if (failure instanceof FileAlreadyExistsException) {
            return OsError.EXISTS;
        } else if (failure instanceof AccessDeniedException) {
            return OsError.ACCESS_DENIED;
        } else if (failure instanceof NotDirectoryException) {
            return OsError.NOT_DIRECTORY;
        }
        return OsError.OTHER;
    }
}
