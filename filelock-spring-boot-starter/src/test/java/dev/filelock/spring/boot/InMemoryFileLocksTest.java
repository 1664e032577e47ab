package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockAssert;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.InMemoryLocks;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import dev.filelock.spring.boot.test.AutoConfigureInMemoryFileLocks;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests of an application that locks need no disk, in a whole context and in a slice. */
@Timeout(120)
class InMemoryFileLocksTest {

    @Nested
    @SpringBootTest(classes = Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @AutoConfigureInMemoryFileLocks
    @TestPropertySource(
            properties = {
                "filelock.timeout=50ms",
                "filelock.directory=/no/such/place",
                "filelock.directories.shared.path=/nor/this"
            })
    class InAWholeContext {
        @Autowired
        private Reports reports;

        @Autowired
        private InMemoryLocks locks;

        @Autowired
        private LockRegistry registry;

        @Test
        void nothingIsToldOfTheHealthOfDirectoriesThatAreNotUsed(@Autowired ObjectProvider<HealthContributor> health) {
            reports.write();
            assertThat(health.stream()).noneMatch(CompositeHealthContributor.class::isInstance);
        }

        @Test
        void annotatedMethodsAreLockedWithoutADisk() {
            assertThat(reports.write())
                    .isEqualTo(Path.of("/no/such/place/report.lock").toAbsolutePath());
            assertThat(Path.of("/no/such/place")).doesNotExist();
            assertThat(registry).isSameAs(locks.registry());
        }

        @Test
        void anotherProcessIsPlayed() {
            try (HeldLock other = locks.holdElsewhere("report")) {
                assertThatThrownBy(() -> reports.write())
                        .isInstanceOf(FileLockTimeoutException.class)
                        .hasMessageContaining("not acquired in 50 ms");
            }
            assertThat(reports.write()).isNotNull();
        }
    }

    @Nested
    @WebMvcTest(ReportsController.class)
    @AutoConfigureRestTestClient
    @AutoConfigureInMemoryFileLocks
    @ContextConfiguration(classes = {Reports.class, ReportsController.class})
    @TestPropertySource(properties = "filelock.timeout=50ms")
    class InASlice {
        @Autowired
        private RestTestClient client;

        @Autowired
        private InMemoryLocks locks;

        @Test
        void whoComesTooLateGets503() {
            try (HeldLock other = locks.holdElsewhere("report")) {
                client.get().uri("/report").exchange().expectStatus().isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
            }
            client.get().uri("/report").exchange().expectStatus().isOk();
        }
    }

    @Test
    void withoutTheAnnotationLocksAreReal() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(InMemoryLocks.class));
    }

    @Test
    void aRegistryOfTheApplicationStaysAsItIs() {
        LockRegistry own = LockRegistry.builder().inMemory().registry();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        InMemoryFileLocksAutoConfiguration.class, FileLockAutoConfiguration.class))
                .withBean("ownRegistry", LockRegistry.class, () -> own)
                .run(context -> assertThat(context.getBean(LockRegistry.class)).isSameAs(own));
    }

    @Test
    void switchedOffThereIsNothing() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        InMemoryFileLocksAutoConfiguration.class, FileLockAutoConfiguration.class))
                .withPropertyValues("filelock.enabled=false")
                .run(context ->
                        assertThat(context).doesNotHaveBean(LockRegistry.class).doesNotHaveBean(InMemoryLocks.class));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Reports reports() {
            return new Reports();
        }
    }

    static class Reports {
        @FileLocked("report")
        public Path write() {
            FileLockAssert.assertHeld();
            return FileLocks.current().path();
        }
    }

    @RestController
    static class ReportsController {
        private final Reports reports;

        ReportsController(Reports reports) {
            this.reports = reports;
        }

        @GetMapping("/report")
        List<String> report() {
            return List.of(reports.write().toString());
        }

        @ExceptionHandler
        ResponseEntity<String> busy(FileLockTimeoutException e) {
            return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).body("busy");
        }
    }
}
