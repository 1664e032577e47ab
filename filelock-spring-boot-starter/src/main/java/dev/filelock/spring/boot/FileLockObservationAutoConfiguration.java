package dev.filelock.spring.boot;

import dev.filelock.spring.FileLockObservations;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Observations of locked methods, where {@code filelock.observations.enabled} asks for them. */
@AutoConfiguration(
        after = FileLockAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            // Boot 3.5
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration"
        })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "filelock.observations.enabled")
public class FileLockObservationAutoConfiguration {

    /** For Spring. */
    public FileLockObservationAutoConfiguration() {}

    @Bean
    @ConditionalOnBean(ObservationRegistry.class)
    @ConditionalOnMissingBean
    FileLockObservations fileLockObservations(ObservationRegistry registry) {
        return new FileLockObservations(registry);
    }
}
