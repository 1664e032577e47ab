package dev.filelock.protocol.generation;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The lock files that nobody holds or waits for, but whose observations are worth keeping, so that a job which tries once a day
 * gets past a dead holder on the second day. There is a bound to them; beyond it, the one that was used longest ago loses its
 * observations, which costs no more than another stale threshold.
 */
final class KeptObservations {
    private final int bound;
    private final Set<GenerationLockFile> files = new LinkedHashSet<>();

    KeptObservations(int bound) {
        this.bound = bound;
    }

    /** Takes note of a file at the end of an attempt or hold. */
    void used(GenerationLockFile file) {
        GenerationLockFile eldest = null;
        synchronized (this) {
            files.remove(file);
            if (!file.forgettable()) {
                files.add(file);
            }
            if (files.size() > bound) {
                Iterator<GenerationLockFile> oldestFirst = files.iterator();
                eldest = oldestFirst.next();
                oldestFirst.remove();
            }
        }
        if (eldest != null) {
            eldest.forgetObservations();
        }
    }
}
