package dev.filelock.spring.boot;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Tells where a property that can't be used comes from. */
final class InvalidFileLockPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidFileLockPropertyException> {
    private final Environment environment;

    InvalidFileLockPropertyFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidFileLockPropertyException cause) {
        ConfigurationProperty found = ConfiguredProperties.find(environment, cause.property());
        StringBuilder description =
                new StringBuilder("A file lock property can't be used:\n\n    Property: ").append(cause.property());
        if (cause.value() != null) {
            description
                    .append("\n    Value: \"")
                    .append(found == null ? cause.value() : found.getValue())
                    .append('"');
        }
        if (found != null && found.getOrigin() != null) {
            description.append("\n    Origin: ").append(found.getOrigin());
        }
        description.append("\n    Reason: ").append(cause.reason());
        return new FailureAnalysis(description.toString(), "Correct the property " + cause.property() + ".", cause);
    }
}
