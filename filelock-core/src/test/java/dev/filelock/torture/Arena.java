package dev.filelock.torture;

import dev.filelock.FileLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.ReadWriteFileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * One lock that all contend for.
 *
 * @param backend whose lock
 * @param directory where the lock file is
 */
record Arena(LockBackend backend, Path directory) {
    /** Whoever keeps LEASE or GENERATION without a sign of life for this long is overtaken; so is known to player.py. */
    static final Duration LEASE = Duration.ofSeconds(2);

    private static final Duration HEARTBEAT = Duration.ofMillis(500);
    static final Duration STALE = Duration.ofMillis(2500);

    /** Longer than any fault may keep all out. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Set<LockBackend> TIMED = Set.of(LockBackend.LEASE, LockBackend.GENERATION);

    /** Whether a holder that stands still may lose it to others. */
    static boolean timed(LockBackend backend) {
        return TIMED.contains(backend);
    }

    Path path() {
        return directory.resolve(backend.name().toLowerCase(Locale.ROOT) + backend.suffix());
    }

    /** The number that the lock protects, in a directory of the oracle's. */
    Path number(Path notes) {
        return notes.resolve(backend.name() + ".number");
    }

    boolean hasReaders() {
        return backend.supports(LockMode.READ);
    }

    LockMode writing() {
        return hasReaders() ? LockMode.WRITE : LockMode.EXCLUSIVE;
    }

    FileLock lock(LockMode mode) {
        if (!hasReaders()) {
            return FileLock.builder(path())
                    .options(options().backend(backend).build())
                    .build();
        }
        ReadWriteFileLock lock = ReadWriteFileLock.builder(path())
                .options(options().readWriteBackend(backend).build())
                .build();
        return mode == LockMode.READ ? lock.readLock() : lock.writeLock();
    }

    private static LockOptions.Builder options() {
        return LockOptions.builder()
                .timeout(PATIENCE)
                .fallbackToSoft(false)
                .logWaitingAfter(LockOptions.FOREVER)
                .leaseDuration(LEASE)
                .leaseHeartbeat(HEARTBEAT)
                .generationHeartbeat(HEARTBEAT)
                .staleThreshold(STALE);
    }
}
