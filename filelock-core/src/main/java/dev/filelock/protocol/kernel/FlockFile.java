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
import org.jspecify.annotations.Nullable;

/** A file locked by {@code flock(2)}, or by the fallback where that was found not to exist. */
final class FlockFile implements LockFile {
    private final Path path;
    private final LockOptions options;
    private final Supplier<OsFiles> files;
    private final Holders holders;
    private final Inspection inspection;
    private final Fallback fallback;
    private volatile @Nullable LockFile substitute;

    FlockFile(
            Path path,
            LockOptions options,
            Supplier<OsFiles> files,
            Holders holders,
            Inspection inspection,
            Fallback fallback) {
        this.path = path;
        this.options = options;
        this.files = files;
        this.holders = holders;
        this.inspection = inspection;
        this.fallback = fallback;
    }

    Path path() {
        return path;
    }

    LockOptions options() {
        return options;
    }

    Supplier<OsFiles> files() {
        return files;
    }

    Inspection inspection() {
        return inspection;
    }

    Fallback fallback() {
        return fallback;
    }

    /** The soft lock of the same path. One for all attempts: it may have observed what the next one needs to know. */
    synchronized LockFile substitute() {
        LockFile soft = substitute;
        if (soft == null) {
            soft = fallback.open(path, options);
            substitute = soft;
        }
        return soft;
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new FlockAttempt(this, mode);
    }

    @Override
    public List<LockHolder> holders() {
        LockFile soft = substitute;
        return soft != null ? soft.holders() : holders.of(path, KernelLocks::flockHolders);
    }

    @Override
    public String whyUnseen() {
        LockFile soft = substitute;
        return soft != null ? soft.whyUnseen() : holders.whyUnseen();
    }

    @Override
    public boolean forgettable() {
        LockFile soft = substitute;
        return soft == null || soft.forgettable();
    }
}
