package dev.filelock.bench;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the annotation costs on top of the lock. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FileLockedBenchmark {
    private Path directory;
    private ConfigurableApplicationContext context;
    private Service service;
    private FileLock byHand;

    /** What is called. */
    public static class Service {
        @FileLocked("literal")
        public void literal() {}

        @FileLocked("job-#{#id}")
        public void expression(String id) {}
    }

    /** The application. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(FileLockAutoConfiguration.class)
    public static class Application {
        @Bean
        Service service() {
            return new Service();
        }
    }

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = Files.createTempDirectory("filelock-bench");
        context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(Map.of("filelock.directory", directory.toString()))
                .run();
        service = context.getBean(Service.class);
        byHand = context.getBean(LockRegistry.class).lock("literal");
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        context.close();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    @Benchmark
    public void core() throws InterruptedException {
        try (HeldLock held = byHand.acquire()) {
            // as empty as the methods
        }
    }

    @Benchmark
    public void literal() {
        service.literal();
    }

    @Benchmark
    public void expression() {
        service.expression("4711");
    }
}
