package dev.filelock.protocol.kernel;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes lock files that nobody holds. Each is deleted while it is locked in every way a peer may lock it, so a peer that opened it
 * meanwhile finds, once it has the lock, that the path does not name its file any more, and starts again.
 */
public final class KernelLockPruner {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final String SUFFIX = ".lock";

    /** A younger file may be a soft marker whose record is still to be written. */
    private static final Duration LEAST_AGE = Duration.ofSeconds(2);

    private final KernelProtocol protocol;

    public KernelLockPruner(KernelProtocol protocol) {
        this.protocol = protocol;
    }

    /**
     * Deletes empty regular {@code *.lock} files in a directory and those below it, symbolic links not followed. Whatever is held,
     * has content, is younger, or can't be looked at stays.
     *
     * @param age the least time since a file's last modification; two seconds if less
     * @return what was deleted
     * @throws IOException if the directory itself can't be read
     */
    public List<Path> prune(Path directory, Duration age) throws IOException {
        Instant newest = Instant.now().minus(age.compareTo(LEAST_AGE) < 0 ? LEAST_AGE : age);
        List<Path> deleted = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                if (path.toString().endsWith(SUFFIX) && isLeftOver(attributes, newest) && prune(path, newest)) {
                    deleted.add(path);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                if (path.equals(directory)) {
                    throw e;
                }
                log.debug("{} can't be looked at and is not pruned", path, e);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
                if (e != null) {
                    log.debug("{} could not be read to its end", path, e);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return deleted;
    }

    private static boolean isLeftOver(BasicFileAttributes attributes, Instant newest) {
        return attributes.isRegularFile()
                && attributes.size() == 0
                && !attributes.lastModifiedTime().toInstant().isAfter(newest);
    }

    private boolean prune(Path path, Instant newest) {
        Deque<Grant> grants = new ArrayDeque<>();
        try {
            for (LockFile file : protocol.openInEveryWay(path)) {
                Grant grant = tryLock(file);
                if (grant == null) {
                    return false;
                }
                grants.push(grant);
            }
            for (Grant grant : grants) {
                grant.ensureValid();
            }
            return isLeftOver(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS), newest)
                    && protocol.delete(path, grants.getFirst());
        } catch (IOException | FileLockException e) {
            log.debug("{} is not pruned", path, e);
            return false;
        } finally {
            grants.forEach(grant -> release(path, grant));
        }
    }

    private static @Nullable Grant tryLock(LockFile file) throws IOException {
        Attempt attempt = file.attempt(LockMode.EXCLUSIVE);
        Grant grant = null;
        try {
            grant = attempt.poll(Patience.NONE);
            return grant;
        } finally {
            if (grant == null) {
                attempt.abandon();
            }
        }
    }

    private static void release(Path path, Grant grant) {
        try {
            grant.release();
        } catch (IOException e) {
            log.debug("Releasing {} after pruning failed", path, e);
        }
    }
}
