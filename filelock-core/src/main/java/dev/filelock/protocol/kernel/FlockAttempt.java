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
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A try at {@code flock(LOCK_EX | LOCK_NB)}, see flock(2).
 *
 * <p>It opens the file once and keeps the descriptor between polls: a try that closed its descriptor would wake every watcher of
 * the file, itself among them. What was locked counts only if the path still names it; a peer may have deleted or replaced the
 * file between our opening and our locking it.
 */
final class FlockAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** How often one poll starts again because the file was created, deleted or replaced by others meanwhile. */
    private static final int ROUNDS = 4;

    /**
     * How often in a row creating the file may answer that there is no such file, though its directory is there. FUSE and NFS do
     * so when they lose a race; some directories, such as {@code /proc}, always do.
     */
    private static final int MOST_DENIED_CREATIONS = 4 * ROUNDS;

    private final FlockFile file;
    private final Path path;
    private final LockMode mode;
    private final Refusals refusals;
    private @Nullable Candidate candidate;
    private int deniedCreations;
    private @Nullable Attempt substitute;

    /**
     * An open file, not yet known to be locked.
     *
     * @param created whether this attempt made it
     */
    private record Candidate(Descriptor descriptor, FileStatus status, boolean created) {
        FileIdentity identity() {
            return status.identity();
        }

        boolean isNamedBy(@Nullable FileStatus named) {
            return named != null && named.identity().equals(identity());
        }
    }

    FlockAttempt(FlockFile file, LockMode mode) {
        this.file = file;
        this.path = file.path();
        this.mode = mode;
        this.refusals = new Refusals(path);
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        try {
            return substitute != null ? substitute.poll(patience) : pollKernel(files(), patience);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public Duration pollAtLeastEvery() {
        return substitute != null ? substitute.pollAtLeastEvery() : Attempt.super.pollAtLeastEvery();
    }

    @Override
    public Set<Watch> watches() {
        return substitute != null ? substitute.watches() : Set.of(new Watch(path, Watch.Kind.LOCKED_FILE));
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

    private @Nullable Grant pollKernel(OsFiles files, Patience patience) throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            if (candidate == null) {
                if (isOnDeviceWithoutLocks(files)) {
                    return fallBack(patience);
                }
                candidate = open(files);
            }
            Candidate current = candidate;
            if (current == null) {
                continue;
            }
            boolean locked;
            try {
                locked = current.descriptor().tryLockExclusive();
            } catch (OsException e) {
                if (e.error() != OsError.NOT_IMPLEMENTED) {
                    throw refusals.ofLocking(e);
                }
                takeBack(files, current);
                if (!file.options().fallbackToSoft()) {
                    throw refusals.withoutFallback(e);
                }
                file.fallback().remember(current.identity().device(), path, refusals.fileSystem());
                return fallBack(patience);
            }
            FileStatus named = files.lstat(path);
            if (named != null && current.isNamedBy(named)) {
                return locked ? grant(current, named) : null;
            }
            close();
        }
        return null;
    }

    private boolean isOnDeviceWithoutLocks(OsFiles files) throws IOException {
        if (!file.fallback().wasNeeded() || !file.options().fallbackToSoft()) {
            return false;
        }
        FileStatus directory = files.stat(refusals.directory());
        return directory != null
                && file.fallback().isNeededOn(directory.identity().device());
    }

    private @Nullable Grant fallBack(Patience patience) throws IOException {
        Attempt soft = file.substitute().attempt(mode);
        substitute = soft;
        return soft.poll(patience);
    }

    /** Removes the file if this attempt made it and it is still what it was, so that a soft lock finds the path free. */
    private void takeBack(OsFiles files, Candidate current) throws IOException {
        close();
        FileStatus named = files.lstat(path);
        if (current.created() && named != null && current.isNamedBy(named) && named.size() == 0) {
            files.unlink(path);
        }
    }

    /** Null if the file came or went meanwhile. */
    private @Nullable Candidate open(OsFiles files) throws IOException {
        Descriptor existing = openExisting(files);
        Descriptor opened = existing != null ? existing : create(files);
        if (opened == null) {
            return null;
        }
        deniedCreations = 0;
        try {
            FileStatus status = opened.status();
            if (status.type() != FileStatus.Type.REGULAR) {
                throw new LockProtocolException(
                        path, path + " is not a regular file, so it can't be a lock file; choose another path");
            }
            return new Candidate(opened, status, existing == null);
        } catch (IOException | RuntimeException | Error e) {
            close(opened);
            throw e;
        }
    }

    /**
     * Without O_CREAT, which Linux denies on other users' files in sticky directories, and read-only where writing is denied:
     * {@code flock} needs no permission to write.
     */
    private @Nullable Descriptor openExisting(OsFiles files) throws IOException {
        try {
            return files.open(path, EnumSet.of(Open.READ, Open.WRITE, Open.NON_BLOCKING), 0);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return null;
            }
            if (e.error() != OsError.ACCESS_DENIED && e.error() != OsError.READ_ONLY) {
                throw refusals.ofOpening(files, e);
            }
        }
        try {
            return files.open(path, EnumSet.of(Open.READ, Open.NON_BLOCKING), 0);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return null;
            }
            throw refusals.ofOpening(files, e);
        }
    }

    private @Nullable Descriptor create(OsFiles files) throws IOException {
        try {
            return files.open(
                    path,
                    EnumSet.of(Open.READ, Open.WRITE, Open.CREATE, Open.EXCLUSIVE),
                    Permissions.toCreateWith(file.options()));
        } catch (OsException e) {
            if (e.error() == OsError.EXISTS) {
                return null;
            }
            if (e.error() != OsError.NOT_FOUND || ++deniedCreations >= MOST_DENIED_CREATIONS) {
                throw refusals.ofOpening(files, e);
            }
            if (files.stat(refusals.directory()) == null) {
                refusals.createDirectory();
            }
            return null;
        }
    }

    private Grant grant(Candidate current, FileStatus named) throws IOException {
        if (named.size() > 0) {
            file.inspection().look(path, named.size(), current.descriptor()::read);
        }
        Integer wanted = Permissions.wanted(file.options());
        boolean isLockFile = named.size() == 0 && named.links() == 1; // else it may be a file that somebody linked here
        if (wanted != null && wanted != named.permissions() && isLockFile) {
            changePermissions(current.descriptor(), wanted);
        }
        Grant grant = new FlockGrant(file, current.descriptor(), current.identity());
        candidate = null; // not before: if memory runs out here, abandoning the attempt unlocks the file
        return grant;
    }

    private void changePermissions(Descriptor descriptor, int wanted) throws IOException {
        try {
            descriptor.changePermissions(wanted);
        } catch (OsException e) {
            if (e.error() != OsError.ACCESS_DENIED && e.error() != OsError.READ_ONLY) {
                throw e;
            }
            log.debug("The permissions of {} are its owner's to change", path, e);
        }
    }

    private void close() {
        Candidate closing = candidate;
        candidate = null;
        if (closing != null) {
            close(closing.descriptor());
        }
    }

    /** A failure to close costs no lock: the descriptor is gone all the same. */
    private void close(Descriptor descriptor) {
        try {
            descriptor.close();
        } catch (IOException e) {
            log.debug("Closing {} after a try failed", path, e);
        }
    }
}
