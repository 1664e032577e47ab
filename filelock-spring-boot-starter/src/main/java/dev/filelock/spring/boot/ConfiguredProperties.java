package dev.filelock.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

/** Finds out where a property was set. */
final class ConfiguredProperties {
    private ConfiguredProperties() {}

    /** The property as it counts, or null if it is not set. */
    static @Nullable ConfigurationProperty find(Environment environment, String property) {
        ConfigurationPropertyName name = ConfigurationPropertyName.adapt(property, '.');
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty found = source.getConfigurationProperty(name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The property and its origin in words. */
    static String describe(Environment environment, String property) {
        ConfigurationProperty found = find(environment, property);
        return "property " + property
                + (found == null || found.getOrigin() == null ? "" : " (" + found.getOrigin() + ")");
    }
}
