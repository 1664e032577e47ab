package dev.filelock.protocol.marker;

import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Heartbeats;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lock is the existence of a marker file that names its owner, byte for byte as Python filelock writes and reads it. Immutable.
 */
public final class MarkerProtocol implements LockProtocol {
    private final Host host;
    private final Contracts contracts;

    @FunctionalInterface
    private interface Contracts {
        Contract of(Path path, LockOptions options, Host host);
    }

    private MarkerProtocol(Supplier<OsFiles> files, Processes processes, Time time, Contracts contracts) {
        this.host = new Host(files, new Owners(processes), time);
        this.contracts = contracts;
    }

    /**
     * SOFT, which is Python's {@code SoftFileLock}.
     *
     * @param files asked at the first use of a lock rather than now, because native calls may be impossible
     */
    public static MarkerProtocol soft(Supplier<OsFiles> files, Processes processes, Time time) {
        return new MarkerProtocol(files, processes, time, (path, options, host) -> new SoftContract(path, host));
    }

    /** MARKER, which is Python's {@code MarkerSoftFileLock}. */
    public static MarkerProtocol marker(Supplier<OsFiles> files, Processes processes, Time time) {
        return new MarkerProtocol(files, processes, time, (path, options, host) -> new MarkerContract(host));
    }

    /** LEASE, which is Python's {@code SoftFileLease}. */
    public static MarkerProtocol lease(Supplier<OsFiles> files, Processes processes, Time time, Heartbeats heartbeats) {
        return new MarkerProtocol(
                files,
                processes,
                time,
                (path, options, host) -> new LeaseContract(
                        path, new LeaseTerms(options.leaseDuration(), options.leaseHeartbeat(), heartbeats), host));
    }

    @Override
    public @Nullable String lockOf(String entry, BasicFileAttributes status) {
        return status.isRegularFile() && status.size() > 0 && status.size() <= Content.MAX_BYTES ? entry : null;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return new MarkerLockFile(path, options, contracts.of(path, options, host), host);
    }
}
