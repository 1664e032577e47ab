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
    READ_ONLY,
    /** ENAMETOOLONG. */
    NAME_TOO_LONG,
    /** ENXIO: a FIFO or socket without its other end. */
    NO_DEVICE,
    /** ESTALE. */
    STALE,
    /** ENOSPC or EDQUOT. */
    NO_SPACE,
    /** EMFILE or ENFILE. */
    TOO_MANY_FILES,
    OTHER
}
