package dev.filelock.protocol.kernel;

import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.protocol.FileIdentity;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What must stay true of a file while it is locked. */
final class LockedFile {
    private LockedFile() {}

    /**
     * @param locked the file that is locked
     * @param named what the path names now, null if nothing
     * @throws LockLostException if these are two
     */
    static void requireNamed(Path path, FileIdentity locked, @Nullable FileIdentity named) {
        if (!locked.equals(named)) {
            throw new LockLostException(
                    path,
                    named == null ? Reason.MARKER_MISSING : Reason.OWNER_CHANGED,
                    "lock file " + path + (named == null ? " was deleted" : " was replaced by another file")
                            + " while it was locked, so another process can hold a lock of that name now; "
                            + "lock files must be left where they are");
        }
    }
}
