package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.spring.boot.actuate.FileLocksEndpoint;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoint's answers in the documentation have the fields that real ones have, and values that could be theirs. */
class EndpointSampleTest {
    private final JsonMapper json = new JsonMapper();

    @TestFactory
    Stream<DynamicTest> everyJsonSampleIsAnAnswerOfTheEndpoint() {
        List<Page.Snippet> samples = Page.allSnippets("json").toList();
        assertThat(samples).isNotEmpty();
        return samples.stream()
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
                    JsonNode answer = json.readTree(sample.text());
                    Class<?> type = answer.has("claims") ? FileLocksEndpoint.Lock.class : FileLocksEndpoint.Locks.class;
                    assertFields(answer, type);
                    assertThat(answer.path("held")).allSatisfy(held -> {
                        assertFields(held, FileLocksEndpoint.Held.class);
                        assertFields(held.path("owner"), FileLocksEndpoint.Owner.class);
                    });
                    assertThat(answer.path("waiting")).allSatisfy(waiting -> {
                        assertFields(waiting, FileLocksEndpoint.Waiting.class);
                        assertFields(waiting.path("owner"), FileLocksEndpoint.Owner.class);
                        assertThat(waiting.path("blockedBy"))
                                .isNotEmpty()
                                .allSatisfy(holder -> assertFields(holder, FileLocksEndpoint.Blocker.class));
                    });
                    assertClaims(answer);
                    assertThat(answer.path("leftovers")).allSatisfy(leftover -> {
                        assertFields(leftover, FileLocksEndpoint.Leftover.class);
                        assertThat(leftover.path("claims")).isNotEmpty();
                        assertClaims(leftover);
                    });
                    json.readValue(sample.text(), type);
                }));
    }

    private static void assertClaims(JsonNode object) {
        assertThat(object.path("claims")).allSatisfy(claim -> {
            assertFields(claim, FileLocksEndpoint.Claim.class);
            assertFields(claim.path("owner"), FileLocksEndpoint.Blocker.class);
        });
    }

    private static void assertFields(JsonNode object, Class<?> type) {
        assertThat(object.propertyNames())
                .containsExactlyElementsOf(Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList());
    }
}
