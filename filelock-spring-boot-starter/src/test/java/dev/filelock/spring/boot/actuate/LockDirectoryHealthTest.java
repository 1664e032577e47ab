package dev.filelock.spring.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockListener;
import dev.filelock.LockRegistry;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** When a lock directory is down, and what is only a detail. */
@Timeout(60)
class LockDirectoryHealthTest {
    @TempDir
    Path directory;

    private ApplicationContextRunner runner = new ApplicationContextRunner();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void configure() {
        runner = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(FileLockHealthAutoConfiguration.class, FileLockAutoConfiguration.class))
                .withPropertyValues(
                        "filelock.directory=" + directory.resolve("default"),
                        "filelock.directories.shared.path=" + directory.resolve("shared"),
                        "filelock.directories.shared.backend=soft");
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void everyDirectoryIsAComponent() {
        runner.run(context -> assertThat(context.getBean(CompositeHealthContributor.class).stream()
                        .map(HealthContributors.Entry::name))
                .containsExactlyInAnyOrder("default", "shared"));
    }

    @Test
    void ofSeveralRegistriesTheComponentsAreNamedAfterTheirBeans() {
        runner.withUserConfiguration(TwoRegistries.class)
                .run(context -> assertThat(context.getBean(CompositeHealthContributor.class).stream()
                                .map(HealthContributors.Entry::name))
                        .containsExactlyInAnyOrder("one.default", "two.default"));
    }

    @Test
    void aSlashInTheNameOfADirectoryDoesNotKeepTheApplicationFromStarting() {
        runner.withPropertyValues("filelock.directories[team/jobs].path=" + directory.resolve("jobs"))
                .run(context -> assertThat(context.getBean(CompositeHealthContributor.class).stream()
                                .map(HealthContributors.Entry::name))
                        .containsExactlyInAnyOrder("default", "shared", "team%2Fjobs"));
    }

    @Test
    void aDirectoryThatIsNotUsedYetIsUp() {
        runner.run(context -> {
            Health health = health(context.getBean(CompositeHealthContributor.class), "default");
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("remark", "not used yet; it is made with the first lock")
                    .containsEntry("path", directory.resolve("default").toString());
            assertThat(directory.resolve("default")).doesNotExist();
        });
    }

    @Test
    void aDirectoryInUseTellsOfItsLocksAndLeavesNothingBehind() {
        runner.run(context -> {
            LockRegistry registry = context.getBean(LockRegistry.class);
            FileLock lock = registry.lock("x");
            try (HeldLock held = lock.acquire()) {
                threads.submit(() -> lock.execute(() -> null));
                CompositeHealthContributor contributor = context.getBean(CompositeHealthContributor.class);
                await().until(
                                () -> health(contributor, "default")
                                        .getDetails()
                                        .get("waiting"),
                                Integer.valueOf(1)::equals);
                Health health = health(contributor, "default");
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails())
                        .containsEntry("held", 1)
                        .containsEntry("lost", 0L)
                        .containsEntry("fellBack", false)
                        .containsEntry("kernelLocks", "supported")
                        .containsKey("fileSystem");
                assertThat(health(contributor, "shared").getDetails())
                        .as("another directory's locks")
                        .containsEntry("held", 0)
                        .containsEntry("waiting", 0)
                        .doesNotContainKey("kernelLocks");
            }
            await().untilAsserted(() -> assertThat(health(context.getBean(CompositeHealthContributor.class), "default")
                            .getDetails())
                    .as("once the waiter was let in")
                    .containsEntry("waiting", 0));
            try (Stream<Path> files = Files.list(directory.resolve("default"))) {
                assertThat(files.map(Path::getFileName)).containsExactly(Path.of("x.lock"));
            }
        });
    }

    @Test
    void aDirectoryThatVanishedUnderItsLocksIsDown() {
        runner.run(context -> {
            context.getBean(LockRegistry.class).lock("x").acquire().close();
            Files.delete(directory.resolve("default").resolve("x.lock"));
            Files.delete(directory.resolve("default"));
            Health health = health(context.getBean(CompositeHealthContributor.class), "default");
            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails().get("problem").toString()).contains("missing");
        });
    }

    @Test
    void aDirectoryThatCanNotBeWrittenIsDown() throws IOException {
        Path readOnly = Files.createDirectory(
                directory.resolve("read-only"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        assumeThat(Files.isWritable(readOnly))
                .as("root writes everywhere; the next test stands in")
                .isFalse();
        runner.withPropertyValues("filelock.directory=" + readOnly)
                .run(context -> assertThat(health(context.getBean(CompositeHealthContributor.class), "default")
                                .getStatus())
                        .isEqualTo(Status.DOWN));
    }

    @Test
    void findingsBecomeStatusAndAdvice() {
        try (LockRegistry registry = LockRegistry.builder().directory(directory).build()) {
            assertThat(health(registry, () -> new DirectoryProbe.Findings(true, false, "ext4", null))
                            .getStatus())
                    .isEqualTo(Status.DOWN);
            Health hung = health(registry, () -> {
                throw new TimeoutException();
            });
            assertThat(hung.getStatus()).isEqualTo(Status.UNKNOWN);
            assertThat(hung.getDetails().get("problem").toString()).contains("1 s");
            Health network = health(registry, () -> new DirectoryProbe.Findings(true, true, "nfs4", "supported"));
            assertThat(network.getStatus()).isEqualTo(Status.UP);
            assertThat(network.getDetails().get("advice").toString()).contains("network file system");
        }
    }

    @Test
    void anInterruptOfWhoAsksIsKeptAndSaysNothingOfTheDirectory() {
        try (LockRegistry registry = LockRegistry.builder().directory(directory).build()) {
            DirectoryProbe probe = new DirectoryProbe(registry);
            Thread.currentThread().interrupt();
            Health health = health(registry, probe::look);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
            await().ignoreExceptionsInstanceOf(TimeoutException.class)
                    .until(() -> probe.look().exists()); // the look goes on, and makes a file
        }
    }

    @Test
    void itIsSwitchedOffAndReplaced() {
        runner.withPropertyValues("management.health.filelock.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(CompositeHealthContributor.class));
        runner.withPropertyValues("filelock.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(CompositeHealthContributor.class)
                        .doesNotHaveBean(LockListener.class));
        runner.withUserConfiguration(OwnHealth.class)
                .run(context -> assertThat(context.getBean(CompositeHealthContributor.class).stream()
                                .map(HealthContributors.Entry::name))
                        .containsExactly("own"));
    }

    @Test
    void withoutTheHealthModuleThereIsNone() {
        runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LockRegistry.class)
                        .doesNotHaveBean("filelockHealthContributor"));
    }

    private static Health health(CompositeHealthContributor contributor, String component) {
        return ((HealthIndicator) contributor.getContributor(component)).health();
    }

    private static Health health(LockRegistry registry, LockDirectoryHealth.Look look) {
        return new LockDirectoryHealth(registry, new DirectoryEvents.Of(), look).health();
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoRegistries {
        @Bean
        LockRegistry one() {
            return LockRegistry.builder()
                    .directory(Path.of(System.getProperty("java.io.tmpdir"), "filelock-test", "one"))
                    .build();
        }

        @Bean
        LockRegistry two() {
            return LockRegistry.builder()
                    .directory(Path.of(System.getProperty("java.io.tmpdir"), "filelock-test", "two"))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnHealth {
        @Bean
        CompositeHealthContributor filelockHealthContributor() {
            return CompositeHealthContributor.fromMap(
                    Map.of("own", (HealthIndicator) () -> Health.up().build()));
        }
    }
}
