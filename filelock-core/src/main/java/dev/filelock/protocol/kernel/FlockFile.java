package dev.filelock.protocol.kernel;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * A file locked by {@code flock(2)}.
 *
 * @param path absolute
 * @param options those of the file
 * @param files the system's calls
 * @param processes names holders
 * @param inspection looks at what is there
 * @param fallback for file systems without kernel locks
 */
record FlockFile(
        Path path,
        LockOptions options,
        Supplier<OsFiles> files,
        Holders processes,
        Inspection inspection,
        Fallback fallback)
        implements LockFile {

    @Override
    public Attempt attempt(LockMode mode) {
        return new FlockAttempt(this, mode);
    }

    @Override
    public List<LockHolder> holders() {
        List<LockHolder> holders = processes.of(path, KernelLocks::flockHolders);
        return holders.isEmpty() && options.fallbackToSoft()
                ? fallback.open(path, options).holders()
                : holders;
    }
}
