package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors show for {@code filelock.*} in application.yml. */
class ConfigurationMetadataTest {
    private static final List<String> WITHOUT_DEFAULT = List.of(
            "filelock.directory",
            "filelock.directories",
            "filelock.file-permissions",
            "filelock.lease.heartbeat",
            "filelock.generation.stale-threshold");

    @Test
    void everyPropertyHasADescription() throws IOException {
        assertThat(properties().values())
                .allSatisfy(property -> assertThat(property.path("description").asString(""))
                        .as(property.toString())
                        .isNotBlank());
    }

    @Test
    void everyPropertyHasItsDefault() throws IOException {
        Map<String, JsonNode> properties = properties();
        properties.keySet().removeAll(WITHOUT_DEFAULT);
        assertThat(properties.values())
                .allSatisfy(property -> assertThat(property.has("defaultValue"))
                        .as(property.toString())
                        .isTrue());
    }

    @Test
    void thePropertiesAreThoseOfTheReference() throws IOException {
        assertThat(properties())
                .containsOnlyKeys(
                        "filelock.enabled",
                        "filelock.annotations.enabled",
                        "filelock.annotations.order",
                        "filelock.misuse",
                        "filelock.directory",
                        "filelock.timeout",
                        "filelock.poll-interval",
                        "filelock.backend",
                        "filelock.read-write-backend",
                        "filelock.fallback-to-soft",
                        "filelock.file-permissions",
                        "filelock.native-access",
                        "filelock.log-waiting-after",
                        "filelock.log-held-after",
                        "filelock.lease.duration",
                        "filelock.lease.heartbeat",
                        "filelock.generation.heartbeat",
                        "filelock.generation.stale-threshold",
                        "filelock.transactions.max-wait",
                        "filelock.shutdown.timeout",
                        "filelock.observations.enabled",
                        "filelock.directories");
    }

    private static Map<String, JsonNode> properties() throws IOException {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        try (InputStream in =
                FileLockProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            assertThat(in).isNotNull();
            for (JsonNode property : JsonMapper.shared().readTree(in).path("properties")) {
                String name = property.path("name").asString();
                if (name.startsWith("filelock.")) {
                    properties.put(name, property);
                }
            }
        }
        return properties;
    }
}
