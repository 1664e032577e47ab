package dev.filelock.os;

/** The system errors that decide something; every other is {@link #OTHER}. */
public enum OsError {
    /** ENOENT. */
    NOT_FOUND,
    /** EEXIST. */
    EXISTS,
    /** EACCES or EPERM. */
    ACCESS_DENIED,
    /** ELOOP: a symbolic link where none is followed. */
    SYMBOLIC_LINK,
    /** EISDIR. */
    IS_DIRECTORY,
    /** ENOTDIR. */
    NOT_DIRECTORY,
    /** EAGAIN or EWOULDBLOCK. */
    WOULD_BLOCK,
    /** ENOSYS. */
    NOT_IMPLEMENTED,
    /** ENOTSUP, EOPNOTSUPP, or 524 of Linux. */
    NOT_SUPPORTED,
    /** ENOLCK. */
    NO_LOCKS,
    /** EIO. */
    INPUT_OUTPUT,
    /** EXDEV: a hard link to another file system. */
    CROSS_DEVICE,
    /** EROFS. */
    READ_ONLY("its file system can't be written: choose a directory that can, or mount it for writing"),
    /** ENAMETOOLONG. */
    NAME_TOO_LONG("choose a shorter name"),
    /** ENXIO: a FIFO or socket without its other end. */
    NO_DEVICE,
    /** ESTALE. */
    STALE,
    /** ENOSPC or EDQUOT. */
    NO_SPACE("make room there, for files as well as for bytes, raise the quota, or choose another file system"),
    /** EMFILE or ENFILE. */
    TOO_MANY_FILES(
            "as many files are open as may be: raise the limit of this process (ulimit -n) or of the system, or close some"),
    OTHER;

    /** What the user can do, as far as that does not depend on what was tried; or empty. */
    final String wayOut;

    OsError() {
        this("");
    }

    OsError(String wayOut) {
        this.wayOut = wayOut;
    }
}
