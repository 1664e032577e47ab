package dev.filelock.spring.boot.metrics;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is measured as one.
 *
 * @param label what locks are taken for
 * @param directory the name of their directory
 * @param mode the mode
 * @param backend the protocol in use
 */
record Series(String label, String directory, LockMode mode, LockBackend backend) {
    /** The label of locks without one: those that a registry gave out by name, unless the caller labelled them. */
    static final String NO_LABEL = "none";

    private static final String DEFAULT_DIRECTORY = "default";

    static Series of(String label, @Nullable String directory, LockMode mode, LockBackend backend) {
        return new Series(label, directory == null ? DEFAULT_DIRECTORY : directory, mode, backend);
    }

    Tags tags() {
        return Tags.of("label", label, "directory", directory, "mode", lowerCase(mode), "backend", lowerCase(backend));
    }

    /** As properties and annotations write them. */
    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
