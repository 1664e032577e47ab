package dev.filelock.protocol.kernel;

import dev.filelock.LockLostException;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.PathLoss;
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
        PathLoss loss = PathLoss.ofFile(path, locked, named);
        if (loss != null) {
            throw loss.exception(path, "lock file");
        }
    }
}
