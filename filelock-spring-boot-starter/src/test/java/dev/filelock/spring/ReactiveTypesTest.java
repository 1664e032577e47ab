package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.aspectj.lang.JoinPoint;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Every reactive type that Spring adapts is locked for each subscription; a neighbour on the same file sees when. */
@Timeout(60)
class ReactiveTypesTest {
    @TempDir
    Path directory;

    private AnnotationConfigApplicationContext context;
    private LockRegistry registry;
    private Neighbour neighbour;
    private Service service;

    @BeforeEach
    void startContext() {
        context = Contexts.start(directory, Service.class, Advice.class);
        registry = context.getBean(LockRegistry.class);
        neighbour = new Neighbour(directory);
        service = context.getBean(Service.class);
        Advice.seen.clear();
    }

    @AfterEach
    void stop() {
        neighbour.close();
        context.close();
    }

    private boolean isFree() {
        return neighbour.findsFree("a");
    }

    private String look() {
        return FileLocks.current().path().getFileName() + " " + isFree();
    }

    /** How to call each and wait for it, beginning with a subscription. */
    static Stream<Arguments> types() {
        return Stream.of(
                type("Publisher", (service, look) -> {
                    Publisher<String> publisher = service.publisher(look);
                    return () -> Flux.from(publisher).blockLast();
                }),
                type("Flow.Publisher", (service, look) -> {
                    Flow.Publisher<String> publisher = service.flow(look);
                    return () -> JdkFlowAdapter.flowPublisherToFlux(publisher).blockLast();
                }),
                type("Flowable", (service, look) -> service.flowable(look)::blockingLast),
                type("Observable", (service, look) -> service.observable(look)::blockingLast),
                type("Single", (service, look) -> service.single(look)::blockingGet),
                type("Maybe", (service, look) -> service.maybe(look)::blockingGet),
                type("Completable", (service, look) -> {
                    List<String> seen = new CopyOnWriteArrayList<>();
                    Completable completable = service.completable(() -> {
                        seen.add(look.call());
                        return "";
                    });
                    return () -> {
                        completable.blockingAwait();
                        return seen.get(seen.size() - 1);
                    };
                }),
                type("Uni", (service, look) -> {
                    Uni<String> uni = service.uni(look);
                    return () -> uni.await().indefinitely();
                }),
                type("Multi", (service, look) -> {
                    Multi<String> multi = service.multi(look);
                    return () -> multi.collect().last().await().indefinitely();
                }));
    }

    private interface Calling {
        Callable<String> call(Service service, Callable<String> look);
    }

    private static Arguments type(String name, Calling calling) {
        return Arguments.of(name, calling);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    void eachSubscriptionHoldsTheLock(String name, Calling calling) throws Exception {
        Callable<String> subscribe = calling.call(service, this::look);
        assertThat(Advice.seen).as("run before there is a subscription").isEmpty();
        assertThat(isFree()).isTrue();
        for (int i = 0; i < 2; i++) {
            assertThat(subscribe.call()).isEqualTo("a.lock false");
            await().until(this::isFree);
        }
        assertThat(Advice.seen).as("advice inside ours").hasSize(2);
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void whatSkipsIsEmpty() throws Exception {
        try (HeldLock held = neighbour.take("a")) {
            assertThat(held.isValid()).isTrue();
            assertThat(service.skippingMaybe().blockingGet()).isNull();
            assertThat(service.skippingUni().await().indefinitely()).isNull();
            service.skippingCompletable().blockingAwait();
            assertThat(service.fallingSingle().blockingGet()).isEqualTo("instead");
        }
        assertThat(service.skippingMaybe().blockingGet()).isEqualTo("ran");
        assertThat(service.skippingUni().await().indefinitely()).isEqualTo("ran");
    }

    @Test
    void aSingleCanNotSayThatItDidNotRun() {
        assertThatThrownBy(() -> Contexts.start(directory, SkippingSingle.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("its result, Single, can't say");
    }

    @Test
    void cancellingReleases() throws Exception {
        var running = service.flowable(this::look).concatWith(Flowable.never()).subscribe();
        Uni<String> uni = service.never();
        var cancellable = uni.subscribe().with(value -> {});
        await().until(() ->
                registry.heldLocks().size() + registry.waitingLocks().size() > 0);
        running.dispose();
        await().until(() ->
                registry.heldLocks().size() == 1 && registry.waitingLocks().isEmpty());
        cancellable.cancel();
        await().until(this::isFree);
    }

    @Test
    void aPublisherBehindATypeThatDoesNotShowItIsRefusedRatherThanReleasedTooEarly() {
        assertThatThrownBy(service::hidden)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has yet to be done");
        assertThat(isFree()).isTrue();
    }

    @Test
    void anotherProcessIsKeptOutWhileThereIsASubscriber() throws Exception {
        assumeTrue(flock("--version") == 0, "no flock(1) here");
        Function<Object, Integer> enter = ignored -> {
            try {
                return flock("--nonblock", directory.resolve("a.lock").toString(), "true");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        assertThat(Flux.from(service.publisher(() -> "" + enter.apply("")))
                        .concatWith(Mono.fromCallable(() -> "" + enter.apply("")))
                        .collectList()
                        .block())
                .containsExactly("1", "0");
    }

    private int flock(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of("flock"), Stream.of(arguments)).toList();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Files.createTempFile(directory, "flock", ".txt").toFile())
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    static class Service {
        @FileLocked("a")
        public Publisher<String> publisher(Callable<String> body) {
            return Mono.fromCallable(body);
        }

        @FileLocked("a")
        public Flow.Publisher<String> flow(Callable<String> body) {
            return JdkFlowAdapter.publisherToFlowPublisher(Mono.fromCallable(body));
        }

        @FileLocked("a")
        public Flowable<String> flowable(Callable<String> body) {
            return Flowable.fromCallable(body);
        }

        @FileLocked("a")
        public Observable<String> observable(Callable<String> body) {
            return Observable.fromCallable(body);
        }

        @FileLocked("a")
        public Single<String> single(Callable<String> body) {
            return Single.fromCallable(body);
        }

        @FileLocked("a")
        public Maybe<String> maybe(Callable<String> body) {
            return Maybe.fromCallable(body);
        }

        @FileLocked("a")
        public Completable completable(Callable<String> body) {
            return Completable.fromCallable(body);
        }

        @FileLocked("a")
        public Uni<String> uni(Callable<String> body) {
            return Uni.createFrom().item(() -> {
                try {
                    return body.call();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        @FileLocked("a")
        public Multi<String> multi(Callable<String> body) {
            return uni(body).toMulti();
        }

        @FileLocked("a")
        public Uni<String> never() {
            return Uni.createFrom().nothing();
        }

        @FileLocked("a")
        public Object hidden() {
            return Mono.just("");
        }

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        public Maybe<String> skippingMaybe() {
            return Maybe.just("ran");
        }

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        public Uni<String> skippingUni() {
            return Uni.createFrom().item("ran");
        }

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        public Completable skippingCompletable() {
            return Completable.error(new IllegalStateException("ran"));
        }

        @FileLocked(path = "a", fallback = "instead")
        public Single<String> fallingSingle() {
            return Single.just("ran");
        }

        Single<String> instead() {
            return Single.just("instead");
        }
    }

    static class SkippingSingle {
        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        public Single<String> run() {
            return Single.just("ran");
        }
    }

    /** Inside ours, and dependent on the thread-local invocation that Spring exposes to aspects. */
    @Aspect
    @EnableAspectJAutoProxy
    static class Advice {
        static final List<String> seen = new CopyOnWriteArrayList<>();

        @Before(
                "execution(* dev.filelock.spring.ReactiveTypesTest.Service.*(java.util.concurrent.Callable)) && args(body)")
        public void before(JoinPoint point, Callable<?> body) {
            seen.add(point.getSignature().getName() + body.getClass());
        }
    }
}
