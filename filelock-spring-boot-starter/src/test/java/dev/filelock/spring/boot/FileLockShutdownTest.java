package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.GenericApplicationContext;

/** How locks end with the application. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class FileLockShutdownTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void heldLocksAreWaitedForAndNewOnesRefused(CapturedOutput output) throws Exception {
        ConfigurableApplicationContext context = start("filelock.shutdown.timeout=90s");
        LockRegistry registry = context.getBean(LockRegistry.class);
        FileLockShutdown shutdown = context.getBean(FileLockShutdown.class);
        FileLock lock = registry.lock("other");
        HeldLock held = registry.lock("work").labelled("Work.run").acquire();
        HeldLock inTheWay = lock.acquire();
        Future<?> waiter = threads.submit(() -> lock.acquire());
        await().until(() -> !registry.waitingLocks().isEmpty());
        assertThat(shutdown.state()).isEqualTo(FileLockShutdown.State.RUNNING);

        Future<?> closing = threads.submit(context::close);
        await().until(() -> shutdown.state() == FileLockShutdown.State.CLOSED);
        assertThatThrownBy(() -> waiter.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> registry.lock("new"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        await().until(() -> output.toString().contains("Waiting up to 90.0 s for locks that are still held"));
        assertThat(output).contains("Work.run");
        inTheWay.close();
        assertThat(closing.isDone()).isFalse();
        assertThat(held.isValid()).isTrue();
        held.close();
        closing.get(30, TimeUnit.SECONDS);
        assertThat(context.isActive()).isFalse();
    }

    @Test
    void whatIsHeldForTooLongIsNamedAndLeftAlone(CapturedOutput output) throws Exception {
        ConfigurableApplicationContext context = start("filelock.shutdown.timeout=50ms");
        try (HeldLock held = context.getBean(LockRegistry.class).lock("work").acquire()) {
            context.close();
            assertThat(output)
                    .contains("These locks are still held after 0.05 s")
                    .contains("work.lock by thread");
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void workThatEndsInAnEarlierPhaseStillGetsItsLocks() {
        ConfigurableApplicationContext context = start();
        Worker worker = context.getBean(Worker.class);
        context.close();
        assertThat(worker.events).containsExactly("SHUTTING_DOWN, locked");
    }

    @Test
    void aMinimumHoldDoesNotDelayTheEnd(CapturedOutput output) {
        ConfigurableApplicationContext context = start("filelock.shutdown.timeout=90s");
        LockRegistry registry = context.getBean(LockRegistry.class);
        context.getBean(Job.class).run();
        assertThat(registry.heldLocks()).hasSize(1);
        context.close();
        assertThat(registry.heldLocks()).isEmpty();
        assertThat(output).doesNotContain("still held");
    }

    @Test
    void aContextThatIsOnlyStoppedGoesOnLockingWhenItIsStartedAgain() throws Exception {
        try (ConfigurableApplicationContext context = start()) {
            context.stop();
            context.start();
            context.getBean(LockRegistry.class).lock("work").acquire().close();
            context.getBean(Job.class).run();
            assertThat(context.getBean(LockRegistry.class).heldLocks())
                    .as("kept for its minimum hold")
                    .hasSize(1);
            assertThat(context.getBean(FileLockShutdown.class).state()).isEqualTo(FileLockShutdown.State.RUNNING);
        }
    }

    @Test
    void holdersAreWaitedForThoughTheApplicationPublishesItsEventsOnOtherThreads() {
        List<Runnable> later = new CopyOnWriteArrayList<>();
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Child.class)
                .web(WebApplicationType.NONE)
                .properties("filelock.directory=" + directory)
                .initializers(starting -> ((GenericApplicationContext) starting)
                        .registerBean("applicationEventMulticaster", SimpleApplicationEventMulticaster.class, () -> {
                            SimpleApplicationEventMulticaster events = new SimpleApplicationEventMulticaster();
                            events.setTaskExecutor(later::add); // as a pool that has no thread to spare
                            return events;
                        }))
                .run();
        FileLockShutdown shutdown = context.getBean(FileLockShutdown.class);
        context.close();
        assertThat(shutdown.state()).isEqualTo(FileLockShutdown.State.CLOSED);
    }

    @Test
    void theEndMakesNothingThatWasNeverNeeded() {
        List<String> made = new CopyOnWriteArrayList<>();
        ConfigurableApplicationContext lazy = new SpringApplicationBuilder(Child.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "filelock.directory=" + directory,
                        "spring.main.lazy-initialization=true",
                        "management.health.filelock.enabled=false")
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean(FileLockRegistryCustomizer.class, () -> builder -> made.add("registry")))
                .run();
        assertThat(made).as("at the start").isEmpty();
        lazy.close();
        assertThat(made).as("at the end").isEmpty();
    }

    @Test
    void theEndOfAChildIsNotTheEnd() {
        try (ConfigurableApplicationContext parent = start()) {
            ConfigurableApplicationContext child = new SpringApplicationBuilder(Child.class)
                    .parent(parent)
                    .web(WebApplicationType.NONE)
                    .run();
            child.close();
            assertThat(parent.getBean(FileLockShutdown.class).state()).isEqualTo(FileLockShutdown.State.RUNNING);
            assertThat(parent.getBean(LockRegistry.class).lock("work").tryAcquire())
                    .hasValueSatisfying(HeldLock::close);
        }
    }

    private ConfigurableApplicationContext start(String... properties) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("filelock.directory=" + directory, "spring.main.banner-mode=off")
                .properties(properties)
                .run();
    }

    /** As its parent, it has the starter, but uses the parent's registry. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Child {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    public static class Application {
        @Bean
        public Job job() {
            return new Job();
        }

        @Bean
        Worker worker(LockRegistry registry, FileLockShutdown shutdown) {
            return new Worker(registry, shutdown);
        }
    }

    public static class Job {
        @FileLocked(path = "job", timeout = "0", minimumHold = "1h")
        public void run() {}
    }

    /** Like an executor: in the phase in which most things stop. */
    static final class Worker implements SmartLifecycle {
        final List<String> events = new CopyOnWriteArrayList<>();
        private final LockRegistry registry;
        private final FileLockShutdown shutdown;
        private volatile boolean running;

        Worker(LockRegistry registry, FileLockShutdown shutdown) {
            this.registry = registry;
            this.shutdown = shutdown;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            registry.lock("last work").tryAcquire().ifPresent(held -> {
                events.add(shutdown.state() + ", locked");
                held.close();
            });
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }
}
