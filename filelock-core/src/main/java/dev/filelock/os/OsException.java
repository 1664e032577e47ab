package dev.filelock.os;

import java.io.IOException;

/** A system call failed. The message has the call, the path and the system's own words. */
public final class OsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final OsError error;

    public OsException(OsError error, String message) {
        super(message);
        this.error = error;
    }

    public OsError error() {
        return error;
    }
}
