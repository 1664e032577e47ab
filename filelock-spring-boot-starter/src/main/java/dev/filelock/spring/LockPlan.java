package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an annotation says, read once.
 *
 * @param locked the method and its annotation
 * @param path the lock's path
 * @param mode the mode
 * @param directory the named directory; null: the default one
 * @param backend null: what is configured
 * @param timeout null: what is configured
 * @param minimumHold zero: no longer than the method runs
 * @param label what the lock is called
 */
record LockPlan(
        LockedMethod locked,
        PathTemplate path,
        LockMode mode,
        @Nullable String directory,
        @Nullable LockBackend backend,
        @Nullable Duration timeout,
        Duration minimumHold,
        String label) {

    boolean skips() {
        return locked.annotation().onTimeout() == FileLocked.OnTimeout.SKIP;
    }

    boolean releasesWithTransaction() {
        return locked.annotation().release() == FileLocked.Release.TRANSACTION;
    }

    LockRegistry registryIn(LockRegistry registry) {
        return directory == null ? registry : registry.directory(directory);
    }

    LockOptions optionsIn(LockRegistry registry) {
        LockOptions.Builder options = registry.options().toBuilder().label(label);
        if (backend != null && mode == LockMode.EXCLUSIVE) {
            options.backend(backend);
        } else if (backend != null) {
            options.readWriteBackend(backend);
        }
        return options.build();
    }
}
