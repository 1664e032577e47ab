package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** A subscription holds its lock from before the body begins until it ends, whichever way; a neighbour sees it. */
@Timeout(60)
class ReactiveFileLockTest {
    @TempDir
    Path directory;

    private LockRegistry registry;
    private Neighbour neighbour;
    private ReactiveFileLock lock;

    @BeforeEach
    void open() {
        registry = LockRegistry.builder().directory(directory).build();
        neighbour = new Neighbour(directory);
        lock = ReactiveFileLock.of(registry.lock("a"), Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        registry.close();
        neighbour.close();
    }

    private boolean isFree() {
        return neighbour.findsFree("a");
    }

    @Test
    void nothingIsLockedBeforeASubscriptionAndEachLocksAnew() {
        AtomicInteger runs = new AtomicInteger();
        Mono<Boolean> body = lock.execute(Mono.fromCallable(() -> {
            runs.incrementAndGet();
            return isFree();
        }));
        assertThat(isFree()).isTrue();
        assertThat(body.block()).isFalse();
        assertThat(isFree()).isTrue();
        assertThat(body.block()).isFalse();
        assertThat(runs).hasValue(2);
    }

    @Test
    void whoIsToldOfTheEndFindsTheLockFree() {
        assertThat(lock.execute(Mono.just("x")).map(value -> isFree()).block()).isTrue();
        assertThat(lock.executeMany(Flux.just(1, 2))
                        .then(Mono.fromCallable(this::isFree))
                        .block())
                .isTrue();
        assertThat(lock.execute(Mono.error(new IllegalStateException("mine")))
                        .onErrorResume(e -> Mono.just(e.getMessage() + isFree()))
                        .block())
                .isEqualTo("minetrue");
    }

    @Test
    void aSubscriberThatCancelsHalfWayEndsTheHold() {
        assertThat(lock.executeMany(Flux.range(1, 1000)
                                .doOnNext(each -> assertThat(isFree()).isFalse()))
                        .take(3)
                        .collectList()
                        .block())
                .containsExactly(1, 2, 3);
        await().until(this::isFree);
        Sinks.Empty<Void> begun = Sinks.empty();
        Disposable running = lock.execute(Mono.never().doOnSubscribe(each -> begun.tryEmitEmpty()))
                .subscribe();
        begun.asMono().block();
        assertThat(isFree()).isFalse();
        running.dispose();
        await().until(this::isFree);
    }

    @Test
    void whoCancelsWhileWaitingLeavesTheQueue() throws Exception {
        try (HeldLock held = neighbour.take("a")) {
            Disposable waiting = lock.execute(Mono.just("x")).subscribe();
            await().until(() -> registry.waitingLocks().size() == 1);
            waiting.dispose();
            await().until(() -> registry.waitingLocks().isEmpty());
            assertThat(held.isValid()).isTrue();
        }
        assertThat(isFree()).isTrue();
    }

    @Test
    void whoComesTooLateIsToldByAnErrorAndTheBodyDoesNotRun() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (HeldLock held = neighbour.take("a")) {
            assertThat(held.isValid()).isTrue();
            assertThatThrownBy(() -> ReactiveFileLock.of(registry.lock("a"), Duration.ZERO)
                            .execute(Mono.fromCallable(runs::incrementAndGet))
                            .block())
                    .isInstanceOf(FileLockTimeoutException.class);
        }
        assertThat(runs).hasValue(0);
    }

    @Test
    void theContextCarriesTheHoldSoThatTheSameLockIsReenteredOnAnyThread() {
        Mono<String> inner = lock.execute(
                ReactiveFileLock.current().map(held -> held.path().getFileName().toString()));
        assertThat(lock.execute(Mono.just("x").publishOn(Schedulers.parallel()).flatMap(x -> inner))
                        .contextWrite(context -> context.put("mine", 1))
                        .block())
                .isEqualTo("a.lock");
        assertThat(ReactiveFileLock.current().blockOptional()).isEmpty();
        assertThat(lock.execute(Mono.deferContextual(context -> Mono.just(context.<Integer>get("mine"))))
                        .contextWrite(context -> context.put("mine", 7))
                        .block())
                .isEqualTo(7);
        assertThat(isFree()).isTrue();
    }

    @Test
    void demandReachesTheBody() {
        List<Long> asked = new ArrayList<>();
        assertThat(lock.executeMany(Flux.range(1, 100).doOnRequest(asked::add))
                        .limitRate(10)
                        .count()
                        .block())
                .isEqualTo(100);
        assertThat(asked).isNotEmpty().allMatch(each -> each <= 10);
    }

    @Test
    void nothingIsReleasedOnAThreadThatMustNotBlock() {
        Mono<String> body = Mono.just("x").publishOn(Schedulers.parallel());
        assertThat(lock.execute(body)
                        .map(x -> Schedulers.isInNonBlockingThread())
                        .block())
                .isFalse();
    }

    @Test
    void noHoldLeaksHoweverSubscriptionsAreCancelled() {
        List<Disposable> all = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            Disposable each = lock.execute(Mono.just("x")).subscribe();
            if (ThreadLocalRandom.current().nextBoolean()) {
                each.dispose();
            } else {
                all.add(each);
                if (i % 7 == 0) {
                    Schedulers.parallel().schedule(each::dispose);
                }
            }
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> all.stream().allMatch(Disposable::isDisposed));
        await().until(() ->
                registry.heldLocks().isEmpty() && registry.waitingLocks().isEmpty());
        await().until(this::isFree);
    }
}
