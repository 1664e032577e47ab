package dev.filelock.protocol.sqlite;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import dev.filelock.os.StickyDirectories;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.FileNames;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lock file on disk, looked at and created without ever being opened while anybody could have it locked. */
final class Database {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private final Path path;
    private final @Nullable Set<PosixFilePermission> permissions;
    private final FileIdentities identities;
    private final OpenFiles openFiles;

    Database(
            Path path, @Nullable Set<PosixFilePermission> permissions, FileIdentities identities, OpenFiles openFiles) {
        this.path = path;
        this.permissions = permissions;
        this.identities = identities;
        this.openFiles = openFiles;
    }

    Path path() {
        return path;
    }

    /** Which file the path names now, or null. */
    @Nullable FileIdentity identity() throws IOException {
        return identities.notFollowing(path);
    }

    /**
     * Makes the file if it is missing, and refuses it if it can't be a lock file.
     *
     * @return null if it vanished meanwhile
     */
    @Nullable FileIdentity prepare() throws IOException {
        BasicFileAttributes attributes = attributes(path);
        if (attributes == null) {
            create();
            attributes = attributes(path);
        }
        if (attributes == null) {
            return null;
        }
        requireEmptyFile(attributes);
        requireNotPlanted();
        requireNothingLeftOver("-journal");
        requireNothingLeftOver("-wal");
        return identity();
    }

    /**
     * The path to give to SQLite, which with {@code SQLITE_OPEN_NOFOLLOW} refuses a symbolic link anywhere in a path, while only
     * the last component is none of ours to follow.
     */
    Path inRealDirectory() throws IOException {
        return directory().toRealPath().resolve(path.getFileName());
    }

    Path directory() {
        Path parent = path.getParent();
        return parent == null ? path.toAbsolutePath().getRoot() : parent;
    }

    private @Nullable BasicFileAttributes attributes(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new FileLockException(
                    path,
                    "lock file " + path + " can't be examined: " + e
                            + "; let this user search the directories on its path, or choose another path for the lock",
                    e);
        }
    }

    private void requireEmptyFile(BasicFileAttributes found) {
        if (found.isSymbolicLink()) {
            throw refused(
                    "a symbolic link, which is never followed: who can write the directory could redirect the lock");
        }
        if (found.isDirectory()) {
            throw refused("a directory");
        }
        if (!found.isRegularFile()) {
            throw refused("neither a file nor a directory but a FIFO, a socket or a device");
        }
        if (found.size() != 0) {
            throw refused("not empty but has " + found.size() + " bytes, so it is somebody's database or data");
        }
    }

    /** SQLite does what a file says that is no longer empty, down to deleting others that a journal beside it names. */
    private void requireNotPlanted() throws IOException {
        Integer stranger = StickyDirectories.strangersId(path);
        if (stranger != null) {
            throw refused("user " + stranger
                    + "'s, in a directory that everybody may write, and could be made into a database"
                    + " at any moment that has SQLite harm other files");
        }
    }

    private LockProtocolException refused(String found) {
        return new LockProtocolException(
                path, "lock file " + path + " is " + found + "; it was not touched; choose another path for the lock");
    }

    /** SQLite deletes what it takes for remnants of an earlier database when it locks an empty one. */
    private void requireNothingLeftOver(String suffix) {
        Path leftover = FileNames.sibling("", path, suffix);
        BasicFileAttributes found = attributes(leftover);
        if (found != null && (!found.isRegularFile() || found.size() != 0)) {
            throw new LockProtocolException(
                    path,
                    "beside lock file " + path + " there is " + leftover
                            + ", which belongs to somebody's database and would be deleted by SQLite; it was not touched; choose another "
                            + "path for the lock, or move that file away if it is of no use");
        }
    }

    private void create() {
        createDirectory();
        // The file is opened and closed here, which must not drop a lock that another copy of this library has taken
        // meanwhile.
        synchronized (openFiles.monitor()) {
            try {
                createWithPermissions();
            } catch (FileAlreadyExistsException e) {
                LOG.debug("somebody else created {}", path);
            } catch (IOException e) {
                throw new FileLockException(
                        path,
                        "lock file " + path + " can't be created: " + e
                                + (e instanceof AccessDeniedException
                                        ? "; let this user write the directory"
                                        : "; mend that")
                                + ", or choose another path for the lock",
                        e);
            }
        }
    }

    private void createWithPermissions() throws IOException {
        if (permissions == null) {
            Files.createFile(path);
            return;
        }
        try (DirectoryStream<Path> directory = Files.newDirectoryStream(directory())) {
            if (directory instanceof SecureDirectoryStream<Path> held) {
                create(held, permissions);
            } else {
                Files.createFile(path);
            }
        }
    }

    /** Both steps in one directory, whatever its name leads to in between: or it could be another's file that is changed. */
    private void create(SecureDirectoryStream<Path> directory, Set<PosixFilePermission> permissions)
            throws IOException {
        Path name = path.getFileName();
        Set<StandardOpenOption> anew = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        directory
                .newByteChannel(name, anew, PosixFilePermissions.asFileAttribute(permissions))
                .close(); // less what the umask takes away
        directory
                .getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(permissions);
    }

    private void createDirectory() {
        Path directory = directory();
        if (Files.isDirectory(directory)) { // createDirectories of JDK 17 refuses a symbolic link to a directory
            return;
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new FileLockException(
                    path,
                    "directory " + directory + " of lock file " + path + " can't be created: " + e
                            + "; make it, let this user write where it belongs, or choose another path for the lock",
                    e);
        }
    }
}
