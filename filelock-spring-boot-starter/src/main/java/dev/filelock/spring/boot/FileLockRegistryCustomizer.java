package dev.filelock.spring.boot;

import dev.filelock.LockRegistry;

/**
 * A bean of this type changes how the auto-configured {@link LockRegistry} is built, after the properties have
 * been applied and before the {@link dev.filelock.LockListener} beans are added.
 */
@FunctionalInterface
public interface FileLockRegistryCustomizer {

    /**
     * Changes the builder.
     *
     * @param builder of the registry
     */
    void customize(LockRegistry.Builder builder);
}
