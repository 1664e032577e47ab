package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.spring.boot.FileLockAutoConfiguration;
import dev.filelock.spring.boot.FileLockProperties;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ByteArrayResource;

/** Configuration that the documentation shows can be copied: it binds, and nothing in it is without effect. */
class ConfigurationSnippetsTest {
    private static final Set<String> OF_A_DIRECTORY = Arrays.stream(
                    FileLockProperties.Directory.class.getRecordComponents())
            .map(component -> kebab(component.getName()))
            .collect(Collectors.toSet());

    @TestFactory
    Stream<DynamicTest> everyYamlSnippetBindsAndNamesOnlyPropertiesThereAre() throws IOException {
        KnownProperties known = KnownProperties.ofEverything();
        List<Page.Snippet> snippets = Page.allSnippets("yaml").toList();
        assertThat(snippets).isNotEmpty();
        return snippets.stream()
                .map(snippet -> DynamicTest.dynamicTest(snippet.toString(), () -> {
                    EnumerablePropertySource<?> properties = load(snippet);
                    for (String name : properties.getPropertyNames()) {
                        String property = name.replaceAll("\\[\\d+]", "");
                        assertThat(known.has(property))
                                .as("there is a property %s", property)
                                .isTrue();
                        if (property.startsWith("filelock.directories.")) {
                            assertThat(OF_A_DIRECTORY).contains(property.substring(property.lastIndexOf('.') + 1));
                        }
                    }
                    new ApplicationContextRunner()
                            .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                            .withInitializer(context -> context.getEnvironment()
                                    .getPropertySources()
                                    .addFirst(properties))
                            .run(context -> assertThat(context).hasNotFailed().hasSingleBean(FileLockProperties.class));
                }));
    }

    private static EnumerablePropertySource<?> load(Page.Snippet snippet) throws IOException {
        ByteArrayResource yaml = new ByteArrayResource(snippet.text().getBytes(StandardCharsets.UTF_8));
        return (EnumerablePropertySource<?>)
                new YamlPropertySourceLoader().load(snippet.toString(), yaml).get(0);
    }

    private static String kebab(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
