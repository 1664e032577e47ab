package dev.filelock.os;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.protocol.FileIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What differs between the Unix systems: constants, the layout of {@code stat}, and the calls that are not the same everywhere.
 * Exists only once all native calls are linked and found to work; see {@link UnixFiles#linked}.
 */
abstract class Unix {
    private static final int EPERM = 1;
    private static final int EINTR = 4;

    /** The error numbers that differ from system to system. */
    record Errors(
            int wouldBlock,
            int notImplemented,
            Set<Integer> notSupported,
            int noLocks,
            int symbolicLink,
            int nameTooLong,
            int stale,
            int quota,
            int noAttribute) {}

    /** The flags of {@code open(2)}, which differ from system to system and from processor to processor. */
    record OpenFlags(
            int create,
            int exclusive,
            int nonBlocking,
            int directory,
            int noFollow,
            int closeOnExec,
            int noControllingTerminal) {

        int of(Set<Open> how) {
            boolean write = how.contains(Open.WRITE);
            int flags = noFollow | closeOnExec | noControllingTerminal;
            flags |= write ? (how.contains(Open.READ) ? 2 : 1) : 0;
            flags |= how.contains(Open.CREATE) ? create : 0;
            flags |= how.contains(Open.EXCLUSIVE) ? exclusive : 0;
            flags |= how.contains(Open.NON_BLOCKING) ? nonBlocking : 0;
            flags |= how.contains(Open.DIRECTORY) ? directory : 0;
            return flags;
        }
    }

    private final OpenFlags openFlags;
    private final Errors errors;

    Unix(OpenFlags openFlags, Errors errors) {
        this.openFlags = openFlags;
        this.errors = errors;
    }

    static Unix link() {
        NativeLibrary process = NativeLibrary.getProcess();
        Native.register(LibC.class, process);
        if (Platform.isLinux()) {
            return Linux.link(process);
        } else if (Platform.isMac()) {
            return MacOs.link();
        } else {
            throw new UnsupportedOperationException(
                    System.getProperty("os.name") + " is neither Linux nor macOS nor Windows");
        }
    }

    final OpenFlags openFlags() {
        return openFlags;
    }

    abstract int open(byte[] path, int flags, int mode);

    /** Opens a directory only to go on from it, which needs no permission; negative if that fails or the system can't. */
    int openPlace(byte[] directory) {
        return -1;
    }

    /** Fills {@code status}, an array of {@link #statusSize} bytes. */
    abstract int stat(byte[] path, boolean follow, byte[] status);

    /** What a name stands for in an open directory, not followed; only where {@link #openPlace} opens any. */
    int statIn(int directory, byte[] name, byte[] status) {
        throw new UnsupportedOperationException();
    }

    /** Whether the entries of a directory can be read by {@link #entries}. */
    boolean listsItself() {
        return false;
    }

    /** Reads the next entries of an open directory; the number of bytes, 0 at the end. */
    int entries(int directory, byte[] buffer) {
        throw new UnsupportedOperationException();
    }

    /** Adds the names that {@link #entries} has read, without those of the directory itself and its parent. */
    void addNames(byte[] entries, int length, List<String> names) {
        throw new UnsupportedOperationException();
    }

    abstract int fstat(int descriptor, byte[] status);

    abstract int statusSize();

    abstract FileIdentity identity(byte[] status);

    abstract FileStatus status(byte[] status);

    abstract int writable(byte[] path);

    /** {@code linkat} without following. */
    abstract int link(byte[] existing, byte[] name);

    abstract long getAttribute(int descriptor, byte[] name, byte[] value);

    abstract int setAttribute(int descriptor, byte[] name, byte[] value);

    /** Whether the call that just failed on this thread was only interrupted by a signal. */
    static boolean interrupted() {
        return Native.getLastError() == EINTR;
    }

    /** Whether the call that just failed on this thread is not permitted to anybody, as opposed to this process (EACCES). */
    static boolean notPermitted() {
        return Native.getLastError() == EPERM;
    }

    /** Whether the call that just failed on this thread did so for want of the extended attribute. */
    final boolean attributeMissing() {
        return Native.getLastError() == errors.noAttribute;
    }

    /** The error of the call that just failed on this thread. */
    final OsError lastError() {
        return classify(Native.getLastError());
    }

    /** Puts the failure of the call that just failed on this thread into an exception. */
    final OsException failure(String call, Path path) {
        int errno = Native.getLastError();
        return new OsException(classify(errno), call + "(" + path + ") failed: " + LibC.strerror(errno));
    }

    final OsError classify(int errno) {
        switch (errno) {
            case 2:
                return OsError.NOT_FOUND;
            case 17:
                return OsError.EXISTS;
            case 1:
            case 13:
                return OsError.ACCESS_DENIED;
            case 21:
                return OsError.IS_DIRECTORY;
            case 20:
                return OsError.NOT_DIRECTORY;
            case 5:
                return OsError.INPUT_OUTPUT;
            case 30:
                return OsError.READ_ONLY;
            case 18:
                return OsError.CROSS_DEVICE;
            case 6:
                return OsError.NO_DEVICE;
            case 28:
                return OsError.NO_SPACE;
            case 23:
            case 24:
                return OsError.TOO_MANY_FILES;
            default:
                return classifyBySystem(errno);
        }
    }

    private OsError classifyBySystem(int errno) {
        if (errno == errors.wouldBlock) {
            return OsError.WOULD_BLOCK;
        } else if (errno == errors.notImplemented) {
            return OsError.NOT_IMPLEMENTED;
        } else if (errors.notSupported.contains(errno)) {
            return OsError.NOT_SUPPORTED;
        } else if (errno == errors.noLocks) {
            return OsError.NO_LOCKS;
        } else if (errno == errors.symbolicLink) {
            return OsError.SYMBOLIC_LINK;
        } else if (errno == errors.nameTooLong) {
            return OsError.NAME_TOO_LONG;
        } else if (errno == errors.stale) {
            return OsError.STALE;
        } else if (errno == errors.quota) {
            return OsError.NO_SPACE;
        } else {
            return OsError.OTHER;
        }
    }

    static FileStatus.Type type(int mode) {
        switch (mode & 0170000) {
            case 0100000:
                return FileStatus.Type.REGULAR;
            case 0040000:
                return FileStatus.Type.DIRECTORY;
            case 0120000:
                return FileStatus.Type.SYMBOLIC_LINK;
            default:
                return FileStatus.Type.OTHER;
        }
    }
}
