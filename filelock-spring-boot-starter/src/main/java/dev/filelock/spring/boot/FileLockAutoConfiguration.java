package dev.filelock.spring.boot;

import dev.filelock.LockListener;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockedConfiguration;
import dev.filelock.spring.FileLockedInactiveConfiguration;
import dev.filelock.spring.FileLockedSettings;
import dev.filelock.spring.LockDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.env.Environment;

/**
 * The lock registry, and {@link dev.filelock.spring.FileLocked} on top of it.
 *
 * <p>A {@link LockRegistry} bean of the application replaces ours. {@link LockListener} beans are told of every acquisition,
 * {@link FileLockRegistryCustomizer} beans change how the registry is built, both in their order.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "filelock.enabled", matchIfMissing = true)
@EnableConfigurationProperties(FileLockProperties.class)
public class FileLockAutoConfiguration {

    /** For Spring. */
    public FileLockAutoConfiguration() {}

    @Bean(name = FileLockedConfiguration.REGISTRY, destroyMethod = "close")
    @ConditionalOnMissingBean(LockRegistry.class)
    LockRegistry fileLockRegistry(
            FileLockProperties properties,
            Environment environment,
            ObjectProvider<LockListener> listeners,
            ObjectProvider<FileLockRegistryCustomizer> customizers) {
        return registry(properties, environment, listeners, customizers).build();
    }

    /** A builder of what the application has configured. */
    static LockRegistry.Builder registry(
            FileLockProperties properties,
            Environment environment,
            ObjectProvider<LockListener> listeners,
            ObjectProvider<FileLockRegistryCustomizer> customizers) {
        properties.check();
        LockRegistry.Builder builder = LockRegistry.builder().options(properties.options());
        Path directory = properties.directoryPath();
        if (directory != null) {
            builder.directory(directory, ConfiguredProperties.describe(environment, "filelock.directory"));
        }
        properties
                .directories()
                .keySet()
                .forEach(name -> builder.directory(
                        name,
                        properties.directoryPath(name),
                        properties.options(name),
                        ConfiguredProperties.describe(environment, "filelock.directories." + name + ".path")));
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        // Last, since a customizer that replaces all options would drop them.
        listeners.orderedStream().forEach(builder::listener);
        return builder;
    }

    @Bean
    LockListener fileLockEventPublisher(FileLockProperties properties, ApplicationContext context) {
        return new EventPublisher(context, context.getClassLoader(), properties::longWait);
    }

    /** Ends the registries of this context, and not those of its parents, which go on. */
    @Bean
    FileLockShutdown fileLockShutdown(
            FileLockProperties properties, ApplicationContext context, ConfigurableListableBeanFactory beans) {
        return new FileLockShutdown(() -> made(beans), properties.shutdownTimeout(), context);
    }

    /** The registries there are: none is made only to be ended, nor is a lazy factory bean to see what it would make. */
    private static List<LockRegistry> made(ConfigurableListableBeanFactory beans) {
        return Stream.of(beans.getBeanNamesForType(LockRegistry.class, false, false))
                .filter(beans::containsSingleton)
                .map(name -> beans.getBean(name, LockRegistry.class))
                .toList();
    }

    @Bean
    @ConfigurationPropertiesBinding
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static StringToLockDuration fileLockDurationConverter() {
        return new StringToLockDuration();
    }

    @Bean
    @ConfigurationPropertiesBinding
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static NumberToLockDuration fileLockNumberConverter() {
        return new NumberToLockDuration();
    }

    static final class StringToLockDuration implements Converter<String, LockDuration> {
        @Override
        public LockDuration convert(String source) {
            return LockDuration.of(source);
        }
    }

    /** YAML makes numbers of {@code 0} and {@code -1}, and of those that have to be refused. */
    static final class NumberToLockDuration implements Converter<Number, LockDuration> {
        @Override
        public LockDuration convert(Number source) {
            return LockDuration.of(source.toString());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = "filelock.annotations.enabled", matchIfMissing = true)
    @Import(FileLockedConfiguration.class)
    static class AnnotationsActive {

        /** From the environment rather than from {@link FileLockProperties}: advisors are made before other beans. */
        @Bean
        @ConditionalOnMissingBean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static FileLockedSettings fileLockedSettings(Environment environment) {
            FileLockedSettings defaults = FileLockedSettings.defaults();
            Binder binder = Binder.get(environment);
            BindResult<String> maxWait = binder.bind("filelock.transactions.max-wait", String.class);
            return new FileLockedSettings(
                    binder.bind("filelock.annotations.order", Integer.class).orElse(defaults.order()),
                    binder.bind("filelock.misuse", FileLockProperties.Misuse.class)
                                    .orElse(FileLockProperties.Misuse.FAIL)
                            == FileLockProperties.Misuse.FAIL,
                    maxWait.map(text -> maxWait(text)).orElse(defaults.maxWaitInTransaction()));
        }

        private static Duration maxWait(String text) {
            String property = "filelock.transactions.max-wait";
            try {
                Duration wait = LockDuration.of(text).value();
                if (wait.isNegative() || wait.isZero()) {
                    throw new InvalidFileLockPropertyException(
                            property, text, "it must be greater than zero; the default is 30s");
                }
                return wait;
            } catch (InvalidFileLockPropertyException e) {
                throw e;
            } catch (IllegalArgumentException e) {
                throw new InvalidFileLockPropertyException(property, text, String.valueOf(e.getMessage()));
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = "filelock.annotations.enabled", havingValue = false)
    @Import(FileLockedInactiveConfiguration.class)
    static class AnnotationsInactive {}
}
