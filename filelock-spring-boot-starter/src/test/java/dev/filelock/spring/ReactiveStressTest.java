package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import io.reactivex.rxjava3.core.Flowable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Subscriptions of all kinds that succeed, fail, come too late and are cancelled at any moment leave nothing behind. */
@Timeout(120)
class ReactiveStressTest {
    private static final int ROUNDS = Integer.getInteger("filelock.stress.rounds", 3000);

    @TempDir
    Path directory;

    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final AtomicInteger acquired = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();

    @Test
    void nothingLeaksHoweverSubscriptionsEnd() throws Exception {
        long seed = Long.getLong("filelock.stress.seed", System.nanoTime());
        System.out.println("ReactiveStressTest seed " + seed);
        Random random = new Random(seed);
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            LockOptions options = LockOptions.builder()
                    .timeout(Duration.ofMinutes(1))
                    .listener(new Counting())
                    .build();
            context.registerBean(
                    "fileLockRegistry",
                    LockRegistry.class,
                    () -> LockRegistry.builder()
                            .directory(directory)
                            .options(options)
                            .build());
            context.register(FileLockedConfiguration.class, Service.class);
            context.refresh();
            LockRegistry registry = context.getBean(LockRegistry.class);
            Service service = context.getBean(Service.class);
            Map<Integer, AtomicInteger> inside = new ConcurrentHashMap<>();
            AtomicInteger pending = new AtomicInteger();
            for (int round = 0; round < ROUNDS; round++) {
                int file = random.nextInt(4);
                boolean cancelled = random.nextInt(2) == 0;
                Runnable guarded = cancelled ? () -> {} : () -> guard(inside, file);
                Disposable subscription = subscription(service, random, file, guarded)
                        .subscribeOn(random.nextBoolean() ? Schedulers.parallel() : Schedulers.boundedElastic())
                        .doOnSubscribe(each -> pending.incrementAndGet())
                        .doFinally(signal -> pending.decrementAndGet())
                        .subscribe(value -> {}, this::failed);
                if (cancelled) {
                    int after = random.nextInt(4000);
                    Schedulers.parallel().schedule(subscription::dispose, after, TimeUnit.MICROSECONDS);
                }
                if (round % 500 == 499) {
                    await().atMost(Duration.ofMinutes(1)).until(() -> pending.get() < 50);
                }
            }
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                assertThat(pending).hasValue(0);
                assertThat(registry.heldLocks()).isEmpty();
                assertThat(registry.waitingLocks()).isEmpty();
                assertThat(released.get()).isEqualTo(acquired.get());
                assertThat(openFiles()).isZero();
            });
            assertThat(surprises).isEmpty();
            assertThat(inside.values()).allSatisfy(each -> assertThat(each).hasValue(0));
            assertThat(acquired.get()).isPositive();
        }
    }

    private static Flux<?> subscription(Service service, Random random, int file, Runnable guarded) {
        Duration pause = Duration.ofNanos(random.nextInt(2_000_000));
        Supplier<Mono<String>> work = () -> Mono.fromRunnable(guarded)
                .then(Mono.delay(pause))
                .then(Mono.fromRunnable(guarded))
                .thenReturn("x");
        return switch (random.nextInt(8)) {
            case 0 -> service.one(file, work).flux();
            case 1 -> service.many(file, () -> work.get().repeat(2));
            case 2 -> service.many(file, () -> work.get().repeat(5)).take(2);
            case 3 -> service.brief(file, work).flux();
            case 4 -> service.skipping(file, work).flux();
            case 5 ->
                service.several(List.of(file, (file + 1) % 4, (file + 2) % 4), work)
                        .flux();
            case 6 -> service.one(file, () -> service.one(file, work)).flux();
            default -> Flux.from(service.flowable(file, work));
        };
    }

    private void guard(Map<Integer, AtomicInteger> inside, int file) {
        AtomicInteger here = inside.computeIfAbsent(file, any -> new AtomicInteger());
        if (here.incrementAndGet() != 1) {
            surprises.add("two in " + file);
        }
        Thread.onSpinWait();
        here.decrementAndGet();
    }

    private void failed(Throwable error) {
        if (!(error instanceof FileLockTimeoutException) && !(error instanceof CancellationException)) {
            surprises.add(error.toString());
        }
    }

    private long openFiles() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.filter(each -> {
                        try {
                            return Files.readSymbolicLink(each).startsWith(directory);
                        } catch (IOException e) {
                            return false; // closed meanwhile
                        }
                    })
                    .count();
        }
    }

    /** Also a proof that files are neither locked nor released on threads that must not wait. */
    private final class Counting implements LockListener {
        @Override
        public void acquired(HeldLockInfo held, Duration waited) {
            acquired.incrementAndGet();
            look("acquired");
        }

        @Override
        public void released(HeldLockInfo held, Duration time) {
            released.incrementAndGet();
            look("released");
        }

        private void look(String what) {
            if (Schedulers.isInNonBlockingThread()) {
                surprises.add(what + " on " + Thread.currentThread().getName());
            }
        }
    }

    static class Service {
        @FileLocked("stress-#{#file}")
        public Mono<String> one(int file, Supplier<Mono<String>> work) {
            return work.get();
        }

        @FileLocked("stress-#{#file}")
        public Flux<String> many(int file, Supplier<Flux<String>> work) {
            return work.get();
        }

        @FileLocked(path = "stress-#{#file}", timeout = "2ms")
        public Mono<String> brief(int file, Supplier<Mono<String>> work) {
            return work.get();
        }

        @FileLocked(path = "stress-#{#file}", onTimeout = FileLocked.OnTimeout.SKIP)
        public Mono<String> skipping(int file, Supplier<Mono<String>> work) {
            return work.get();
        }

        @FileLocked("stress-#{#files}")
        public Mono<String> several(List<Integer> files, Supplier<Mono<String>> work) {
            return work.get();
        }

        @FileLocked("stress-#{#file}")
        public Flowable<String> flowable(int file, Supplier<Mono<String>> work) {
            return Flowable.fromPublisher(work.get());
        }
    }
}
