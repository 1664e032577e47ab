package dev.filelock;

import java.nio.file.Path;
import java.time.Duration;

/** Every kind of lock there is, as the tests of what they have in common go through them. */
enum LockKind {
    NATIVE(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder();
        }
    },
    RANGE(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder().nativeAccess(NativeAccess.RANGE_LOCK);
        }
    },
    SOFT(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder().backend(LockBackend.SOFT);
        }
    },
    MARKER(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder().backend(LockBackend.MARKER);
        }
    },
    LEASE(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder().backend(LockBackend.LEASE);
        }
    },
    STRICT(LockMode.EXCLUSIVE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder().backend(LockBackend.STRICT);
        }
    },
    SQLITE_WRITE(LockMode.WRITE, ".db") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder();
        }
    },
    SQLITE_READ(LockMode.READ, ".db") {
        @Override
        LockOptions.Builder options() {
            return LockOptions.builder();
        }
    },
    GENERATION_WRITE(LockMode.WRITE, ".lock") {
        @Override
        LockOptions.Builder options() {
            return generation();
        }
    },
    GENERATION_READ(LockMode.READ, ".lock") {
        @Override
        LockOptions.Builder options() {
            return generation();
        }
    };

    private static final String PYTHON_GENERATION = "filelock.SoftReadWriteLock(path, timeout=timeout,"
            + " heartbeat_interval=1, stale_threshold=8, poll_interval=0.05)";

    final LockMode mode;
    final String suffix;

    LockKind(LockMode mode, String suffix) {
        this.mode = mode;
        this.suffix = suffix;
    }

    abstract LockOptions.Builder options();

    /** The one whose holders wait for those of this one: readers don't exclude readers. */
    LockKind competing() {
        return switch (this) {
            case SQLITE_READ -> SQLITE_WRITE;
            case GENERATION_READ -> GENERATION_WRITE;
            default -> this;
        };
    }

    /** Short enough for tests of killed holders, long enough for a machine that has much else to do. */
    private static LockOptions.Builder generation() {
        return LockOptions.builder()
                .readWriteBackend(LockBackend.GENERATION)
                .generationHeartbeat(Duration.ofSeconds(1))
                .staleThreshold(Duration.ofSeconds(8));
    }

    FileLock lock(Path path) {
        return lock(path, options().build());
    }

    FileLock lock(Path path, LockOptions options) {
        if (mode == LockMode.EXCLUSIVE) {
            return FileLock.builder(path).options(options).build();
        }
        ReadWriteFileLock both =
                ReadWriteFileLock.builder(path).options(options).build();
        return mode == LockMode.READ ? both.readLock() : both.writeLock();
    }

    /** Python that holds the same kind of lock until a line comes in. */
    String pythonLock() {
        switch (this) {
            case NATIVE:
                return "filelock.FileLock(path, timeout=timeout)";
            case SOFT:
                return "filelock.SoftFileLock(path, timeout=timeout)";
            case MARKER:
                return "filelock.MarkerSoftFileLock(path, timeout=timeout)";
            case LEASE:
                return "filelock.SoftFileLease(path, lease_duration=30, timeout=timeout)";
            case STRICT:
                return "filelock.StrictSoftFileLock(path, timeout=timeout)";
            case SQLITE_WRITE:
                return "filelock.ReadWriteLock(path, timeout=timeout).write_lock()";
            case SQLITE_READ:
                return "filelock.ReadWriteLock(path, timeout=timeout).read_lock()";
            case GENERATION_WRITE:
                return PYTHON_GENERATION + ".write_lock()";
            case GENERATION_READ:
                return PYTHON_GENERATION + ".read_lock()";
            default:
                throw new IllegalStateException(this + " has no counterpart in Python");
        }
    }
}
