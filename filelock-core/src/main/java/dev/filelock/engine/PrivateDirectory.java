package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockName;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock directory of a registry that was given none: one per user in the temporary directory, where anybody could have put
 * something of that name before. So it is used only if it is a real directory that belongs to this user and nobody else can write.
 */
final class PrivateDirectory {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final ReentrantLock preparing = new ReentrantLock();
    private volatile boolean prepared;

    PrivateDirectory(Path path) {
        this.path = path;
    }

    static PrivateDirectory ofUser() {
        String user = System.getProperty("user.name", "");
        LockName name = LockName.builder()
                .text("filelock-")
                .value(user.isBlank() ? "unknown" : user)
                .build();
        return new PrivateDirectory(
                Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath().resolve(name.toString()));
    }

    Path path() {
        return path;
    }

    void prepare() {
        if (prepared) {
            return;
        }
        preparing.lock();
        try {
            if (prepared) {
                return;
            }
            create();
            prepared = true;
            log.warn(
                    "No lock directory was chosen, so locks are kept in {}: they exclude only processes of this user with the same "
                            + "temporary directory; set one with LockRegistry.builder().directory(...), or filelock.directory in Spring Boot",
                    path);
        } catch (IOException e) {
            throw new FileLockException(
                    path,
                    "the default lock directory " + path + " can't be used: " + e.getMessage()
                            + "; choose a lock directory of your own",
                    e);
        } finally {
            preparing.unlock();
        }
    }

    private void create() throws IOException {
        boolean posix = Files.getFileAttributeView(path.getParent(), PosixFileAttributeView.class) != null;
        try {
            if (posix) {
                Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } else {
                Files.createDirectory(path);
            }
            return;
        } catch (FileAlreadyExistsException e) {
            log.debug("{} is there already", path);
        }
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw refused("it is not a directory but a link or a file");
        }
        UserPrincipal owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(self())) {
            throw refused("it belongs to " + owner);
        }
        if (posix) {
            Set<PosixFilePermission> permissions = Files.readAttributes(
                            path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .permissions();
            if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw refused("others may write it (" + PosixFilePermissions.toString(permissions) + ")");
            }
        }
    }

    /** Who owns what this process makes; there may be no name for that user. */
    private UserPrincipal self() throws IOException {
        Path probe = Files.createTempFile(path.getParent(), "filelock-owner", null);
        try {
            return Files.getOwner(probe, LinkOption.NOFOLLOW_LINKS);
        } finally {
            Files.delete(probe);
        }
    }

    private FileLockException refused(String why) {
        return new FileLockException(
                path,
                "the default lock directory " + path + " can't be trusted: " + why
                        + "; choose a lock directory of your own");
    }
}
