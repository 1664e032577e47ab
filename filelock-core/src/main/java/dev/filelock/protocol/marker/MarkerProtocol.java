package dev.filelock.protocol.marker;

import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * SOFT: the lock is the existence of a marker file that names its owner, byte for byte the protocol 1 of Python filelock's
 * {@code SoftFileLock}. Immutable.
 */
public final class MarkerProtocol implements LockProtocol {
    private final Supplier<OsFiles> files;
    private final Processes processes;

    /**
     * Makes the protocol.
     *
     * @param files asked at the first use of a lock rather than now, because native calls may be impossible
     * @param processes of this host
     */
    public MarkerProtocol(Supplier<OsFiles> files, Processes processes) {
        this.files = files;
        this.processes = processes;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return new SoftLockFile(path, options, files, processes);
    }
}
