package dev.filelock.protocol.generation;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log: immutable snapshots, each in a file named by its generation. Whoever links the next name first has decided what comes
 * next. Safe for use by any number of threads.
 *
 * <p>Generations are deleted oldest first, and only once 64 newer ones are there. Two conclusions rest on that, each by a look
 * that comes later than what it is about: if a generation is missing and its predecessor is there, it has not come and gone, so
 * nothing newer exists; and if we link a generation and its predecessor is there, ours is not the second of that number.
 */
final class GenerationLog {
    /** So many generations stay; a peer that lags by no more finds its way. */
    private static final int RETAINED = 64;

    /** So many generations must be missing in a row before the log is believed to end, where nothing shows it sooner. */
    private static final int MISSES = 64;

    private static final int OWNER_ONLY = 0600;
    private static final int USUAL_BYTES = 4096;
    private static final int NAME_LENGTH = 20;
    private static final String DRAFT = ".commit-";
    private static final Set<Open> NEW = Set.of(Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
    private static final Logger log = LoggerFactory.getLogger(GenerationLog.class);

    private final Path lock;
    private final Path directory;
    private final OsFiles files;
    private final Tokens tokens;

    /** The newest snapshot that we have read or written. */
    private volatile Snapshot remembered = Snapshot.NONE;

    /** The drafts of the last listing. */
    private volatile List<String> drafts = List.of();

    /** The generations of the last listing that nobody needs. */
    private volatile List<String> outdated = List.of();

    GenerationLog(Path lock, Path directory, OsFiles files, Tokens tokens) {
        this.lock = lock;
        this.directory = directory;
        this.files = files;
        this.tokens = tokens;
    }

    Path directory() {
        return directory;
    }

    // ---- the newest generation

    /**
     * As {@link #look}. Deletes generations that nobody needs any more, too.
     *
     * @throws LockProtocolException if the log can't be read safely
     */
    Snapshot latest() throws IOException {
        Snapshot latest = look();
        for (String name : outdated) {
            files.unlink(directory.resolve(name));
        }
        return latest;
    }

    /**
     * The newest snapshot, or one that was while this call ran. Changes nothing.
     *
     * @throws LockProtocolException if the log can't be read safely
     */
    Snapshot look() throws IOException {
        long listedBefore = -1;
        while (true) {
            List<String> listed = generations();
            Snapshot base = newestReadable(listed);
            if (base != null) {
                Snapshot newest = newestFrom(base);
                if (newest != null) {
                    return remember(newest);
                }
                forget();
                continue;
            }
            String newest = listed.get(listed.size() - 1);
            if (generation(newest) <= listedBefore) {
                throw unreadable(newest, "it is listed but can't be found", null);
            }
            listedBefore = generation(newest); // the log moved on while we read; whoever wrote it made progress
        }
    }

    /**
     * As {@link #latest}, but without a listing where the newest snapshot that we know is still on disk. Where a file system caches
     * that a name is missing, the answer may be out of date; so it is good for a commit, which fails then, and for nothing else.
     */
    Snapshot latestToCommitOn() throws IOException {
        Snapshot known = remembered;
        Snapshot newest = known.generation() > 0 ? newestFrom(known) : null;
        return newest != null ? remember(newest) : latest();
    }

    /** The names of the newest generations, ascending; older ones are noted. */
    private List<String> generations() throws IOException {
        List<String> names = new ArrayList<>(RETAINED + 8);
        List<String> unfinished = new ArrayList<>(0);
        for (String name : Holders.list(files, directory)) {
            if (isGeneration(name)) {
                names.add(name);
            } else if (isDraft(name)) {
                unfinished.add(name);
            }
        }
        drafts = List.copyOf(unfinished);
        Collections.sort(names);
        int old = Math.max(0, names.size() - RETAINED);
        outdated = List.copyOf(names.subList(0, old));
        return names.subList(old, names.size());
    }

    /** The newest of those listed, unless we know one at least as new; null if some are listed and none can be found. */
    private @Nullable Snapshot newestReadable(List<String> ascending) throws IOException {
        Snapshot known = remembered;
        for (int i = ascending.size() - 1; i >= 0; i--) {
            String name = ascending.get(i);
            if (known.generation() >= generation(name)) {
                return known;
            }
            Snapshot snapshot = read(name);
            if (snapshot != null) {
                return snapshot;
            }
        }
        return ascending.isEmpty() ? known : null;
    }

    /**
     * Follows the log to its end, whatever a directory listing that is out of date did not have.
     *
     * @return null if the log has neither this snapshot nor one that came after it: it moved on by its whole length while we
     *     read, or it was deleted, and what we remember says nothing of the one that was begun in its place
     */
    private @Nullable Snapshot newestFrom(Snapshot base) throws IOException {
        Snapshot newest = base;
        int misses = 0;
        for (long next = base.generation() + 1; misses < MISSES; next++) {
            Snapshot snapshot = read(name(next));
            if (snapshot != null) {
                newest = snapshot;
                misses = 0;
            } else if (++misses == 1 && isThere(newest)) {
                return newest;
            }
        }
        return newest.equals(Snapshot.NONE) ? newest : null;
    }

    /** By its content, since a log that was begun anew has the same numbers. */
    private boolean isThere(Snapshot snapshot) throws IOException {
        return snapshot.equals(read(name(snapshot.generation())));
    }

    private boolean isThere(long generation) throws IOException {
        return files.lstat(directory.resolve(name(generation))) != null;
    }

    private synchronized Snapshot remember(Snapshot snapshot) {
        if (snapshot.generation() > remembered.generation()) {
            remembered = snapshot;
        }
        return snapshot;
    }

    private synchronized void forget() {
        remembered = Snapshot.NONE;
    }

    private @Nullable Snapshot read(String name) throws IOException {
        Path path = directory.resolve(name);
        try {
            byte[] bytes = Holders.read(files, path, USUAL_BYTES);
            if (bytes != null && bytes.length == USUAL_BYTES) {
                bytes = Holders.read(files, path, Snapshot.MAX_BYTES + 1);
            }
            if (bytes == null) {
                return null;
            }
            Snapshot snapshot = Snapshot.parse(bytes);
            if (snapshot.generation() != generation(name)) {
                throw unreadable(name, "it says that it is generation " + snapshot.generation(), null);
            }
            return snapshot;
        } catch (ParseException e) {
            throw unreadable(name, e.getMessage() + " (line " + e.getErrorOffset() + ")", e);
        } catch (OsException e) {
            switch (e.error()) {
                case SYMBOLIC_LINK, IS_DIRECTORY, NO_DEVICE -> throw unreadable(name, "it is not a file", e);
                default -> throw e;
            }
        }
    }

    private LockProtocolException unreadable(String name, @Nullable String problem, @Nullable Exception cause) {
        return new LockProtocolException(
                lock,
                directory.resolve(name) + " can't be read as a generation of the lock " + lock + ": " + problem
                        + ". Nothing was changed, and nobody can lock it. Was it written by another program, or a later"
                        + " version? If not, stop all who use this lock, then delete " + directory.getParent(),
                cause);
    }

    private long generation(String name) {
        if (name.compareTo(name(Snapshot.MAX_GENERATION)) > 0) {
            throw unreadable(name, "its number is beyond " + Snapshot.MAX_GENERATION, null);
        }
        return Long.parseLong(name);
    }

    private static boolean isGeneration(String name) {
        return name.length() == NAME_LENGTH && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isDraft(String name) {
        return name.startsWith(DRAFT) && Tokens.isToken(name.substring(DRAFT.length()));
    }

    private static String name(long generation) {
        String digits = Long.toString(generation);
        return "0".repeat(NAME_LENGTH - digits.length()) + digits;
    }

    // ---- the next generation

    /**
     * Tries to make this the next generation.
     *
     * @return true if it is; false if somebody else may have been faster, so that the log has to be looked at again
     */
    boolean commit(Snapshot successor) throws IOException {
        if (!publish(successor)) {
            return false;
        }
        long generation = successor.generation();
        if (!isThere(generation - 1) && latest().generation() >= generation + RETAINED) {
            // We stood still while the log moved on by its whole length, so that our number may have been free again.
            files.unlink(directory.resolve(name(generation)));
            return false;
        }
        remember(successor);
        return true;
    }

    /** Writes a draft and links it; whatever the link call says, the two names decide. */
    private boolean publish(Snapshot successor) throws IOException {
        Path draft = directory.resolve(DRAFT + tokens.next());
        try {
            try (Descriptor file = files.open(draft, NEW, OWNER_ONLY)) {
                file.write(successor.toBytes());
            } // closed before it is linked: network file systems show what was written from then on
            Path name = directory.resolve(name(successor.generation()));
            OsException failure = link(draft, name);
            FileStatus ours = files.lstat(draft);
            FileStatus there = files.lstat(name);
            if (ours != null && there != null && ours.identity().equals(there.identity())) {
                return true;
            }
            if (failure != null) {
                refuse(failure);
            }
            return false;
        } finally {
            delete(draft);
        }
    }

    private @Nullable OsException link(Path draft, Path name) throws IOException {
        try {
            files.link(draft, name);
            return null;
        } catch (OsException e) {
            return e;
        }
    }

    private void refuse(OsException failure) throws OsException {
        switch (failure.error()) {
            case EXISTS, NOT_FOUND -> {
                return; // somebody was faster, or has swept our draft away
            }
            case NOT_SUPPORTED, NOT_IMPLEMENTED, CROSS_DEVICE ->
                throw new LockProtocolException(
                        lock,
                        "the file system of " + directory + " has no hard links, which GENERATION locks need ("
                                + failure.getMessage()
                                + "); keep the lock on a file system that has them, or use another backend",
                        failure);
            default -> throw failure;
        }
    }

    private void delete(Path draft) {
        try {
            files.unlink(draft);
        } catch (IOException e) {
            log.debug("The draft {} stays behind until a later sweep", draft, e);
        }
    }

    // ---- what crashed participants leave

    /** The names of drafts, finished or not, that were there at the last look at {@link #latest}. */
    List<String> drafts() {
        return drafts;
    }

    byte @Nullable [] readDraft(String name) throws IOException {
        return Holders.read(files, directory.resolve(name), Snapshot.MAX_BYTES);
    }

    void deleteDraft(String name) {
        delete(directory.resolve(name));
    }
}
