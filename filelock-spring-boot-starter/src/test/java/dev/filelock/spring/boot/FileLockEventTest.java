package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.os.Processes;
import dev.filelock.spring.FileLockEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

/** Application events are published of what is rare, and of nothing else. */
@Timeout(60)
class FileLockEventTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void configure() {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                .withBean(Seen.class)
                .withPropertyValues("filelock.directory=" + directory, "filelock.log-waiting-after=30ms");
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void quickAcquisitionsAndSingleAttemptsAreNone() {
        runner.withPropertyValues("filelock.log-waiting-after=1h").run(context -> {
            FileLock lock = context.getBean(LockRegistry.class).lock("x");
            try (HeldLock held = lock.acquire()) {
                threads.submit(() -> lock.tryAcquire()).get(20, TimeUnit.SECONDS);
            }
            assertThat(context.getBean(Seen.class).events).isEmpty();
        });
    }

    @Test
    void longWaitsAndTimeoutsAre() {
        runner.run(context -> {
            FileLock lock = context.getBean(LockRegistry.class).lock("x").labelled("job");
            Seen seen = context.getBean(Seen.class);
            HeldLock held = lock.acquire();
            threads.submit(() -> assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(5)))
                            .isInstanceOf(FileLockTimeoutException.class))
                    .get(20, TimeUnit.SECONDS);
            assertThat(seen.events).singleElement().isInstanceOfSatisfying(FileLockEvent.TimedOut.class, event -> {
                assertThat(event.lock().label()).isEqualTo("job");
                assertThat(event.lock().blockedBy()).isNotEmpty();
            });
            seen.events.clear();
            Future<?> waiter = threads.submit(() -> lock.execute(() -> null));
            LockRegistry registry = context.getBean(LockRegistry.class);
            await().until(() -> registry.waitingLocks().stream()
                    .anyMatch(each -> each.since().isBefore(Instant.now().minusMillis(200))));
            held.close();
            waiter.get(20, TimeUnit.SECONDS);
            assertThat(seen.events)
                    .singleElement()
                    .isInstanceOfSatisfying(
                            FileLockEvent.WaitedLong.class,
                            event -> assertThat(event.waited()).isGreaterThanOrEqualTo(Duration.ofMillis(30)));
        });
    }

    /** A loss is told on a thread of the engine's, which has none. */
    @Test
    void listenersRunWithTheClassLoaderOfTheApplicationWhateverTheThread() {
        runner.run(context -> {
            FileLock lock = context.getBean(LockRegistry.class).lock("x");
            try (HeldLock held = lock.acquire()) {
                threads.submit(() -> {
                            Thread.currentThread().setContextClassLoader(null);
                            assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(5)))
                                    .isInstanceOf(FileLockTimeoutException.class);
                            assertThat(Thread.currentThread().getContextClassLoader())
                                    .isNull();
                        })
                        .get(20, TimeUnit.SECONDS);
            }
            assertThat(context.getBean(Seen.class).loader).isSameAs(context.getClassLoader());
        });
    }

    @Test
    void aReclaimedMarkerIs() {
        runner.withPropertyValues("filelock.backend=soft", "filelock.log-waiting-after=-1")
                .run(context -> {
                    Process ended = new ProcessBuilder("true").start();
                    ended.waitFor();
                    Files.writeString(
                            directory.resolve("x.lock"),
                            ended.pid() + "\n" + Processes.system().hostField() + "\n");
                    context.getBean(LockRegistry.class).lock("x").acquire().close();
                    assertThat(context.getBean(Seen.class).events)
                            .singleElement()
                            .isInstanceOf(FileLockEvent.Reclaimed.class);
                });
    }

    @Test
    void aListenerThatFailsDoesNotUndoTheAcquisition() {
        runner.withPropertyValues("filelock.log-waiting-after=0")
                .withBean(Failing.class)
                .run(context -> {
                    try (HeldLock held =
                            context.getBean(LockRegistry.class).lock("x").acquire()) {
                        assertThat(held.isValid()).isTrue();
                    }
                });
    }

    static class Seen {
        final List<FileLockEvent> events = new CopyOnWriteArrayList<>();
        volatile ClassLoader loader;

        @EventListener
        void on(FileLockEvent event) {
            loader = Thread.currentThread().getContextClassLoader();
            events.add(event);
        }
    }

    static class Failing {
        @EventListener
        void on(FileLockEvent event) {
            throw new IllegalStateException("no");
        }
    }
}
