package dev.filelock.sample;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The sample's own settings; {@code filelock.directory} points to the same directory.
 *
 * @param data where all files are
 * @param work how long a turn takes at least, so that two turns would overlap if nothing kept them apart
 */
@ConfigurationProperties("sample")
public record SampleProperties(Path data, Duration work) {
    /** Makes the directory absolute. */
    public SampleProperties {
        data = data.toAbsolutePath().normalize();
    }
}
