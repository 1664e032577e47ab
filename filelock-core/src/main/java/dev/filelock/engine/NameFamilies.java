package dev.filelock.engine;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a name is either exclusive or read-write in one directory: the two families use different files, so they would
 * not exclude each other. Remembers the names used last, so many that an application with constant names is always right.
 */
final class NameFamilies {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final int REMEMBERED = 4096;

    private final ReentrantLock mutex = new ReentrantLock();
    private final Map<String, Boolean> exclusiveByName = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    void use(LockName name, LockMode mode, Path path) {
        boolean exclusive = mode == LockMode.EXCLUSIVE;
        Boolean known;
        mutex.lock();
        try {
            known = exclusiveByName.putIfAbsent(name.family(), exclusive);
        } finally {
            mutex.unlock();
        }
        if (known == null) {
            warnOfSibling(name, exclusive, path);
        } else if (known != exclusive) {
            throw new FileLockException(
                    path,
                    "lock '" + name + "' is used in mode " + mode + ", but it is in use "
                            + (known
                                    ? "as an exclusive lock (mode EXCLUSIVE); the two would not exclude each other: use mode EXCLUSIVE"
                                    : "as a read-write lock (modes READ and WRITE); the two would not exclude each other: use mode WRITE")
                            + ", or another name");
        }
    }

    private static void warnOfSibling(LockName name, boolean exclusive, Path path) {
        String lock = LockBackend.NATIVE.suffix();
        String database = LockBackend.SQLITE.suffix();
        String file = path.getFileName().toString();
        // of a read-write lock under GENERATION that is the path itself, where it puts no file
        Path sibling = path.resolveSibling(
                exclusive ? replaceSuffix(file, lock, database) : replaceSuffix(file, database, lock));
        if (Files.exists(sibling, LinkOption.NOFOLLOW_LINKS)) {
            log.warn(
                    "Lock '{}' in {} is {}, but there is {} as well: if another process locks that name {}, the two don't exclude"
                            + " each other; use one mode family everywhere, or remove the other file once nobody uses it",
                    name,
                    path.getParent(),
                    exclusive ? "an exclusive lock" : "a read-write lock",
                    sibling,
                    exclusive ? "with READ or WRITE" : "exclusively");
        }
    }

    private static String replaceSuffix(String file, String suffix, String other) {
        return file.endsWith(suffix) ? file.substring(0, file.length() - suffix.length()) + other : file;
    }
}
