package dev.filelock.spring.boot.actuate;

import dev.filelock.LockRegistry;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import dev.filelock.spring.boot.FileLockShutdown;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The endpoint, where the application has the actuator and exposes it. */
@AutoConfiguration(after = FileLockAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
@ConditionalOnAvailableEndpoint(FileLocksEndpoint.class)
@EnableConfigurationProperties(FileLocksEndpointProperties.class)
public class FileLocksEndpointAutoConfiguration {

    /** For Spring. */
    public FileLocksEndpointAutoConfiguration() {}

    @Bean
    @ConditionalOnBean(LockRegistry.class)
    @ConditionalOnMissingBean
    FileLocksEndpoint fileLocksEndpoint(
            ObjectProvider<LockRegistry> registries,
            FileLockShutdown shutdown,
            FileLocksEndpointProperties properties) {
        return new FileLocksEndpoint(registries.orderedStream().toList(), shutdown::state, properties.showValues());
    }

    @Bean
    @ConditionalOnBean(FileLocksEndpoint.class)
    @ConditionalOnMissingBean
    FileLocksEndpointWebExtension fileLocksEndpointWebExtension(
            FileLocksEndpoint endpoint, FileLocksEndpointProperties properties) {
        return new FileLocksEndpointWebExtension(endpoint, properties.showValues(), properties.roles());
    }
}
