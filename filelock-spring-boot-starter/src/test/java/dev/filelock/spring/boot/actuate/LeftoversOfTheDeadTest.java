package dev.filelock.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLock;
import dev.filelock.LockBackend;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

/** What dead processes left is shown and cleared though nobody waits for it, and nothing else ever is. */
@Timeout(120)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "links")
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "management.endpoints.web.exposure.include=filelocks",
            "management.endpoint.filelocks.access=unrestricted"
        })
@AutoConfigureRestTestClient
class LeftoversOfTheDeadTest {
    private static final List<LockBackend> WITH_RECORDS = List.of(
            LockBackend.SOFT, LockBackend.MARKER, LockBackend.LEASE, LockBackend.STRICT, LockBackend.GENERATION);
    private static final String FOREIGN_RECORD = "4711\nanother-host\n";

    @TempDir
    static Path directory;

    @Autowired
    LockRegistry registry;

    @Autowired
    RestTestClient client;

    @DynamicPropertySource
    static void directories(DynamicPropertyRegistry properties) {
        properties.add("filelock.directory", directory::toString);
        for (LockBackend backend : WITH_RECORDS) {
            String name = "filelock.directories." + named(backend);
            properties.add(name + ".path", directory.resolve(named(backend))::toString);
            properties.add(
                    name + (backend == LockBackend.GENERATION ? ".read-write-backend" : ".backend"), () -> backend);
        }
    }

    @AfterEach
    void empty() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .filter(path -> !path.equals(directory))
                    .forEach(path -> path.toFile().delete());
        }
    }

    private static String named(LockBackend backend) {
        return backend.name().toLowerCase(Locale.ROOT);
    }

    /** A process that takes a lock of each backend, says so, and goes on living or dies with them. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            for (LockBackend backend : WITH_RECORDS) {
                lock(LockRegistry.builder().directory(Path.of(arguments[0])).build(), backend)
                        .acquire();
            }
            System.out.println("held");
            if (System.in.read() >= 0) {
                Runtime.getRuntime().halt(9);
            }
        }
    }

    private static FileLock lock(LockRegistry registry, LockBackend backend) {
        Path path = registry.directory().resolve(named(backend)).resolve("job.lock");
        return backend == LockBackend.GENERATION
                ? dev.filelock.ReadWriteFileLock.builder(path)
                        .backend(backend)
                        .build()
                        .writeLock()
                : FileLock.builder(path).backend(backend).build();
    }

    private static Process holder() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData", // which may lead to a warning, where "held" is expected
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("held");
        return process;
    }

    @Test
    void eachRecordOfADeadProcessIsListedAndRemovedByItsTokenAndThoseOfALiveOneAreNot() throws Exception {
        Process holder = holder();
        try {
            assertThat(get("").path("leftovers")).isEmpty();
            for (LockBackend backend : WITH_RECORDS) {
                FileLock lock = lock(registry, backend);
                String id = FileLocksEndpoint.id(lock.path());
                client.get()
                        .uri("/actuator/filelocks/" + id)
                        .exchange()
                        .expectStatus()
                        .isNotFound();
                lock.claims().forEach(claim -> delete(id, claim.id(), 404));
                assertThat(lock.claims()).as("%s", backend).isNotEmpty();
            }
            holder.outputWriter().append("die\n").flush();
            assertThat(holder.waitFor()).isEqualTo(9);
        } finally {
            holder.destroyForcibly();
        }
        Map<String, JsonNode> found = new TreeMap<>();
        for (JsonNode leftover : get("").path("leftovers")) {
            found.put(leftover.path("backend").asString(), leftover);
        }
        assertThat(found).hasSize(WITH_RECORDS.size());
        for (LockBackend backend : WITH_RECORDS) {
            FileLock lock = lock(registry, backend);
            String id = FileLocksEndpoint.id(lock.path());
            JsonNode leftover = found.get(backend.name());
            assertThat(leftover.path("id").asString()).isEqualTo(id);
            assertThat(leftover.path("directory").asString()).isEqualTo(named(backend));
            assertThat(leftover.path("path").asString()).isEqualTo(lock.path().toString());
            JsonNode one = get("/" + id);
            assertThat(one.path("held")).isEmpty();
            assertThat(one.path("waiting")).isEmpty();
            assertThat(one.path("claims").findValuesAsString("token"))
                    .isEqualTo(leftover.path("claims").findValuesAsString("token"))
                    .hasSize(backend == LockBackend.STRICT ? 2 : 1);
            for (JsonNode claim : one.path("claims")) {
                assertThat(claim.path("liveness").asString()).isEqualTo("DEAD");
                assertThat(claim.path("owner").path("pid").asLong()).isEqualTo(holder.pid());
                delete(id, claim.path("token").asString(), 200);
                delete(id, claim.path("token").asString(), 404);
            }
            lock.acquire(Duration.ofSeconds(10)).close();
        }
        assertThat(get("").path("leftovers")).isEmpty();
    }

    /** Records that nobody may remove, or that only look like records, each beside names by which one may try. */
    @ParameterizedTest
    @ValueSource(
            strings = {"data", "empty", "half", "directory", "link", "linked-directory", "native", "sqlite", "outside"})
    void nothingButARecordIsRemoved(String name) throws Exception {
        Path outside = Files.createDirectories(directory.resolveSibling(directory.getFileName() + "-outside"));
        Path target = Files.writeString(outside.resolve("target.lock"), FOREIGN_RECORD);
        Path path = directory.resolve("x.lock");
        switch (name) {
            case "data" -> Files.writeString(path, "name,amount\nmiller,3\n");
            case "empty" -> Files.createFile(path);
            case "half" -> Files.writeString(path, "4711\n");
            case "directory" -> Files.createDirectory(path);
            case "link" -> Files.createSymbolicLink(path, target);
            case "linked-directory" -> {
                Files.createSymbolicLink(directory.resolve("sub"), outside);
                path = directory.resolve("sub/target.lock");
            }
            case "native" -> registry.lock("x").acquire().close();
            case "sqlite" -> {
                path = directory.resolve("y.db");
                registry.readWriteLock("y").writeLock().acquire().close();
            }
            default -> path = target;
        }
        FileLock asMarker = FileLock.builder(target).backend(LockBackend.SOFT).build();
        Set<String> tokens = new HashSet<>(List.of("", "x.lock", "../x.lock", path.toString(), "%2e%2e%2fx.lock"));
        tokens.add(asMarker.claims().get(0).id());
        if (Files.isRegularFile(path) && !path.toString().endsWith(".db")) {
            FileLock.builder(path).backend(LockBackend.SOFT).build().claims().forEach(claim -> tokens.add(claim.id()));
        }
        Map<Path, String> before = tree();
        Map<Path, String> beforeOutside = tree(outside);
        for (String id : List.of(FileLocksEndpoint.id(path), FileLocksEndpoint.id(target), "..", "%2e%2e", "x.lock")) {
            for (String token : tokens) {
                int status = client.delete()
                        .uri(java.net.URI.create("/actuator/filelocks/" + id + "?claim="
                                + java.net.URLEncoder.encode(token, java.nio.charset.StandardCharsets.UTF_8)))
                        .exchange()
                        .returnResult()
                        .getStatus()
                        .value();
                assertThat(status).as("%s?claim=%s", id, token).isGreaterThanOrEqualTo(400);
            }
        }
        assertThat(tree()).isEqualTo(before);
        assertThat(tree(outside)).isEqualTo(beforeOutside);
        assertThat(get("").path("leftovers")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../victim",
                "..%2Fvictim",
                "..",
                ".",
                "held-v1-0123456789abcdef0123456789abcdef.claim/../../victim",
                ".hidden",
                "\u0000",
                "/etc/passwd"
            })
    void aTokenLeadsNowhereButToTheRecordsThatAreListed(String token) throws Exception {
        Path claims = Files.createDirectories(directory.resolve("strict/job.lock.filelock/claims"));
        Files.writeString(claims.resolve("no-claim"), "of a version to come");
        Files.writeString(claims.resolve(".hidden"), "private");
        Files.writeString(claims.resolveSibling("victim"), "data");
        String id = FileLocksEndpoint.id(directory.resolve("strict/job.lock"));
        assertThat(get("/" + id).path("claims")).hasSize(1);
        Map<Path, String> before = tree();
        client.delete()
                .uri("/actuator/filelocks/{id}?claim={token}", id, token)
                .exchange()
                .expectStatus()
                .isNotFound();
        assertThat(tree()).isEqualTo(before);
        delete(id, "no-claim", 200);
        before.remove(directory.relativize(claims.resolve("no-claim")));
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void aLongListIsCutAndSaysSoAndEachLockIsFoundAllTheSame() throws Exception {
        Path soft = Files.createDirectories(directory.resolve("soft/sub"));
        for (int i : IntStream.range(0, 300).toArray()) {
            Files.writeString(soft.resolve(i + ".lock"), FOREIGN_RECORD);
        }
        JsonNode all = get("");
        assertThat(all.path("leftovers")).hasSize(100);
        assertThat(all.path("cut").asString()).contains("the first 100");
        for (int i : List.of(0, 150, 299)) {
            JsonNode one = get("/" + FileLocksEndpoint.id(soft.resolve(i + ".lock")));
            assertThat(one.path("claims")).hasSize(1);
            assertThat(one.path("cut").isNull()).isTrue();
        }
    }

    @Test
    void aFileSystemThatHangsDoesNotHangTheAnswer() throws Exception {
        Files.writeString(directory.resolve("x.lock"), FOREIGN_RECORD);
        LeftoverLook look = new LeftoverLook(List.of(registry));
        CountDownLatch hanging = new CountDownLatch(1);
        AtomicInteger hang = new AtomicInteger();
        Predicate<Path> hangs = path -> {
            hang.incrementAndGet();
            return await(hanging);
        };
        try {
            while (hang.get() < 4) { // one that begins when nobody waits for it any more doesn't
                LeftoverLook.Found found = look.look(hangs, 100, Duration.ofMillis(100));
                assertThat(found.places()).isEmpty();
                assertThat(found.cut()).containsAnyOf("ended before it was through", "no leftovers were looked for");
            }
            assertThat(look.look(path -> true, 100, Duration.ofSeconds(60)).cut())
                    .contains("no leftovers were looked for");
        } finally {
            hanging.countDown();
        }
        org.awaitility.Awaitility.await()
                .until(() ->
                        look.look(path -> true, 100, Duration.ofSeconds(60)).cut() == null);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<Path, String> tree() throws IOException {
        return tree(directory);
    }

    /** Everything there is, with content and inode. */
    private static Map<Path, String> tree(Path root) throws IOException {
        Map<Path, String> tree = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                String inode = Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS)
                        .toString();
                tree.put(
                        root.relativize(path),
                        Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? inode + Files.readString(path) : inode);
            }
        }
        return tree;
    }

    private JsonNode get(String path) {
        return answer(client.get()
                .uri("/actuator/filelocks" + path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    private void delete(String id, String token, int status) {
        client.delete()
                .uri("/actuator/filelocks/" + id + "?claim=" + token)
                .exchange()
                .expectStatus()
                .isEqualTo(status);
    }

    private static JsonNode answer(String body) {
        return JsonMapper.shared().readTree(body);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {}
}
