package dev.filelock.protocol.marker;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lock that is the existence of a protocol-1 marker. */
final class SoftLockFile implements LockFile {
    private static final Logger log = LoggerFactory.getLogger(SoftLockFile.class);

    private final Path path;
    private final @Nullable Integer permissions;
    private final Supplier<OsFiles> files;
    private final Processes processes;

    SoftLockFile(Path path, LockOptions options, Supplier<OsFiles> files, Processes processes) {
        this.path = path;
        this.permissions = options.filePermissions().map(SoftLockFile::bits).orElse(null);
        this.files = files;
        this.processes = processes;
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new SoftAttempt(path, permissions, files, processes);
    }

    @Override
    public List<LockHolder> holders() {
        try {
            FileStatus there = files.get().lstat(path);
            FoundMarker found = there != null && there.type() == FileStatus.Type.REGULAR
                    ? FoundMarker.read(files.get(), path, there)
                    : null;
            LockHolder holder = found == null ? null : new Owners(processes).holder(found, path);
            return holder == null ? List.of() : List.of(holder);
        } catch (IOException e) {
            log.debug("Who holds {} can't be told", path, e);
            return List.of();
        }
    }

    private static int bits(Set<PosixFilePermission> permissions) {
        return permissions.stream()
                .mapToInt(permission -> 0400 >> permission.ordinal())
                .sum();
    }
}
