package dev.filelock.engine;

import dev.filelock.LockDirectoryException;
import dev.filelock.LockName;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock directory of a registry that was given none: one per user in the temporary directory, where anybody could have put
 * something of that name. So it is used only as long as it is a real directory that belongs to this user and nobody else can write;
 * looked at before each acquisition, since what cleans temporary directories may have made room for somebody else's.
 */
final class PrivateDirectory {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** See stat(2). */
    private static final int FILE_TYPE = 0170000;

    private static final int DIRECTORY = 0040000;
    private static final int WRITABLE_BY_OTHERS = 0022;

    private final Path path;
    private final boolean unix;
    private final AtomicBoolean warned = new AtomicBoolean();

    /** The owner of what this process makes, once it was needed: an id, for which there may be no name. */
    private volatile @Nullable Object self;

    PrivateDirectory(Path path) {
        this.path = path;
        this.unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
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

    /** Makes the directory if it is missing. @throws LockDirectoryException if it may not be used */
    void prepare() {
        try {
            try {
                examine();
            } catch (NoSuchFileException e) {
                create();
                examine();
            }
        } catch (IOException e) {
            throw new LockDirectoryException(
                    path,
                    null,
                    "the default lock directory " + path + " can't be used: " + Engine.reason(e)
                            + "; choose a lock directory of your own",
                    e);
        }
        if (warned.compareAndSet(false, true)) {
            log.warn(
                    "No lock directory was chosen, so locks are kept in {}: they exclude only processes of this user with the same "
                            + "temporary directory; set one with LockRegistry.builder().directory(...), or filelock.directory in Spring Boot",
                    path);
        }
    }

    private void create() throws IOException {
        try {
            if (unix) {
                Files.createDirectory(path, OWNER_ONLY);
            } else {
                Files.createDirectory(path);
            }
        } catch (FileAlreadyExistsException e) {
            log.debug("{} was made by somebody else at the same time", path);
        }
    }

    private void examine() throws IOException {
        if (!unix) {
            examine(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS), owner(path), 0);
            return;
        }
        Map<String, Object> found = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        int mode = (int) Objects.requireNonNull(found.get("mode"));
        examine((mode & FILE_TYPE) == DIRECTORY, Objects.requireNonNull(found.get("uid")), mode & WRITABLE_BY_OTHERS);
    }

    private void examine(boolean directory, Object owner, int writableByOthers) throws IOException {
        if (!directory) {
            throw refused("it is not a directory but a link or a file");
        }
        if (!owner.equals(self())) {
            throw refused("it belongs to " + Files.getOwner(path, LinkOption.NOFOLLOW_LINKS));
        }
        if (writableByOthers != 0) {
            throw refused("others may write it ("
                    + PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS))
                    + ")");
        }
    }

    private Object self() throws IOException {
        Object known = self;
        if (known == null) {
            Path probe = Files.createTempFile(path.getParent(), "filelock-owner", null);
            try {
                known = owner(probe);
            } finally {
                Files.delete(probe);
            }
            self = known;
        }
        return known;
    }

    private Object owner(Path file) throws IOException {
        return unix
                ? Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                : Files.getOwner(file, LinkOption.NOFOLLOW_LINKS);
    }

    private LockDirectoryException refused(String why) {
        return new LockDirectoryException(
                path,
                null,
                "the default lock directory " + path + " can't be trusted: " + why
                        + "; choose a lock directory of your own",
                null);
    }
}
