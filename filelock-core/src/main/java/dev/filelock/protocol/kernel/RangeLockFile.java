package dev.filelock.protocol.kernel;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file whose first byte is locked through the JDK: {@code LockFileEx} on Windows, as Python's {@code WindowsFileLock} does;
 * {@code fcntl} on Unix.
 *
 * @param path absolute
 * @param options those of the file
 * @param holderNames names who has the lock
 * @param inspection looks at a file that is not empty
 * @param openFiles those of all copies of this library in the JVM
 */
record RangeLockFile(
        Path path, LockOptions options, Holders holderNames, Inspection inspection, RangeLockedFiles openFiles)
        implements LockFile {

    @Override
    public Attempt attempt(LockMode mode) {
        return new RangeAttempt(this);
    }

    @Override
    public List<LockHolder> holders() {
        return holderNames.of(path, KernelLocks::fcntlHolders);
    }

    @Override
    public String whyUnseen() {
        return holderNames.whyUnseen();
    }

    /** What the path names now, found out without opening it. */
    @Nullable FileIdentity named() throws IOException {
        return OsFileIdentities.system().notFollowing(path);
    }
}
