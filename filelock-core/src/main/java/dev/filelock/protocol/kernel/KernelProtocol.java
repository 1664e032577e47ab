package dev.filelock.protocol.kernel;

import dev.filelock.LockOptions;
import dev.filelock.NativeAccess;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.io.File;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Backend NATIVE. */
public final class KernelProtocol implements LockProtocol {
    private final Supplier<OsFiles> files;
    private final Holders holders;
    private final Fallback fallback;
    private final Inspection inspection = new Inspection();

    /**
     * @param files linked only when a lock is first acquired
     * @param soft what takes over on file systems without kernel locks
     */
    public KernelProtocol(Supplier<OsFiles> files, KernelLocks locks, Processes processes, LockProtocol soft) {
        this.files = files;
        this.holders = new Holders(locks, processes);
        this.fallback = new Fallback(soft);
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        if (File.separatorChar == '\\' || options.nativeAccess() == NativeAccess.RANGE_LOCK) {
            return new RangeLockFile(path, options, holders);
        }
        return new FlockFile(path, options, files, holders, inspection, fallback);
    }
}
