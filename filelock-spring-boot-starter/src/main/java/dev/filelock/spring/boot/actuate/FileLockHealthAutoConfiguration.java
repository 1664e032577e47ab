package dev.filelock.spring.boot.actuate;

import dev.filelock.InMemoryLocks;
import dev.filelock.LockRegistry;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The health of lock directories, from Spring Boot 4 on: its predecessors have these classes elsewhere. Locks that a test keeps in
 * memory use no directory, so that would be missing.
 */
@AutoConfiguration(after = FileLockAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
@ConditionalOnEnabledHealthIndicator("filelock")
@ConditionalOnMissingBean(InMemoryLocks.class)
public class FileLockHealthAutoConfiguration {

    /** For Spring. */
    public FileLockHealthAutoConfiguration() {}

    @Bean
    DirectoryEvents fileLockDirectoryEvents() {
        return new DirectoryEvents();
    }

    @Bean
    @ConditionalOnBean(LockRegistry.class)
    @ConditionalOnMissingBean(name = "filelockHealthContributor")
    CompositeHealthContributor filelockHealthContributor(Map<String, LockRegistry> registries, DirectoryEvents events) {
        return LockDirectoryHealth.of(registries, events);
    }
}
