package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * File operations with exactly the system's semantics: nothing is followed, created or truncated unless asked for, no call is
 * interrupted by {@link Thread#interrupt}, and failures carry the system's error. Safe for use by any number of threads.
 *
 * <p>Failures are {@link OsException}; a path that is not there is an answer only where a method says so.
 */
public interface OsFiles {

    /** How to open a file. Descriptors never survive {@code exec} and never follow a symbolic link in the last component. */
    enum Open {
        READ,
        WRITE,
        CREATE,
        /** With CREATE: fail with {@link OsError#EXISTS} if the path names anything at all. */
        EXCLUSIVE,
        /** Don't wait for the other end of a FIFO. */
        NON_BLOCKING,
        /** Fail unless it is a directory. */
        DIRECTORY
    }

    /** The files of the system this JVM runs on. On Unix throws {@link NativeAccessException} if native calls can't be made. */
    static OsFiles system() {
        return Platforms.isWindows() ? WindowsFiles.INSTANCE : UnixFiles.linked();
    }

    /** Whether the system this JVM runs on has {@code flock(2)}. Links nothing to find out. */
    static boolean systemHasFlock() {
        return !Platforms.isWindows();
    }

    /** Whether descriptors have {@code flock(2)}; without it, locking fails with {@link OsError#NOT_SUPPORTED}. */
    default boolean hasFlock() {
        return true;
    }

    /**
     * Opens a file.
     *
     * @param permissions as for {@code chmod}, subject to the umask; used only if the file is created
     */
    Descriptor open(Path path, Set<Open> how, int permissions) throws IOException;

    /** What the path names, a symbolic link not followed; null if nothing. */
    @Nullable FileStatus lstat(Path path) throws IOException;

    /** What the path names, symbolic links followed; null if nothing. */
    @Nullable FileStatus stat(Path path) throws IOException;

    /** Renames within a file system, replacing nothing but what {@code rename(2)} replaces. */
    void rename(Path from, Path to) throws IOException;

    /**
     * Gives a file one more name, in one step that replaces nothing and follows no symbolic link. On network file systems the
     * answer may be lost: only a look at both names tells whether the link was made.
     *
     * @throws OsException with {@link OsError#EXISTS} if the new name names anything; with {@link OsError#NOT_SUPPORTED},
     *     {@link OsError#NOT_IMPLEMENTED} or {@link OsError#CROSS_DEVICE} where there are no hard links from the one to the other
     */
    void link(Path existing, Path name) throws IOException;

    /** Removes a name of a file that is not a directory; false if there was none. */
    boolean unlink(Path path) throws IOException;

    /**
     * Removes a name if it stands for this file. The look and the removal meet one directory, as in a {@link #place}.
     *
     * @return false if the name stands for nothing or another file, which stays
     */
    default boolean unlinkIf(Path path, FileIdentity expected) throws IOException {
        try (Place place = place(path)) {
            FileStatus there = lstat(place.path());
            return there != null && there.identity().equals(expected) && unlink(place.path());
        }
    }

    /**
     * Makes a directory, whose parent must exist.
     *
     * @param permissions as for {@code chmod}, subject to the umask; without effect on Windows
     * @throws OsException with {@link OsError#EXISTS} if the path names anything
     */
    void makeDirectory(Path path, int permissions) throws IOException;

    /**
     * The names in a directory, in no order and without {@code .} and {@code ..}. A name that comes or goes meanwhile may be among
     * them or not; one that is there all the time is. A symbolic link at the end of the path is followed.
     */
    List<String> list(Path directory) throws IOException;

    /** Whether this process may write the file, by its effective ids ({@code faccessat} with {@code AT_EACCESS}). */
    boolean writable(Path path) throws IOException;

    /**
     * Holds on to the directory of a path, where the system can: for steps that belong together, so that nobody can have them done in
     * different directories by replacing one on the path, or a link to one, in between.
     */
    default Place place(Path path) throws IOException {
        return new Place(path, () -> {});
    }

    /**
     * A directory that is held on to.
     *
     * @param path to be used instead of the one that was given; its siblings are in the same directory
     * @param letGo ends it
     */
    record Place(Path path, Closing letGo) implements AutoCloseable {
        /** What closes. */
        @FunctionalInterface
        interface Closing {
            void run() throws IOException;
        }

        @Override
        public void close() throws IOException {
            letGo.run();
        }
    }

    /** An open file. Closing is the caller's; a second close does nothing. */
    interface Descriptor extends AutoCloseable {
        FileStatus status() throws IOException;

        /** Reads up to {@code limit} bytes from the start of the file. */
        byte[] read(int limit) throws IOException;

        /** Writes everything at the current position, or throws; never leaves without having tried the rest of a short write. */
        void write(byte[] bytes) throws IOException;

        /** {@code flock(LOCK_EX | LOCK_NB)}; false if somebody else has it (EWOULDBLOCK, EACCES). */
        boolean tryLockExclusive() throws IOException;

        /** {@code flock(LOCK_UN)}. */
        void unlock() throws IOException;

        void changePermissions(int permissions) throws IOException;

        /** Sets the times of access and modification to now, by the clock of the file system. */
        void touch() throws IOException;

        /** The extended attribute, or null if there is none or the file system has none. */
        byte @Nullable [] attribute(String name) throws IOException;

        /** Sets an extended attribute; false if the file system has none. */
        boolean setAttribute(String name, byte[] value) throws IOException;

        @Override
        void close() throws IOException;
    }
}
