package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockMisuseException;
import dev.filelock.spring.FileLocked;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What an application with Spring Boot 3.5 has of the starter: everything but health. The build compiles this with Spring Boot 4, and
 * runs it on the class path of 3.5.
 */
@Timeout(180)
class OnSpringBoot3IT {
    @TempDir
    static Path directory;

    private static ConfigurableApplicationContext context;
    private static LockRegistry registry;
    private static Service service;

    @BeforeAll
    static void start() {
        context = run(
                Application.class,
                "--filelock.timeout=7s",
                "--filelock.directories.soft.path=" + directory.resolve("soft"),
                "--filelock.directories.soft.backend=soft",
                "--filelock.directories.soft.timeout=0",
                "--filelock.observations.enabled=true",
                "--management.endpoints.web.exposure.include=*",
                "--management.endpoint.health.show-components=always");
        registry = context.getBean(LockRegistry.class);
        service = context.getBean(Service.class);
    }

    @AfterAll
    static void end() {
        if (context != null) {
            context.close();
        }
    }

    private static ConfigurableApplicationContext run(Class<?> application, String... arguments) {
        return new SpringApplication(application)
                .run(Stream.concat(
                                Stream.of("--server.port=0", "--filelock.directory=" + directory), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    @Test
    void thisIsSpringBoot3AndNothingOf4() {
        assertThat(SpringBootVersion.getVersion()).startsWith("3.5.");
        assertThat(List.of(System.getProperty("java.class.path").split(System.getProperty("path.separator"))))
                .noneMatch(jar ->
                        jar.matches(".*/spring-(boot|boot-\\w+)-4\\..*") || jar.matches(".*/spring-\\w+-7\\..*"));
    }

    @Test
    void propertiesBind() {
        assertThat(registry.options().timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(registry.directory("soft").options().backend()).isEqualTo(LockBackend.SOFT);
        assertThat(registry.directory("soft").options().timeout()).isZero();
    }

    @Test
    void annotatedMethodsAreLockedInEveryMode() {
        assertThat(service.exclusive("4711")).isEqualTo("ledger/4711.lock EXCLUSIVE");
        assertThat(service.reading()).isEqualTo("catalog.db READ");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void theEndpointAnswers() throws Exception {
        try (HeldLock held = registry.lock("report").labelled("Reports.write").acquire()) {
            HttpResponse<String> all = send("GET", "/actuator/filelocks");
            assertThat(all.statusCode()).isEqualTo(200);
            assertThat(all.body())
                    .contains("\"state\":\"RUNNING\"")
                    .contains("\"label\":\"Reports.write\"")
                    .contains("\"path\":\"" + held.path() + "\"");
            String id = all.body().replaceAll("(?s).*\"id\":\"([0-9a-f]{16})\".*", "$1");
            assertThat(send("GET", "/actuator/filelocks/" + id).body()).contains("\"claims\":[]");
            assertThat(send("DELETE", "/actuator/filelocks/" + id + "?claim=x").statusCode())
                    .as("unless access is unrestricted")
                    .isEqualTo(405);
        }
    }

    @Test
    void metricsAreThere() {
        service.exclusive("metrics");
        assertThat(context.getBean(MeterRegistry.class)
                        .get("filelock.acquire")
                        .tags("label", "the-ledger", "outcome", "acquired")
                        .timer()
                        .count())
                .isPositive();
        assertThat(context.getBean(MeterRegistry.class)
                        .get("filelock.call")
                        .timer()
                        .count())
                .as("observed")
                .isPositive();
    }

    @Test
    void healthIsThatOfSpringBootWithoutOurs() throws Exception {
        assertThat(send("GET", "/actuator/health").body())
                .contains("\"status\":\"UP\"")
                .contains("\"ping\"")
                .doesNotContain("filelock");
    }

    @Test
    void misuseEndsTheStart() {
        assertThatThrownBy(() -> run(Broken.class))
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("finalMethod()");
    }

    @Test
    void theEndOfTheApplicationClosesTheRegistry() {
        ConfigurableApplicationContext another = run(Application.class);
        LockRegistry closed = another.getBean(LockRegistry.class);
        another.close();
        assertThatThrownBy(() -> closed.lock("x")).isInstanceOf(IllegalStateException.class);
    }

    private static HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                                .method(method, BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    public static class Application {
        @Bean
        public Service service(LockRegistry locks) {
            return new Service(locks);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    public static class Broken {
        @Bean
        public Misused misused() {
            return new Misused();
        }
    }

    public static class Misused {
        @FileLocked("x")
        public final void finalMethod() {}
    }

    public static class Service {
        private final LockRegistry locks;

        Service(LockRegistry locks) {
            this.locks = locks;
        }

        @FileLocked(path = "ledger/#{#account}", name = "the-ledger")
        public String exclusive(String account) {
            return held();
        }

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public String reading() {
            return held();
        }

        private String held() {
            HeldLockInfo lock = locks.heldLocks().get(0);
            return locks.directory().relativize(lock.path()) + " " + lock.mode();
        }
    }
}
