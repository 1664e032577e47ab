package dev.filelock.protocol.kernel;

import dev.filelock.LockOptions;
import dev.filelock.NativeAccess;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Backend NATIVE. */
public final class KernelProtocol implements LockProtocol {
    private final Supplier<OsFiles> files;
    private final Holders holders;
    private final Fallback fallback;
    private final Inspection inspection = new Inspection();
    private final RangeLockedFiles rangeLocked = RangeLockedFiles.ofThisJvm();

    /**
     * @param files asked only when a lock is first acquired, since that links native calls
     * @param locks tells who holds a lock
     * @param soft what takes over on file systems without kernel locks
     */
    public KernelProtocol(Supplier<OsFiles> files, KernelLocks locks, LockProtocol soft) {
        this.files = files;
        this.holders = new Holders(locks);
        this.fallback = new Fallback(soft);
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return OsFiles.systemHasFlock() && options.nativeAccess() == NativeAccess.REQUIRE
                ? new FlockFile(path, options, files, holders, inspection, fallback)
                : new RangeLockFile(path, options, holders, inspection, rangeLocked);
    }

    /**
     * The file under every kind of lock that a peer of this backend may use here, to be taken in this order and released in the
     * reverse one: opening and closing the file for {@code flock} would drop a range lock that this process has on it.
     */
    List<LockFile> openInEveryWay(Path path) {
        LockOptions.Builder options = LockOptions.builder().fallbackToSoft(false);
        LockFile range =
                open(path, options.nativeAccess(NativeAccess.RANGE_LOCK).build());
        return OsFiles.systemHasFlock()
                ? List.of(
                        range,
                        open(path, options.nativeAccess(NativeAccess.REQUIRE).build()))
                : List.of(range);
    }

    /**
     * Deletes a lock file by its name, unless that stands for another file by now.
     *
     * @return whether it was deleted
     */
    boolean delete(Path path, Grant locked) throws IOException {
        FileIdentity identity = locked.identity();
        return identity != null && files.get().unlinkIf(path, identity);
    }
}
