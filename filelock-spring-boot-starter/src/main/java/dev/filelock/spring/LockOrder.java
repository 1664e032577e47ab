package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the locks of one call into the order that all calls of all processes keep, that of their files, so that no two calls wait
 * for each other. Locks on one file become one; of READ and WRITE that is WRITE. If the one that was named first isn't the last
 * to be taken, it comes once more at the end: that hold is the innermost, and carries all others.
 */
final class LockOrder {
    private LockOrder() {}

    static List<FileLock> of(List<FileLock> named) {
        if (named.size() == 1) {
            return named;
        }
        Map<Key, FileLock> merged = new LinkedHashMap<>();
        named.forEach(lock -> merged.merge(Key.of(lock), lock, LockOrder::stronger));
        List<Key> keys = new ArrayList<>(merged.keySet());
        keys.sort(Comparator.comparing(Key::file).thenComparing(Key::backend));
        List<FileLock> ordered = new ArrayList<>(keys.stream().map(merged::get).toList());
        FileLock first = ofFirst(named, ordered);
        if (first != ordered.get(ordered.size() - 1)) {
            ordered.add(first);
        }
        return ordered;
    }

    private static FileLock ofFirst(List<FileLock> named, List<FileLock> ordered) {
        return ordered.stream()
                .filter(lock -> lock.path().equals(named.get(0).path()))
                .findFirst()
                .orElse(ordered.get(0)); // another name of the same file
    }

    private static FileLock stronger(FileLock one, FileLock other) {
        return one.mode() == LockMode.READ ? other : one;
    }

    /** The backend belongs to it because locks of two on one file are an error that must not get lost here. */
    private record Key(Path file, LockBackend backend) {
        static Key of(FileLock lock) {
            return new Key(resolved(lock.path()), lock.options().backendFor(lock.mode()));
        }

        /** Free of symbolic links in directories, as far as these exist; two processes may name one directory differently. */
        private static Path resolved(Path file) {
            for (Path directory = file.getParent(); directory != null; directory = directory.getParent()) {
                try {
                    return directory.toRealPath().resolve(directory.relativize(file));
                } catch (NoSuchFileException e) {
                    continue; // made by the first acquisition
                } catch (IOException e) {
                    return file; // the acquisition will say why
                }
            }
            return file;
        }
    }
}
