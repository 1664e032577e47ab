package dev.filelock.protocol.kernel;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.NativeAccessException;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A try at {@code flock(LOCK_EX | LOCK_NB)}, see flock(2).
 *
 * <p>It opens the file once and keeps the descriptor between polls: a try that closed its descriptor would wake every watcher of
 * the file, itself among them.
 */
final class FlockAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** The path may name another file each time we look, but then somebody else got on. */
    private static final int ROUNDS = 4;

    private static final int UMASK_DECIDES = 0666;

    private final FlockFile file;
    private final Path path;
    private final LockMode mode;
    private @Nullable Descriptor descriptor;
    private @Nullable FileStatus opened;
    private boolean created;
    private @Nullable Attempt substitute;

    FlockAttempt(FlockFile file, LockMode mode) {
        this.file = file;
        this.path = file.path();
        this.mode = mode;
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        if (substitute != null) {
            return substitute.poll(patience);
        }
        OsFiles files = files();
        for (int round = 0; round < ROUNDS; round++) {
            if (descriptor == null && !open(files)) {
                continue;
            }
            Descriptor current = Objects.requireNonNull(descriptor);
            FileStatus status = Objects.requireNonNull(opened);
            if (file.fallback().isKnownToLackLocks(status.identity().device())) {
                return fallBack(files, patience, status);
            }
            boolean locked;
            try {
                locked = current.tryLockExclusive();
            } catch (OsException e) {
                if (e.error() == OsError.NOT_IMPLEMENTED && file.options().fallbackToSoft()) {
                    file.fallback().remember(status.identity().device(), path, fileSystem());
                    return fallBack(files, patience, status);
                }
                close();
                throw noKernelLock(e);
            }
            FileStatus named = files.lstat(path);
            if (named != null && named.identity().equals(status.identity())) {
                return locked ? grant(current, status) : null;
            }
            close(); // deleted or replaced since it was opened: whoever locks the path now locks another file
        }
        return null;
    }

    @Override
    public Set<Watch> watches() {
        return substitute == null ? Set.of(new Watch(path, Watch.Kind.FILE)) : substitute.watches();
    }

    @Override
    public void abandon() throws IOException {
        close();
        if (substitute != null) {
            substitute.abandon();
        }
    }

    private OsFiles files() {
        try {
            return file.files().get();
        } catch (NativeAccessException e) {
            throw new FileLockException(path, path + " can't be locked: " + e.getMessage(), e);
        }
    }

    /** False if the file came or went meanwhile. */
    private boolean open(OsFiles files) throws IOException {
        Descriptor fresh = openExisting(files);
        created = fresh == null;
        if (fresh == null) {
            fresh = create(files);
        }
        if (fresh == null) {
            return false;
        }
        try {
            FileStatus status = fresh.status();
            file.inspection().look(path, fresh, status);
            opened = status;
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
        descriptor = fresh;
        return true;
    }

    /** Without O_CREAT, which Linux denies on other users' files in sticky directories; flock needs no permission to write. */
    private @Nullable Descriptor openExisting(OsFiles files) throws IOException {
        try {
            return files.open(path, EnumSet.of(Open.READ, Open.WRITE, Open.NON_BLOCKING), 0);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return null;
            }
            if (e.error() != OsError.ACCESS_DENIED && e.error() != OsError.READ_ONLY) {
                throw refusal(files, e);
            }
        }
        try {
            return files.open(path, EnumSet.of(Open.READ, Open.NON_BLOCKING), 0);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return null;
            }
            throw refusal(files, e);
        }
    }

    private @Nullable Descriptor create(OsFiles files) throws IOException {
        Set<Open> how = EnumSet.of(Open.READ, Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
        int permissions =
                file.options().filePermissions().map(FlockAttempt::bits).orElse(UMASK_DECIDES);
        try {
            return files.open(path, how, permissions);
        } catch (OsException e) {
            if (e.error() == OsError.EXISTS) {
                return null;
            }
            if (e.error() == OsError.NOT_FOUND && files.stat(directory()) != null) {
                return null; // FUSE and NFS split the look-up from the creation
            }
            throw refusal(files, e);
        }
    }

    private Grant grant(Descriptor current, FileStatus status) throws IOException {
        descriptor = null;
        Integer wanted =
                file.options().filePermissions().map(FlockAttempt::bits).orElse(null);
        if (wanted != null && wanted != status.permissions()) {
            try {
                current.changePermissions(wanted);
            } catch (OsException e) {
                log.debug("The permissions of {} are its owner's to change", path, e);
            }
        }
        return new FlockGrant(file, current, status.identity());
    }

    private @Nullable Grant fallBack(OsFiles files, Patience patience, FileStatus status) throws IOException {
        close();
        if (!file.options().fallbackToSoft()) {
            throw new FileLockException(path, noLocksHere() + ", and fallbackToSoft is off");
        }
        FileStatus named = files.lstat(path);
        if (created && named != null && named.size() == 0 && named.identity().equals(status.identity())) {
            files.unlink(path);
        }
        substitute = file.fallback().open(path, file.options()).attempt(mode);
        return substitute.poll(patience);
    }

    private FileLockException noKernelLock(OsException e) {
        if (e.error() == OsError.NOT_IMPLEMENTED) {
            return new FileLockException(path, noLocksHere() + ", and fallbackToSoft is off", e);
        }
        return new FileLockException(
                path,
                path + " could not be locked: " + e.getMessage() + ". Its file system (" + fileSystem()
                        + ") may not support kernel locks, or not now: try again, choose backend SOFT for all who share the path, or "
                        + "keep the lock file on a local file system",
                e);
    }

    private String noLocksHere() {
        return path + " could not be locked: its file system (" + fileSystem()
                + ") has no kernel locks; choose backend SOFT, or keep the lock file on another file system";
    }

    private FileLockException refusal(OsFiles files, OsException e) throws IOException {
        switch (e.error()) {
            case SYMBOLIC_LINK:
                return new LockProtocolException(
                        path,
                        path + " is a symbolic link, which is never followed: lock the file it names, or another path",
                        e);
            case IS_DIRECTORY:
                return new LockProtocolException(
                        path, path + " is a directory: give the path of a file, such as .lock in it", e);
            case NO_DEVICE:
                return new LockProtocolException(
                        path, path + " is a socket or a FIFO, not a lock file; choose another path", e);
            case NAME_TOO_LONG:
                return new FileLockException(
                        path, "the name of lock file " + path + " is too long for its file system", e);
            case ACCESS_DENIED:
            case READ_ONLY:
                return new FileLockException(path, path + " can't be opened: " + e.getMessage() + owner(files), e);
            default:
                return new FileLockException(path, path + " can't be opened: " + e.getMessage(), e);
        }
    }

    private String owner(OsFiles files) throws IOException {
        FileStatus status = files.lstat(path);
        if (status == null) {
            return ". Let this user write the directory " + directory() + ", or choose another one for lock files";
        }
        return String.format(
                ". It belongs to user id %d with permissions %04o; let this user read it, or choose another path",
                status.owner(), status.permissions());
    }

    private Path directory() {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    private String fileSystem() {
        try {
            return Files.getFileStore(directory()).type();
        } catch (IOException e) {
            return "of an unknown type";
        }
    }

    private void close() {
        Descriptor closing = descriptor;
        descriptor = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException e) {
                log.debug("Closing {} after a try failed", path, e);
            }
        }
    }

    private static int bits(Set<PosixFilePermission> permissions) {
        int bits = 0;
        for (PosixFilePermission permission : permissions) {
            bits |= 0400 >> permission.ordinal();
        }
        return bits;
    }
}
