package dev.filelock.spring.boot.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Metrics are there where the application has them. */
class FileLockMetricsAutoConfigurationTest {
    @TempDir
    Path directory;

    private ApplicationContextRunner runner = new ApplicationContextRunner();
    private ApplicationContextRunner withMetrics = runner;

    @BeforeEach
    void configure() {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        FileLockMetricsAutoConfiguration.class,
                        FileLockAutoConfiguration.class,
                        AopAutoConfiguration.class))
                .withUserConfiguration(Application.class)
                .withPropertyValues("filelock.directory=" + directory);
        withMetrics = runner.withConfiguration(AutoConfigurations.of(
                MetricsAutoConfiguration.class,
                CompositeMeterRegistryAutoConfiguration.class,
                SimpleMetricsExportAutoConfiguration.class));
    }

    @Test
    void anAnnotatedMethodIsMeasuredUnderItsName() {
        withMetrics.run(context -> {
            context.getBean(Application.Service.class).run();
            assertThat(context.getBean(MeterRegistry.class)
                            .get("filelock.acquire")
                            .tags(
                                    "label",
                                    "FileLockMetricsAutoConfigurationTest.Application.Service.run",
                                    "outcome",
                                    "acquired")
                            .timer()
                            .count())
                    .isEqualTo(1);
        });
    }

    @Test
    void withoutAMeterRegistryThereAreNone() {
        runner.run(context -> {
            assertThat(context).doesNotHaveBean(FileLockMetrics.class);
            context.getBean(Application.Service.class).run();
        });
    }

    @Test
    void withoutMicrometerThereAreNone() {
        runner.withClassLoader(new FilteredClassLoader("io.micrometer")).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean("fileLockMetrics");
            context.getBean(Application.Service.class).run();
        });
    }

    @Test
    void theApplicationsOwnReplaceOurs() {
        withMetrics
                .withUserConfiguration(OwnMetrics.class)
                .run(context ->
                        assertThat(context).hasSingleBean(FileLockMetrics.class).doesNotHaveBean("fileLockMetrics"));
    }

    @Test
    void switchedOffWithAllLocksOrAsMetersOnly() {
        withMetrics
                .withPropertyValues("filelock.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(FileLockMetrics.class)
                        .doesNotHaveBean(LockRegistry.class));
        withMetrics
                .withPropertyValues("management.metrics.enable.filelock=false")
                .run(context -> {
                    context.getBean(Application.Service.class).run();
                    assertThat(context.getBean(MeterRegistry.class)
                                    .find("filelock.acquire")
                                    .meters())
                            .isEmpty();
                });
    }

    @Configuration(proxyBeanMethods = false)
    public static class Application {
        @Bean
        public Service service() {
            return new Service();
        }

        public static class Service {
            @FileLocked("service")
            public void run() {}
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMetrics {
        @Bean
        FileLockMetrics own() {
            return new FileLockMetrics(new SimpleMeterRegistry(), java.util.stream.Stream::empty);
        }
    }
}
