package dev.filelock.spring.boot.actuate;

import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.Processes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.json.JsonCompareMode;
import org.springframework.test.web.servlet.client.RestTestClient;

/** The endpoint's whole answer is what it is documented to be. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = "management.endpoints.web.exposure.include=filelocks")
@AutoConfigureRestTestClient
class FileLocksEndpointShapeTest {
    @TempDir
    static Path directory;

    @Autowired
    LockRegistry registry;

    @Autowired
    RestTestClient client;

    @DynamicPropertySource
    static void directories(DynamicPropertyRegistry properties) {
        properties.add("filelock.directory", directory::toString);
        properties.add("filelock.directories.nested.path", directory.resolve("nested")::toString);
    }

    @Test
    void showsHoldersAndWaiters() throws Exception {
        FileLock lock = registry.lock("report").labelled("Reports.run");
        HeldLock nested =
                registry.directory("nested").readWriteLock("prices").readLock().acquire();
        HeldLock held = lock.acquire();
        HeldLock again = lock.acquire();
        Thread waiter = new Thread(new FutureTask<>(() -> lock.execute(() -> null)), "the-waiter");
        waiter.start();
        try {
            await().until(() -> registry.waitingLocks().size() == 1
                    && !registry.waitingLocks().get(0).blockedBy().isEmpty());
            HeldLockInfo holder = held.info();
            WaitingLockInfo waiting = registry.waitingLocks().get(0);
            String host = Processes.system().hostField();
            long pid = ProcessHandle.current().pid();
            String path = directory.toRealPath().resolve("report.lock").toString();
            String pricesPath =
                    directory.toRealPath().resolve("nested/prices.db").toString();
            String thread = Thread.currentThread().getName();

            String heldJson = """
                    {"id": "%s", "label": "Reports.run", "path": "%s", "mode": "EXCLUSIVE", "backend": "NATIVE",
                     "fellBack": false, "owner": {"thread": "%s", "pid": %d, "host": "%s"}, "since": "%s", "holdCount": 2}""".formatted(id(path), path, thread, pid, host, holder.since());
            String pricesJson = """
                    {"id": "%s", "directory": "nested", "path": "%s", "mode": "READ", "backend": "SQLITE",
                     "fellBack": false, "owner": {"thread": "%s", "pid": %d, "host": "%s"}, "since": "%s", "holdCount": 1}""".formatted(
                    id(pricesPath), pricesPath, thread, pid, host, nested.info().since());
            String waitingJson = """
                    {"id": "%s", "label": "Reports.run", "path": "%s", "mode": "EXCLUSIVE", "backend": "NATIVE",
                     "owner": {"thread": "the-waiter", "pid": %d, "host": "%s"}, "since": "%s", "position": 1,
                     "blockedBy": [{"pid": %d, "thread": "%s", "since": "%s"}]}""".formatted(id(path), path, pid, host, waiting.since(), pid, thread, holder.since());

            get("").isOk()
                    .expectBody()
                    .json(
                            "{\"held\": [%s, %s], \"waiting\": [%s]}".formatted(pricesJson, heldJson, waitingJson),
                            JsonCompareMode.LENIENT);
            get("/" + id(path))
                    .isOk()
                    .expectBody()
                    .json(
                            "{\"held\": [%s], \"waiting\": [%s], \"claims\": []}".formatted(heldJson, waitingJson),
                            JsonCompareMode.LENIENT);
            get("/0123456789abcdef").isNotFound();
        } finally {
            again.close();
            held.close();
            nested.close();
            waiter.join();
        }
        get("").isOk()
                .expectBody()
                .json(
                        "{\"state\": \"RUNNING\", \"held\": [], \"waiting\": [], \"leftovers\": [], \"cut\": null}",
                        JsonCompareMode.STRICT);
        get("/" + id(directory.toRealPath().resolve("report.lock").toString())).isNotFound();
    }

    @Test
    void removingIsNotAllowedUnlessAccessIsUnrestricted() {
        client.delete()
                .uri("/actuator/filelocks/0123456789abcdef?claim=x")
                .exchange()
                .expectStatus()
                .isEqualTo(405);
    }

    private org.springframework.test.web.servlet.client.StatusAssertions get(String path) {
        return client.get().uri("/actuator/filelocks" + path).exchange().expectStatus();
    }

    private static String id(String path) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(path.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash).substring(0, 16);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {}
}
