package dev.filelock;

import java.nio.file.Path;

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
    };

    final LockMode mode;
    final String suffix;

    LockKind(LockMode mode, String suffix) {
        this.mode = mode;
        this.suffix = suffix;
    }

    abstract LockOptions.Builder options();

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
            default:
                throw new IllegalStateException(this + " has no counterpart in Python");
        }
    }
}
