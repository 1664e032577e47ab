package dev.filelock.protocol.generation;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.os.StickyDirectories;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.FileNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The directory {@code <lock>.rw}, with the log in {@code gen} and the participants' records in {@code holders}. */
final class LockDirectory {
    private static final int OWNER_ONLY = 0700;
    private static final String SUFFIX = ".rw";
    private static final Set<Open> DIRECTORY = Set.of(Open.READ, Open.DIRECTORY);

    private final OsFiles files;
    private final Path lock;
    private final Path root;
    private final GenerationLog log;
    private final Holders holders;

    /** Where the directory of a lock is. */
    static Path root(Path lock) {
        return FileNames.sibling("", lock, SUFFIX);
    }

    /**
     * Resolves the lock's directory once, so that a symbolic link to it which changes later takes nobody apart.
     *
     * @param lock absolute
     */
    LockDirectory(Path lock, OsFiles files, Tokens tokens) throws IOException {
        this.files = files;
        this.lock = lock;
        Path directory = Objects.requireNonNull(lock.getParent()).toRealPath();
        this.root = root(directory.resolve(lock.getFileName()));
        this.log = new GenerationLog(lock, root.resolve("gen"), files, tokens);
        this.holders = new Holders(root.resolve("holders"), files);
    }

    /** The name of the lock that keeps its log in a directory of the given name; null if none does. */
    static @Nullable String lockOf(String directory) {
        return directory.endsWith(SUFFIX) ? directory.substring(0, directory.length() - SUFFIX.length()) : null;
    }

    Path root() {
        return root;
    }

    /** Which file is there now; null if none. */
    @Nullable FileIdentity identity() throws IOException {
        FileStatus there = files.lstat(root);
        return there == null ? null : there.identity();
    }

    GenerationLog log() {
        return log;
    }

    Holders holders() {
        return holders;
    }

    /** Makes the directories that are missing and refuses whatever else stands in their place; the identity of the root. */
    FileIdentity make() throws IOException {
        FileStatus made = make(
                root, "let this user write the directory " + root.getParent() + ", or choose another lock directory");
        requireNotPlanted();
        String owners =
                "it belongs to user " + made.owner() + ", and GENERATION locks are private to one user; let all who"
                        + " use this lock run as that user, or use another backend";
        make(log.directory(), owners);
        make(holders.directory(), owners);
        return made.identity();
    }

    /** Nobody else may be able to put links in place of what is in it. */
    void requireNotPlanted() throws IOException {
        Integer stranger = StickyDirectories.strangersId(root);
        if (stranger != null) {
            throw new LockProtocolException(
                    lock,
                    root + ", where the GENERATION lock " + lock + " keeps its log, belongs to user " + stranger
                            + " and is in a directory that everybody may write, so it could lead this process's files elsewhere;"
                            + " nothing was changed. Choose a lock directory that others can't write");
        }
    }

    private FileStatus make(Path directory, String advice) throws IOException {
        FileStatus there;
        try {
            there = files.lstat(directory);
            if (there == null) {
                there = makeNew(directory);
            }
        } catch (OsException e) {
            if (e.error() != OsError.ACCESS_DENIED) {
                throw e;
            }
            OsException advised = new OsException(e.error(), e.getMessage() + "; " + advice);
            advised.initCause(e);
            throw advised;
        }
        if (there.type() != FileStatus.Type.DIRECTORY) {
            throw new LockProtocolException(
                    lock,
                    directory + " is " + (there.type() == FileStatus.Type.SYMBOLIC_LINK ? "a symbolic link" : "a file")
                            + ", where the GENERATION lock " + lock + " keeps a directory of its own; nothing was"
                            + " changed. Remove it, or choose another lock path");
        }
        return there;
    }

    private FileStatus makeNew(Path directory) throws IOException {
        try {
            files.makeDirectory(directory, OWNER_ONLY);
        } catch (OsException e) {
            if (e.error() != OsError.EXISTS) {
                throw e;
            }
        }
        FileStatus made = files.lstat(directory);
        if (made == null) {
            throw new OsException(OsError.NOT_FOUND, directory + " vanished as soon as it had been made");
        }
        return made;
    }

    /** Opens the root; null where the system opens no directories. */
    @Nullable Descriptor open() throws IOException {
        try {
            return files.open(root, DIRECTORY, 0);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_SUPPORTED) {
                return null;
            }
            throw e;
        }
    }

    /** Whether the log's directory was taken away, and so everybody with it. */
    boolean isGone() throws IOException {
        return files.lstat(log.directory()) == null;
    }
}
