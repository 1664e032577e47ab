package dev.filelock.spring.boot;

import dev.filelock.InMemoryLocks;
import dev.filelock.LockListener;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockedConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * A lock registry that exists in memory only, in place of the usual one. Not among the auto-configurations of an application: only
 * {@link dev.filelock.spring.boot.test.AutoConfigureInMemoryFileLocks} on a test brings it in.
 */
@AutoConfiguration(before = FileLockAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(LockRegistry.class)
@EnableConfigurationProperties(FileLockProperties.class)
public class InMemoryFileLocksAutoConfiguration {

    /** For Spring. */
    public InMemoryFileLocksAutoConfiguration() {}

    @Bean
    InMemoryLocks inMemoryFileLocks(
            FileLockProperties properties,
            Environment environment,
            ObjectProvider<LockListener> listeners,
            ObjectProvider<FileLockRegistryCustomizer> customizers) {
        return FileLockAutoConfiguration.registry(properties, environment, listeners, customizers)
                .inMemory();
    }

    @Bean(name = FileLockedConfiguration.REGISTRY, destroyMethod = "close")
    LockRegistry fileLockRegistry(InMemoryLocks locks) {
        return locks.registry();
    }
}
