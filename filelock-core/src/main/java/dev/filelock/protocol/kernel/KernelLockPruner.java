package dev.filelock.protocol.kernel;

import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes lock files that nobody holds. Each is deleted while its own lock is held, so a peer that locked it meanwhile finds that
 * the path does not name its file any more and starts again.
 */
public final class KernelLockPruner {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** A file this young may be a soft marker whose record is still to be written. */
    private static final Duration LEAST_AGE = Duration.ofSeconds(2);

    private final Supplier<OsFiles> files;

    public KernelLockPruner(Supplier<OsFiles> files) {
        this.files = files;
    }

    /** Deletes empty regular {@code *.lock} files of at least the given age, subdirectories included; returns what it deleted. */
    public List<Path> prune(Path directory, Duration age) throws IOException {
        Instant latest = Instant.now().minus(age.compareTo(LEAST_AGE) < 0 ? LEAST_AGE : age);
        List<Path> candidates;
        try (Stream<Path> tree = Files.walk(directory)) {
            candidates = tree.filter(path -> path.getFileName().toString().endsWith(".lock"))
                    .toList();
        }
        List<Path> deleted = new ArrayList<>();
        for (Path path : candidates) {
            try {
                if (prune(path, latest)) {
                    deleted.add(path);
                }
            } catch (OsException e) {
                log.debug("{} could not be pruned", path, e);
            }
        }
        return deleted;
    }

    private boolean prune(Path path, Instant latest) throws IOException {
        if (!isLeftOver(files.get().lstat(path), latest)) {
            return false;
        }
        try (Descriptor file = files.get().open(path, EnumSet.of(Open.READ, Open.NON_BLOCKING), 0)) {
            FileStatus status = file.status();
            if (!isLeftOver(status, latest) || !file.tryLockExclusive()) {
                return false;
            }
            FileStatus named = files.get().lstat(path);
            return isLeftOver(named, latest)
                    && named != null
                    && named.identity().equals(status.identity())
                    && files.get().unlink(path);
        }
    }

    private static boolean isLeftOver(@Nullable FileStatus status, Instant latest) {
        return status != null
                && status.type() == FileStatus.Type.REGULAR
                && status.size() == 0
                && !status.modified().isAfter(latest);
    }
}
