package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.spring.boot.actuate.FileLocksEndpoint;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The endpoint's answers in the documentation have the fields that real ones have. */
class EndpointSampleTest {
    private final JsonMapper json = JsonMapper.builder()
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    @TestFactory
    Stream<DynamicTest> everyJsonSampleIsAnAnswerOfTheEndpoint() {
        List<Page.Snippet> samples = Page.allSnippets("json").toList();
        assertThat(samples).isNotEmpty();
        return samples.stream()
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
                    FileLocksEndpoint.Locks locks = json.readValue(sample.text(), FileLocksEndpoint.Locks.class);
                    assertThat(locks.held()).isNotEmpty().allSatisfy(EndpointSampleTest::assertComplete);
                    assertThat(locks.waiting()).isNotEmpty().allSatisfy(EndpointSampleTest::assertComplete);
                }));
    }

    private static void assertComplete(Object part) throws ReflectiveOperationException {
        for (RecordComponent component : part.getClass().getRecordComponents()) {
            if (component.getAnnotatedType().getAnnotation(Nullable.class) == null) {
                assertThat(component.getAccessor().invoke(part))
                        .as(component.getName())
                        .isNotNull();
            }
        }
    }
}
