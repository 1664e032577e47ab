package dev.filelock.spring.boot.metrics;

import dev.filelock.LockRegistry;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Metrics, where the application has a meter registry. A {@link FileLockMetrics} bean of the application replaces ours;
 * {@code management.metrics.enable.filelock=false} switches the meters off.
 */
@AutoConfiguration(
        after = FileLockAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            // Boot 3.5
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
public class FileLockMetricsAutoConfiguration {

    /** For Spring. */
    public FileLockMetricsAutoConfiguration() {}

    /** The registries are asked for late: they are made with this listener. */
    @Bean
    @ConditionalOnBean(MeterRegistry.class)
    @ConditionalOnMissingBean
    FileLockMetrics fileLockMetrics(MeterRegistry meters, ObjectProvider<LockRegistry> registries) {
        return new FileLockMetrics(meters, registries::orderedStream);
    }
}
