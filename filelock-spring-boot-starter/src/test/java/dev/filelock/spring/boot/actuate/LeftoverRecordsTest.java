package dev.filelock.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a crash left is cleared through the endpoint: exactly that, and nothing that somebody lives by. */
@Timeout(60)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "management.endpoints.web.exposure.include=filelocks",
            "management.endpoint.filelocks.access=unrestricted",
            "management.endpoint.filelocks.show-values=always",
            "filelock.directories.soft.backend=soft"
        })
@AutoConfigureRestTestClient
class LeftoverRecordsTest {
    @TempDir
    static Path directory;

    @Autowired
    LockRegistry registry;

    @Autowired
    RestTestClient client;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @DynamicPropertySource
    static void directories(DynamicPropertyRegistry properties) {
        properties.add("filelock.directory", directory::toString);
        properties.add("filelock.directories.soft.path", directory.resolve("soft")::toString);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void theRecordOfAnotherHostIsRemovedByItsTokenAndTheWaiterGetsIn() throws Exception {
        FileLock lock = registry.directory("soft").lock("report");
        Files.createDirectories(directory.resolve("soft"));
        long pid = ProcessHandle.current().pid(); // which is another process on another host
        Files.writeString(lock.path(), pid + "\nanother-host\n");
        Future<String> waiter = threads.submit(() -> lock.execute(() -> "in"));
        String id = FileLocksEndpoint.id(lock.path());
        try (HeldLock unrelated = registry.lock("unrelated").acquire()) {
            threads.submit(() -> registry.lock("unrelated").execute(() -> ""));
            await().until(() -> registry.waitingLocks().size() == 2);
            JsonNode waiting = get(id).path("waiting");
            assertThat(waiting).as("for this lock only").hasSize(1);
            assertThat(waiting.path(0).path("blockedBy").path(0).path("host").asString())
                    .isEqualTo("another-host");
            assertThat(waiting.path(0)
                            .path("blockedBy")
                            .path(0)
                            .path("commandLine")
                            .isNull())
                    .isTrue();
        }

        JsonNode claim = get(id).path("claims").path(0);
        assertThat(claim.path("kind").asString()).isEqualTo("MARKER");
        assertThat(claim.path("liveness").asString()).isEqualTo("UNKNOWN");
        assertThat(claim.path("owner").path("pid").asInt()).isEqualTo((int) pid);
        assertThat(claim.path("owner").path("host").asString()).isEqualTo("another-host");

        assertThat(delete(id, "no-such-token", 404).path("outcome").asString()).isEqualTo("NOT_FOUND");
        assertThat(lock.path()).hasContent(pid + "\nanother-host\n");
        assertThat(delete("0123456789abcdef", claim.path("token").asString(), 404)
                        .path("outcome")
                        .asString())
                .isEqualTo("NOT_FOUND");
        client.delete()
                .uri("/actuator/filelocks/" + id)
                .exchange()
                .expectStatus()
                .isBadRequest();
        JsonNode removal = delete(id, claim.path("token").asString(), 200);
        assertThat(removal.path("outcome").asString()).isEqualTo("REMOVED");
        assertThat(removal.path("message").asString()).contains("another-host");
        assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo("in");
    }

    @Test
    void aLiveOwnersRecordIsRefused() throws Exception {
        FileLock lock = registry.directory("soft").lock("live");
        try (HeldLock held = lock.acquire()) {
            String id = FileLocksEndpoint.id(lock.path());
            String token = get(id).path("claims").path(0).path("token").asString();
            JsonNode removal = delete(id, token, 409);
            assertThat(removal.path("outcome").asString()).isEqualTo("REFUSED");
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void aKernelLockHasNoRecordToRemove() throws Exception {
        FileLock lock = registry.lock("native");
        try (HeldLock held = lock.acquire()) {
            String id = FileLocksEndpoint.id(lock.path());
            assertThat(get(id).path("claims")).isEmpty();
            delete(id, "anything", 404);
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void commandLinesAreShownWhereThatIsAskedFor() throws Exception {
        FileLock lock = registry.lock("command");
        Files.createDirectories(directory);
        Process holder = new ProcessBuilder(
                        "flock", lock.path().toString(), "sh", "-c", "echo locked; read line; echo secret-argument")
                .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("locked");
            Future<?> waiter = threads.submit(() -> lock.execute(() -> null));
            await().until(() -> !registry.waitingLocks().isEmpty());
            JsonNode blockers = get(FileLocksEndpoint.id(lock.path()))
                    .path("waiting")
                    .path(0)
                    .path("blockedBy");
            assertThat(blockers.path(0).path("process").asString("")).doesNotContain("secret-argument");
            assertThat(blockers.toString()).contains("secret-argument");
            holder.outputWriter().append("go\n").flush();
            waiter.get(30, TimeUnit.SECONDS);
        } finally {
            holder.destroy();
        }
    }

    private JsonNode get(String id) {
        return answer(client.get()
                .uri("/actuator/filelocks/" + id)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    private JsonNode delete(String id, String token, int status) {
        return answer(client.delete()
                .uri("/actuator/filelocks/" + id + "?claim=" + token)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    private static JsonNode answer(String body) {
        return JsonMapper.shared().readTree(body);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {}
}
