package dev.filelock.protocol.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What we have seen of files that their owners should change, by our own monotonic clock: no two clocks are ever compared. Safe for
 * use by any number of threads.
 */
final class Observations {

    /**
     * What was seen.
     *
     * @param bytes null: no file, which is as good a sight as any
     * @param since when it was first seen so
     */
    private record Sight(byte @Nullable [] bytes, long since) {}

    private final Map<String, Sight> sights = new HashMap<>();

    /** Notes what is to be seen now, and tells for how many nanoseconds it has looked the same. */
    synchronized long unchangedFor(String name, byte @Nullable [] bytes, long now) {
        Sight before = sights.get(name);
        if (before == null || !Arrays.equals(before.bytes(), bytes)) {
            sights.put(name, new Sight(bytes, now));
            return 0;
        }
        return now - before.since();
    }

    /** For how many nanoseconds it had looked the same when we last looked; 0 if never. */
    synchronized long lastKnownUnchangedFor(String name, long now) {
        Sight sight = sights.get(name);
        return sight == null ? 0 : now - sight.since();
    }

    /** Forgets all that have other names. */
    synchronized void retain(Set<String> names) {
        sights.keySet().retainAll(names);
    }

    synchronized void clear() {
        sights.clear();
    }

    synchronized boolean isEmpty() {
        return sights.isEmpty();
    }
}
