package dev.filelock.protocol.claim;

import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * STRICT: the lock is a claim that every process can see, byte for byte that of Python filelock's {@code StrictSoftFileLock}.
 * Immutable.
 */
public final class ClaimProtocol implements LockProtocol {
    private final Surroundings surroundings;

    /**
     * Makes the protocol.
     *
     * @param files asked at the first use of a lock rather than now, because native calls may be impossible
     * @param processes of this host
     */
    public ClaimProtocol(Supplier<OsFiles> files, Processes processes) {
        this(Surroundings.real(files, processes));
    }

    ClaimProtocol(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public @Nullable String lockOf(String entry, BasicFileAttributes status) {
        return status.isDirectory() ? Layout.lockOf(entry) : null;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return new StrictLockFile(path, options, surroundings);
    }
}
