package dev.filelock.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

/** The endpoint shows, over HTTP, what is held and who waits for whom. */
@SpringBootTest(properties = "management.endpoints.web.exposure.include=filelocks")
@AutoConfigureMockMvc
class FileLocksEndpointTest {
    @TempDir
    static Path directory;

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry properties) {
        properties.add("filelock.directory", directory::toString);
        properties.add(
                "filelock.directories.shared.path",
                () -> directory.resolve("shared").toString());
    }

    @Autowired
    private MockMvcTester web;

    @Autowired
    private LockRegistry registry;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void nothingHeldIsThreeEmptyLists() {
        assertThat(web.get().uri("/actuator/filelocks"))
                .hasStatusOk()
                .bodyJson()
                .isStrictlyEqualTo("{\"state\":\"RUNNING\",\"held\":[],\"waiting\":[],\"leftovers\":[],\"cut\":null}");
        assertThat(web.get().uri("/actuator/filelocks/0123456789abcdef")).hasStatus(404);
    }

    @Test
    void holdsAndWaitersAreShownWithAllTheirFields() throws Exception {
        Path file = directory.resolve("shared").resolve("report.lock");
        try (HeldLock held =
                registry.directory("shared").lock("report").labelled("nightly").acquire()) {
            threads.submit(() -> {
                registry.directory("shared").lock("report").acquire().close();
                return null;
            });
            await().until(() -> !registry.waitingLocks().isEmpty());
            String id = FileLocksEndpoint.id(file);
            assertThat(id).matches("[0-9a-f]{16}");
            for (String uri : new String[] {"/actuator/filelocks", "/actuator/filelocks/" + id}) {
                assertThat(web.get().uri(uri)).hasStatusOk().bodyJson().satisfies(json -> {
                    assertThat(json).extractingPath("$.held[0].id").isEqualTo(id);
                    assertThat(json).extractingPath("$.held[0].label").isEqualTo("nightly");
                    assertThat(json).extractingPath("$.held[0].directory").isEqualTo("shared");
                    assertThat(json).extractingPath("$.held[0].path").isEqualTo(file.toString());
                    assertThat(json).extractingPath("$.held[0].mode").isEqualTo("EXCLUSIVE");
                    assertThat(json).extractingPath("$.held[0].backend").isEqualTo("NATIVE");
                    assertThat(json).extractingPath("$.held[0].fellBack").isEqualTo(false);
                    assertThat(json)
                            .extractingPath("$.held[0].owner.thread")
                            .isEqualTo(Thread.currentThread().getName());
                    assertThat(json)
                            .extractingPath("$.held[0].owner.pid")
                            .asNumber()
                            .satisfies(pid -> assertThat(pid.longValue())
                                    .isEqualTo(ProcessHandle.current().pid()));
                    assertThat(json)
                            .extractingPath("$.held[0].since")
                            .asString()
                            .endsWith("Z");
                    assertThat(json).extractingPath("$.held[0].holdCount").isEqualTo(1);
                    assertThat(json).hasPath("$.held[0].fencingToken");
                    assertThat(json).extractingPath("$.waiting[0].id").isEqualTo(id);
                    assertThat(json)
                            .extractingPath("$.waiting[0].blockedBy[0].thread")
                            .isEqualTo(Thread.currentThread().getName());
                });
            }
            assertThat(Files.size(file)).isZero();
        }
        await().until(() ->
                registry.heldLocks().isEmpty() && registry.waitingLocks().isEmpty());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
