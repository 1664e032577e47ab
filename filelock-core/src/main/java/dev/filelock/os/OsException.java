package dev.filelock.os;

import java.io.IOException;

/** A system call failed. The message has the call, the path, the system's own words, and the way out if there is one. */
public final class OsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final OsError error;

    /** Without the way out. */
    private final String said;

    public OsException(OsError error, String message) {
        super(error.wayOut.isEmpty() ? message : message + "; " + error.wayOut);
        this.error = error;
        this.said = message;
    }

    public OsError error() {
        return error;
    }

    /** The same with more words of what was tried, and as another error if its kind depends on that. */
    OsException with(OsError kind, String words) {
        return new OsException(kind, said + words);
    }
}
