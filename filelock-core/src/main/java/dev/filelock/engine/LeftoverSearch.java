package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.LeftoverLock;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for records that nobody may need any more, entry by entry as its stream is read. What an entry may be is judged by its name
 * and its status, and only what may be a record is opened. Links are not followed.
 */
final class LeftoverSearch {
    /** A listing is open for each level, so this is also how many descriptors a search takes, however deep somebody nests. */
    private static final int DEEPEST = 16;

    private static final Logger log = LoggerFactory.getLogger(LeftoverSearch.class);

    private final Engine engine;
    private final LockOptions options;
    private final Scope scope;
    private final Set<Path> others;
    private final Predicate<Path> which;

    /**
     * A search to be run once.
     *
     * @param options what the locks that are found are built with, but for the backend
     * @param scope through whom they are had
     * @param others directories that are somebody else's to search
     * @param which tells by the path of a lock whether its records matter
     */
    LeftoverSearch(Engine engine, LockOptions options, Scope scope, Set<Path> others, Predicate<Path> which) {
        this.engine = engine;
        this.options = options;
        this.scope = scope;
        this.others = others;
        this.which = which;
    }

    /** @throws IOException if the directory can't be listed */
    Stream<LeftoverLock> in(Path directory) throws IOException {
        try {
            return Files.list(directory).flatMap(entry -> look(entry, 1));
        } catch (NoSuchFileException e) {
            return Stream.empty(); // nothing was locked there yet
        }
    }

    private Stream<LeftoverLock> look(Path entry, int depth) {
        BasicFileAttributes status;
        try {
            status = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            log.debug("{} can't be looked at, or has just gone", entry, e);
            return Stream.empty();
        }
        Map<LockBackend, Path> candidates = candidates(entry, status);
        if (candidates.isEmpty() && status.isDirectory() && depth < DEEPEST && !others.contains(entry)) {
            return below(entry, depth);
        }
        return candidates.entrySet().stream()
                .filter(each -> which.test(each.getValue()))
                .flatMap(each -> leftovers(each.getKey(), each.getValue()));
    }

    private Stream<LeftoverLock> below(Path directory, int depth) {
        try {
            return Files.list(directory).flatMap(entry -> look(entry, depth + 1));
        } catch (IOException e) {
            log.debug("{} can't be searched for leftovers", directory, e);
            return Stream.empty();
        }
    }

    /** The locks of which the entry may be a record. */
    private Map<LockBackend, Path> candidates(Path entry, BasicFileAttributes status) {
        Map<LockBackend, Path> candidates = new EnumMap<>(LockBackend.class);
        for (LockBackend backend : LockBackend.values()) {
            String lock = engine.protocol(backend).lockOf(entry.getFileName().toString(), status);
            if (lock != null && lock.endsWith(backend.suffix())) {
                candidates.put(backend, entry.resolveSibling(lock));
            }
        }
        return candidates;
    }

    private Stream<LeftoverLock> leftovers(LockBackend backend, Path path) {
        if (engine.isInUseWithAnotherBackend(path, backend)) {
            return Stream.empty();
        }
        try {
            List<LockClaim> claims =
                    engine.protocol(backend).open(path, options).leftovers();
            return claims.isEmpty() ? Stream.empty() : Stream.of(new LeftoverLock(lock(backend, path), claims));
        } catch (IOException | FileLockException e) {
            log.debug("The records of {} can't be read", path, e);
            return Stream.empty();
        }
    }

    private FileLock lock(LockBackend backend, Path path) {
        LockOptions.Builder chosen = options.toBuilder();
        return backend.supports(LockMode.EXCLUSIVE)
                ? engine.lock(path, LockMode.EXCLUSIVE, chosen.backend(backend).build(), scope)
                : engine.lock(
                        path, LockMode.WRITE, chosen.readWriteBackend(backend).build(), scope);
    }
}
