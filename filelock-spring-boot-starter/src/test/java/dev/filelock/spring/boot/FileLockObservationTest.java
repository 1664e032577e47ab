package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockObservations;
import dev.filelock.spring.FileLocked;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** A locked call is one observation, whose events part the wait from the work. */
@Timeout(60)
class FileLockObservationTest {
    @TempDir
    Path directory;

    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void configure() {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        FileLockObservationAutoConfiguration.class,
                        FileLockAutoConfiguration.class,
                        AopAutoConfiguration.class))
                .withUserConfiguration(Application.class)
                .withPropertyValues("filelock.directory=" + directory);
    }

    @Test
    void aCallIsObservedFromItsWaitToItsRelease() {
        observed().run(context -> {
            Recorder recorder = context.getBean(Recorder.class);
            context.getBean(Application.Service.class).run("a");
            assertThat(recorder.events)
                    .containsExactly("start", "acquired", "work in scope: true", "released", "stop outcome=acquired");
            assertThat(recorder.context.getName()).isEqualTo(FileLockObservations.NAME);
            assertThat(recorder.context.getContextualName()).isEqualTo("lock the-job");
            assertThat(recorder.context.getLowCardinalityKeyValues())
                    .extracting(KeyValue::toString)
                    .doesNotContain(directory.toString());
            assertThat(recorder.context.getLowCardinalityKeyValue("label").getValue())
                    .isEqualTo("the-job");
            assertThat(recorder.context.getLowCardinalityKeyValue("mode").getValue())
                    .isEqualTo("exclusive");
            assertThat(recorder.context.getLowCardinalityKeyValue("directory").getValue())
                    .isEqualTo("default");
            assertThat(recorder.context.getHighCardinalityKeyValue("path").getValue())
                    .isEqualTo(directory.resolve("job/a.lock").toString());
        });
    }

    @Test
    void aTimeoutAndAFailureOfTheWorkAreToldApart() {
        observed().run(context -> {
            Recorder recorder = context.getBean(Recorder.class);
            Application.Service service = context.getBean(Application.Service.class);
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try (HeldLock held =
                    context.getBean(LockRegistry.class).lock("job/a").acquire()) {
                thread.submit(() ->
                                assertThatThrownBy(() -> service.run("a")).isInstanceOf(FileLockTimeoutException.class))
                        .get(20, TimeUnit.SECONDS);
            } finally {
                thread.shutdown();
            }
            assertThat(recorder.events)
                    .containsExactly("start", "notAcquired", "error FileLockTimeoutException", "stop outcome=timeout");
            recorder.events.clear();
            assertThatThrownBy(() -> service.run("fail")).isInstanceOf(IllegalArgumentException.class);
            assertThat(recorder.events)
                    .containsExactly(
                            "start",
                            "acquired",
                            "work in scope: true",
                            "error IllegalArgumentException",
                            "released",
                            "stop outcome=acquired");
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        });
    }

    @Test
    void anObservationOfAStageEndsWithTheWorkWhateverItsCallerDoes() {
        observed().run(context -> {
            Recorder recorder = context.getBean(Recorder.class);
            CompletableFuture<String> work = new CompletableFuture<>();
            CompletableFuture<String> result =
                    context.getBean(Application.Service.class).stage(work);
            result.cancel(true);
            assertThat(recorder.events).containsExactly("start", "acquired");
            work.complete("");
            assertThat(recorder.events).containsExactly("start", "acquired", "released", "stop outcome=acquired");
        });
    }

    @Test
    void everySubscriptionIsACallThatIsObservedUntilItsRelease() {
        observed().run(context -> {
            Recorder recorder = context.getBean(Recorder.class);
            Application.Service service = context.getBean(Application.Service.class);
            Observation parent = Observation.createNotStarted("parent", context.getBean(ObservationRegistry.class));
            Mono<Object> mono = service.mono().contextWrite(each -> each.put("micrometer.observation", parent));
            assertThat(recorder.events).isEmpty();
            assertThat(mono.block()).as("what the work's context has").isSameAs(recorder.context);
            assertThat(recorder.context.getParentObservation()).isSameAs(parent);
            assertThat(recorder.events)
                    .containsExactly("start", "acquired", "work in scope: true", "released", "stop outcome=acquired");
            mono.block();
            assertThat(recorder.events).hasSize(10);
            service.never().subscribe().dispose();
            await().until(() -> recorder.events.size() > 11
                    && recorder.events.get(recorder.events.size() - 1).startsWith("stop"));
        });
    }

    @Test
    void aHandlerThatFailsNeitherKeepsALockNorHidesHowTheWorkEnded() {
        observed().withBean(FailingHandler.class).run(context -> {
            context.getBean(ObservationRegistry.class)
                    .observationConfig()
                    .observationHandler(context.getBean(FailingHandler.class));
            Application.Service service = context.getBean(Application.Service.class);
            LockRegistry registry = context.getBean(LockRegistry.class);
            service.run("a");
            assertThatThrownBy(() -> service.run("fail")).hasMessage("as told");
            assertThat(service.stage(CompletableFuture.completedFuture("x"))).isCompletedWithValue("x");
            assertThat(registry.heldLocks()).isEmpty();
        });
    }

    @Test
    void itIsOptIn() {
        runner.run(context -> {
            assertThat(context).doesNotHaveBean(FileLockObservations.class);
            context.getBean(Application.Service.class).run("a");
            assertThat(context.getBean(Recorder.class).events).containsExactly("work in scope: false");
        });
        observed()
                .withPropertyValues("filelock.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(FileLockObservations.class));
    }

    @Test
    void theApplicationsOwnReplaceOurs() {
        observed()
                .withBean("own", FileLockObservations.class, () -> new FileLockObservations(ObservationRegistry.NOOP))
                .run(context -> {
                    assertThat(context).hasSingleBean(FileLockObservations.class);
                    context.getBean(Application.Service.class).run("a");
                    assertThat(context.getBean(Recorder.class).events).containsExactly("work in scope: false");
                });
    }

    private ApplicationContextRunner observed() {
        return runner.withPropertyValues("filelock.observations.enabled=true");
    }

    @Configuration(proxyBeanMethods = false)
    public static class Application {
        @Bean
        Recorder recorder() {
            return new Recorder();
        }

        @Bean
        ObservationRegistry observationRegistry(Recorder recorder) {
            ObservationRegistry registry = ObservationRegistry.create();
            registry.observationConfig().observationHandler(recorder);
            return registry;
        }

        @Bean
        public Service service(Recorder recorder, ObservationRegistry registry) {
            return new Service(recorder, registry);
        }

        public static class Service {
            private final Recorder recorder;
            private final ObservationRegistry registry;

            Service(Recorder recorder, ObservationRegistry registry) {
                this.recorder = recorder;
                this.registry = registry;
            }

            @FileLocked("stage")
            public CompletableFuture<String> stage(CompletableFuture<String> work) {
                return work;
            }

            @FileLocked("mono")
            public Mono<Object> mono() {
                recorder.events.add("work in scope: " + (registry.getCurrentObservation() != null));
                return Mono.deferContextual(
                        each -> Mono.just(((Observation) each.get("micrometer.observation")).getContext()));
            }

            @FileLocked("mono")
            public Mono<Object> never() {
                return Mono.never();
            }

            @FileLocked(path = "job/#{#p0}", timeout = "10ms", name = "the-job")
            public void run(String id) {
                recorder.events.add("work in scope: " + (registry.getCurrentObservation() != null));
                if (id.equals("fail")) {
                    throw new IllegalArgumentException("as told");
                }
            }
        }
    }

    static final class FailingHandler implements ObservationHandler<Observation.Context> {
        @Override
        public void onEvent(Observation.Event event, Observation.Context ignored) {
            throw new IllegalStateException("event");
        }

        @Override
        public void onStop(Observation.Context stopped) {
            throw new IllegalStateException("stop");
        }

        @Override
        public boolean supportsContext(Observation.Context any) {
            return true;
        }
    }

    static final class Recorder implements ObservationHandler<Observation.Context> {
        final List<String> events = new CopyOnWriteArrayList<>();
        volatile Observation.Context context = new Observation.Context();

        @Override
        public void onStart(Observation.Context started) {
            context = started;
            events.add("start");
        }

        @Override
        public void onEvent(Observation.Event event, Observation.Context ignored) {
            events.add(event.getName());
        }

        @Override
        public void onError(Observation.Context failed) {
            events.add("error " + failed.getError().getClass().getSimpleName());
        }

        @Override
        public void onStop(Observation.Context stopped) {
            events.add("stop outcome="
                    + stopped.getLowCardinalityKeyValue("outcome").getValue());
        }

        @Override
        public boolean supportsContext(Observation.Context any) {
            return true;
        }
    }
}
