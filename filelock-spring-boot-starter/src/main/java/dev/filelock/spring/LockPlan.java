package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import org.jspecify.annotations.Nullable;

/**
 * What one annotation says about its lock, or its locks if the path yields several.
 *
 * @param path the lock's path
 * @param mode the mode
 * @param directory the named directory; null: the default one
 * @param backend null: what is configured
 * @param label what the lock is called
 */
record LockPlan(
        PathTemplate path,
        LockMode mode,
        @Nullable String directory,
        @Nullable LockBackend backend,
        String label) {

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
