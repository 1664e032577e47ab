package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import dev.filelock.LockDeadlockException;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** The lock of a method that returns a publisher is held for each subscription; a neighbour on the same file sees when. */
@Timeout(60)
class HeldPerSubscriptionTest {
    @TempDir
    Path directory;

    private AnnotationConfigApplicationContext context;
    private LockRegistry registry;
    private Neighbour neighbour;
    private Service service;

    @BeforeEach
    void startContext() {
        context = Contexts.start(directory, Service.class);
        registry = context.getBean(LockRegistry.class);
        neighbour = new Neighbour(directory);
        service = context.getBean(Service.class);
    }

    @AfterEach
    void stop() {
        neighbour.close();
        context.close();
    }

    private boolean isFree(String name) {
        return neighbour.findsFree(name);
    }

    // ---- a subscription and its end

    @Test
    void nothingIsLockedAndNothingRunsBeforeASubscriptionAndEachIsACallOfItsOwn() {
        AtomicInteger runs = new AtomicInteger();
        Mono<Boolean> mono = service.one(() -> {
            runs.incrementAndGet();
            return Mono.fromCallable(() -> isFree("one"));
        });
        assertThat(runs).hasValue(0);
        assertThat(isFree("one")).isTrue();
        assertThat(mono.block()).isFalse();
        assertThat(isFree("one")).isTrue();
        assertThat(mono.block()).isFalse();
        assertThat(runs).hasValue(2);
    }

    @Test
    void itRunsWithTheClassLoaderOfWhoSubscribesAndWithNothingElseOfItsThread() {
        InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
        ClassLoader mine = new ClassLoader(getClass().getClassLoader()) {};
        Thread subscriber = Thread.currentThread();
        ClassLoader before = subscriber.getContextClassLoader();
        subscriber.setContextClassLoader(mine);
        user.set("somebody");
        try {
            // All at once, so that the engine's threads need new ones for them.
            CountDownLatch all = new CountDownLatch(20);
            Supplier<Mono<Boolean>> body = () -> Mono.fromCallable(() -> {
                all.countDown();
                return all.await(30, TimeUnit.SECONDS)
                        && Thread.currentThread().getContextClassLoader() == mine
                        && user.get() == null;
            });
            assertThat(Flux.range(0, 20)
                            .flatMap(i -> service.own(i, body), 20)
                            .collectList()
                            .block())
                    .hasSize(20)
                    .doesNotContain(false);
        } finally {
            subscriber.setContextClassLoader(before);
            user.remove();
        }
    }

    @Test
    void twoSubscriptionsOfOneMonoExcludeEachOther() {
        Sinks.One<String> first = Sinks.one();
        Mono<String> mono = service.one(first::asMono);
        CompletableFuture<String> holding = mono.toFuture();
        await().until(() -> !isFree("one"));
        CompletableFuture<String> waiting = mono.toFuture();
        await().until(() -> registry.waitingLocks().size() == 1);
        first.tryEmitValue("x");
        assertThat(holding.join()).isEqualTo("x");
        assertThat(waiting.join()).isEqualTo("x");
    }

    @Test
    void whoIsToldOfTheEndFindsTheLockFreeAndRunsUnderNoHold() {
        assertThat(service.one(() -> Mono.just("x"))
                        .map(value -> isFree("one") && FileLocks.find().isEmpty())
                        .block())
                .isTrue();
        assertThat(service.many(() -> Flux.just("x", "y"))
                        .then(Mono.fromCallable(
                                () -> isFree("many") && FileLocks.find().isEmpty()))
                        .block())
                .isTrue();
        assertThat(service.one(Mono::empty)
                        .switchIfEmpty(Mono.fromCallable(() -> String.valueOf(isFree("one"))))
                        .block())
                .isEqualTo("true");
        assertThat(service.one(() -> Mono.error(new IOException("mine")))
                        .onErrorResume(e -> Mono.just(e.getMessage() + isFree("one")))
                        .block())
                .isEqualTo("minetrue");
    }

    @Test
    void aMethodThatThrowsOrReturnsNullEndsTheHoldToo() throws IOException {
        StepVerifier.create(service.throwing()).verifyErrorMatches(e -> e instanceof IOException);
        assertThat(isFree("throwing")).isTrue();
        StepVerifier.create(service.one(() -> null)).verifyComplete();
        assertThat(isFree("one")).isTrue();
    }

    /** Reactor tells nobody of errors like this one if they are thrown where it subscribes. */
    @Test
    void aMethodThatThrowsAnErrorWhichReactorTakesForFatalEndsTheHoldToo() {
        CompletableFuture<String> one = service.<String>one(() -> {
                    throw new NoClassDefFoundError("mine");
                })
                .toFuture();
        assertThat(one).failsWithin(Duration.ofSeconds(30)).withThrowableThat().withMessageContaining("mine");
        assertThat(isFree("one")).isTrue();
        CompletableFuture<Long> many = service.<String>many(() -> {
                    throw new NoClassDefFoundError("mine");
                })
                .count()
                .toFuture();
        assertThat(many).failsWithin(Duration.ofSeconds(30)).withThrowableThat().withMessageContaining("mine");
        assertThat(isFree("many")).isTrue();
    }

    @Test
    void aSubscriberThatCancelsHalfWayEndsTheHold() {
        StepVerifier.create(
                        service.many(() -> Flux.interval(Duration.ofMillis(1)).map(i -> i + " " + isFree("many"))))
                .expectNext("0 false", "1 false")
                .thenCancel()
                .verify();
        await().until(() -> isFree("many"));
        assertThat(service.many(() -> Flux.range(1, 1000).map(i -> i + " " + isFree("many")))
                        .take(2)
                        .collectList()
                        .block())
                .containsExactly("1 false", "2 false");
        await().until(() -> isFree("many"));
    }

    @Test
    void whoCancelsWhileWaitingLeavesTheQueueAndTheMethodDoesNotRun() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (HeldLock held = neighbour.take("one")) {
            Disposable waiting = service.one(() -> Mono.fromCallable(() -> "" + runs.incrementAndGet()))
                    .subscribe();
            await().until(() -> registry.waitingLocks().size() == 1);
            waiting.dispose();
            await().until(() -> registry.waitingLocks().isEmpty());
            assertThat(held.isValid()).isTrue();
        }
        assertThat(isFree("one")).isTrue();
        assertThat(runs).hasValue(0);
    }

    @Test
    void theSubscribersThreadNeverWaits() {
        AtomicReference<Thread> ran = new AtomicReference<>();
        Mono<Boolean> onNonBlocking = Mono.defer(() -> service.one(() -> {
                    ran.set(Thread.currentThread());
                    return Mono.just(Schedulers.isInNonBlockingThread());
                }))
                .subscribeOn(Schedulers.parallel());
        assertThat(onNonBlocking.block()).isFalse();
        assertThat(ran.get().getName()).startsWith("filelock-reactive-");
        assertThat(service.one(() -> Mono.just("x").publishOn(Schedulers.parallel()))
                        .map(x -> Schedulers.isInNonBlockingThread())
                        .block())
                .as("released on a thread that must not block")
                .isFalse();
    }

    // ---- demand and context

    @Test
    void demandReachesTheMethodsPublisherAndTheContextToo() {
        List<Long> asked = new CopyOnWriteArrayList<>();
        StepVerifier.create(
                        service.many(
                                () -> Flux.range(1, 10).map(String::valueOf).doOnRequest(asked::add)),
                        0)
                .thenAwait(Duration.ofMillis(1))
                .then(() -> assertThat(asked).isEmpty())
                .thenRequest(1)
                .expectNext("1")
                .then(() -> assertThat(isFree("many")).isFalse())
                .thenRequest(1)
                .expectNext("2")
                .then(() -> assertThat(asked).containsExactly(1L, 1L))
                .thenRequest(100)
                .expectNextCount(8)
                .verifyComplete();
        assertThat(service.one(() -> Mono.deferContextual(each -> Mono.just(each.<String>get("mine"))))
                        .contextWrite(each -> each.put("mine", "yes"))
                        .block())
                .isEqualTo("yes");
    }

    // ---- the call chain

    @Test
    void theSameLockInTheSameModeIsReenteredOnAnyThread() {
        Supplier<Mono<String>> inner = () -> Mono.fromCallable(() -> "in " + isFree("one"));
        assertThat(service.one(() ->
                                Mono.just("x").publishOn(Schedulers.parallel()).flatMap(x -> service.one(inner)))
                        .block())
                .isEqualTo("in false");
        assertThat(ReactiveFileLock.of(registry.lock("one"))
                        .execute(Mono.just("x").publishOn(Schedulers.parallel()).flatMap(x -> service.one(inner)))
                        .block())
                .isEqualTo("in false");
        assertThat(isFree("one")).isTrue();
    }

    @Test
    void codeThatWaitsInsideTheMethodReentersInsteadOfWaitingForItself() {
        List<String> seen = new CopyOnWriteArrayList<>();
        Runnable waiting = () -> {
            seen.add(FileLocks.current().path().getFileName().toString());
            service.blocking();
            FileLock lock = registry.lock("one");
            try (HeldLock again = lock.acquire()) {
                assertThat(again.isValid()).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThatThrownBy(lock::lock).isInstanceOf(LockDeadlockException.class);
        };
        service.one(() -> {
                    waiting.run(); // as it is assembled
                    return Mono.just("x")
                            .doOnSubscribe(x -> waiting.run())
                            .doOnRequest(x -> waiting.run())
                            .doOnNext(x -> waiting.run())
                            .publishOn(Schedulers.boundedElastic())
                            .doOnNext(x -> waiting.run())
                            .delayElement(Duration.ofMillis(1), Schedulers.boundedElastic())
                            .flatMap(x -> Mono.<String>fromCallable(() -> {
                                        waiting.run();
                                        return x;
                                    })
                                    .subscribeOn(Schedulers.boundedElastic()))
                            .flatMap(x -> Mono.defer(() -> {
                                        waiting.run();
                                        return Mono.just(x);
                                    })
                                    .subscribeOn(Schedulers.boundedElastic()))
                            .doOnTerminate(waiting);
                })
                .block();
        assertThat(seen).hasSize(8).containsOnly("one.lock");
        assertThat(isFree("one")).isTrue();
    }

    @Test
    void aSubscriberInsideALockedCallReentersThatCallsHold() {
        assertThat(service.blockingAround(() -> service.one(() -> Mono.fromCallable(() -> "in " + isFree("one")))
                        .block()))
                .isEqualTo("in false");
        assertThat(isFree("one")).isTrue();
    }

    @Test
    void anotherModeIsRefusedAtOnce() {
        StepVerifier.create(service.reading(() -> service.writing())).verifyError(LockModeChangeException.class);
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void whatIsSubscribedToOutsideDoesNotEnter() {
        Sinks.One<String> end = Sinks.one();
        CompletableFuture<String> holding = service.one(end::asMono).toFuture();
        await().until(() -> !isFree("one"));
        StepVerifier.create(service.once()).verifyError(FileLockTimeoutException.class);
        StepVerifier.create(service.many(() -> Flux.just("x", "y")).concatMap(x -> service.onceMany()))
                .verifyError(FileLockTimeoutException.class);
        end.tryEmitValue("x");
        holding.join();
        StepVerifier.create(service.once()).expectNext("ran").verifyComplete();
    }

    @Test
    void operatorsOutsideLockedMethodsAreLeftAlone() {
        service.one(() -> Mono.just("x")).block();
        assertThat(Mono.just("x").map(x -> x).getClass().getName()).doesNotContain("filelock");
        assertThat(LockContext.current().innermost()).isEmpty();
    }

    // ---- attributes

    @Test
    void aTimeoutArrivesAsAnErrorThatNamesTheHolder() throws Exception {
        try (HeldLock held = neighbour.take("one")) {
            assertThat(held.isValid()).isTrue();
            StepVerifier.create(service.once())
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(FileLockTimeoutException.class)
                            .hasMessageContaining(
                                    "pid " + ProcessHandle.current().pid()));
        }
    }

    @Test
    void whoSkipsGetsNothingAndAFallbackAnswersWithItsOwn() throws Exception {
        try (HeldLock held = neighbour.take("one")) {
            assertThat(held.isValid()).isTrue();
            StepVerifier.create(service.skipping()).verifyComplete();
            StepVerifier.create(service.skippingMany()).verifyComplete();
            StepVerifier.create(service.falling("a"))
                    .expectNext("instead of a: FileLockTimeoutException")
                    .verifyComplete();
        }
        StepVerifier.create(service.skipping()).expectNext("ran").verifyComplete();
        StepVerifier.create(service.skippingMany()).expectNext("ran", "again").verifyComplete();
        StepVerifier.create(service.falling("a")).expectNext("ran a").verifyComplete();
        StepVerifier.create(service.failingWithAFallback()).verifyError(FileLockTimeoutException.class);
    }

    @Test
    void aMinimumHoldGoesOnAfterTheWork() {
        StepVerifier.create(service.brief().concatWith(service.brief()))
                .expectNext("ran")
                .verifyComplete();
        assertThat(isFree("brief")).isFalse();
        context.close();
        assertThat(isFree("brief")).isTrue();
    }

    @Test
    void severalLocksAreHeldTogetherOrNotAtAll() throws Exception {
        assertThat(service.several(
                                List.of("y", "x", "z"),
                                () -> Mono.fromCallable(
                                        () -> FileLocks.current().path().getFileName() + " " + isFree("x") + isFree("y")
                                                + isFree("z")))
                        .block())
                .isEqualTo("y.lock falsefalsefalse");
        try (HeldLock held = neighbour.take("z")) {
            assertThat(held.isValid()).isTrue();
            StepVerifier.create(service.several(List.of("z", "x"), () -> Mono.just("")))
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(FileLockTimeoutException.class)
                            .hasMessageContaining("z.lock")
                            .hasMessageContaining("not acquired in 1 s"));
            assertThat(isFree("x")).isTrue();
        }
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void callsThatTakeTheSameLocksInAnotherOrderDoNotWaitForEachOther() {
        List<String> names = new ArrayList<>(List.of("x", "y", "z"));
        assertThat(Flux.range(0, 60)
                        .flatMap(
                                i -> {
                                    java.util.Collections.rotate(names, 1);
                                    return service.several(
                                            List.copyOf(names),
                                            () -> Mono.just("" + i).delayElement(Duration.ofNanos(1)),
                                            "");
                                },
                                60)
                        .collectList()
                        .block())
                .hasSize(60);
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void thePathIsThatOfEachSubscription() {
        AtomicInteger count = new AtomicInteger();
        Mono<String> mono = service.counted(count);
        assertThat(mono.block()).isEqualTo("n1.lock");
        assertThat(mono.block()).isEqualTo("n2.lock");
        StepVerifier.create(service.named(null)).verifyError(IllegalArgumentException.class);
    }

    static class Service {
        @FileLocked("one")
        public <T> Mono<T> one(Supplier<Mono<T>> body) {
            return body.get();
        }

        @FileLocked("many")
        public <T> Flux<T> many(Supplier<Flux<T>> body) {
            return body.get();
        }

        @FileLocked(path = "one", timeout = "0")
        public Mono<String> once() {
            return Mono.just("ran");
        }

        @FileLocked(path = "many", timeout = "0")
        public Flux<String> onceMany() {
            return Flux.just("ran");
        }

        @FileLocked("throwing")
        public Mono<String> throwing() throws IOException {
            throw new IOException("mine");
        }

        @FileLocked("own/#{#number}")
        public <T> Mono<T> own(int number, Supplier<Mono<T>> body) {
            return body.get();
        }

        @FileLocked("one")
        public void blocking() {}

        @FileLocked("one")
        public String blockingAround(Supplier<String> body) {
            return body.get();
        }

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public Mono<String> reading(Supplier<Mono<String>> body) {
            return body.get();
        }

        @FileLocked(path = "catalog", mode = LockMode.WRITE)
        public Mono<String> writing() {
            return Mono.just("x");
        }

        @FileLocked(path = "one", onTimeout = FileLocked.OnTimeout.SKIP)
        public Mono<String> skipping() {
            return Mono.just("ran");
        }

        @FileLocked(path = "one", onTimeout = FileLocked.OnTimeout.SKIP)
        public Flux<String> skippingMany() {
            return Flux.just("ran", "again");
        }

        @FileLocked(path = "one", fallback = "instead")
        public Mono<String> falling(String argument) {
            return Mono.just("ran " + argument);
        }

        Mono<String> instead(String argument, FileLockTimeoutException reason) {
            return Mono.just("instead of " + argument + ": " + reason.getClass().getSimpleName());
        }

        @FileLocked(path = "one", fallback = "never")
        public Mono<String> failingWithAFallback() {
            return Mono.error(new FileLockTimeoutException(Path.of("mine"), Duration.ZERO, Duration.ZERO, List.of()));
        }

        Mono<String> never() {
            return Mono.just("never");
        }

        @FileLocked(path = "brief", minimumHold = "1h", onTimeout = FileLocked.OnTimeout.SKIP)
        public Mono<String> brief() {
            return Mono.just("ran");
        }

        @FileLocked(path = "#{#names}", timeout = "1s")
        public Mono<String> several(List<String> names, Supplier<Mono<String>> body) {
            return body.get();
        }

        @FileLocked("#{#names}")
        public Mono<String> several(List<String> names, Supplier<Mono<String>> body, String unused) {
            return body.get();
        }

        @FileLocked("n#{#count.incrementAndGet()}")
        public Mono<String> counted(AtomicInteger count) {
            return ReactiveFileLock.current()
                    .map(held -> held.path().getFileName().toString());
        }

        @FileLocked("#{#name}")
        public Mono<String> named(String name) {
            return Mono.just(name);
        }
    }
}
