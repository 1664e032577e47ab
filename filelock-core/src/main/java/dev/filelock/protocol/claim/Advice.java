package dev.filelock.protocol.claim;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import java.nio.file.Path;

/** Adds the way out to what the system says. */
final class Advice {
    private Advice() {}

    static OsException on(OsException failure, Path written) {
        if (failure.error() != OsError.ACCESS_DENIED) {
            return failure;
        }
        OsException advised = new OsException(
                failure.error(),
                failure.getMessage() + "; let this user write the directory " + written.getParent()
                        + ", or choose another one for lock files");
        advised.initCause(failure);
        return advised;
    }
}
