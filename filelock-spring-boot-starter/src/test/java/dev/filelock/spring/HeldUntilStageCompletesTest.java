package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The lock of a method that returns a stage is held until that completes; a neighbour on the same file sees when. */
@Timeout(60)
class HeldUntilStageCompletesTest {
    @TempDir
    Path directory;

    private AnnotationConfigApplicationContext context;
    private LockRegistry registry;
    private Neighbour neighbour;
    private Service service;

    @BeforeEach
    void startContext() {
        context = Contexts.start(directory, Application.class, Service.class);
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

    @Test
    void theLockIsHeldUntilTheStageCompletesAndFreeWhenItsCallerIsTold() throws Exception {
        CompletableFuture<String> work = new CompletableFuture<>();
        AtomicReference<Boolean> heldInWork = new AtomicReference<>();
        CompletableFuture<String> own = work.thenApply(value -> {
            heldInWork.set(!isFree("a"));
            return value;
        });
        CompletionStage<String> result = service.run(own);
        assertThat(service.inside()).isEqualTo(directory.resolve("a.lock"));
        assertThat(isFree("a")).isFalse();
        CompletableFuture<Boolean> freeWhenTold = result.toCompletableFuture().thenApply(value -> isFree("a"));
        work.complete("done");
        assertThat(result.toCompletableFuture().get()).isEqualTo("done");
        assertThat(heldInWork.get()).isTrue();
        assertThat(freeWhenTold.get()).isTrue();
        assertThat(FileLocks.find()).isEmpty();
    }

    @Test
    void aStageThatIsCompleteANullAndAnExceptionEndTheHoldAtOnce() {
        assertThat(service.run(CompletableFuture.completedFuture("x")).toCompletableFuture())
                .isCompletedWithValue("x");
        assertThat(isFree("a")).isTrue();
        assertThat(service.run(null)).isNull();
        assertThat(isFree("a")).isTrue();
        assertThatThrownBy(() -> service.failing())
                .isInstanceOf(IOException.class)
                .hasMessage("mine");
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void aFailureArrivesAsTheMethodsOwnStageHasIt() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> result = service.run(work).toCompletableFuture();
        work.completeExceptionally(new IOException("mine"));
        assertThatThrownBy(result::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(IOException.class);
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void theCallersThreadDoesNotReenterWorkThatGoesOn() {
        CompletableFuture<String> first = new CompletableFuture<>();
        service.run(first);
        CompletableFuture<String> second = service.once(CompletableFuture.completedFuture("second"));
        assertThatThrownBy(second::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(FileLockTimeoutException.class);
        first.complete("");
        assertThat(service.once(CompletableFuture.completedFuture("second"))).isCompletedWithValue("second");
    }

    @Test
    void whatCarriesTheHoldOnReentersItOnAnyThread() {
        assertThat(service.nested(service).toCompletableFuture().join()).isEqualTo("inner");
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void cancellingWhatTheCallerWaitsForDoesNotReleaseTheLockUnderTheWork() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> result = service.run(work).toCompletableFuture();
        assertThat(result.cancel(true)).isTrue();
        assertThat(result).isCancelled();
        assertThat(work).isNotDone();
        assertThat(isFree("a")).isFalse();
        work.complete("");
        assertThat(isFree("a")).isTrue();

        CompletableFuture<String> slow = new CompletableFuture<>();
        CompletableFuture<String> late = service.run(slow).toCompletableFuture().orTimeout(1, TimeUnit.MILLISECONDS);
        assertThatThrownBy(late::join).hasRootCauseInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThat(isFree("a")).isFalse();
        slow.complete("");
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void aFutureThatCanStopItsWorkIsCancelledWithTheCallersView() {
        AtomicBoolean stopped = new AtomicBoolean();
        CompletableFuture<String> work =
                Mono.<String>never().doOnCancel(() -> stopped.set(true)).toFuture();
        CompletableFuture<String> result = service.run(work).toCompletableFuture();
        result.cancel(true);
        assertThat(stopped).isTrue();
        assertThatThrownBy(result::join).isInstanceOf(CancellationException.class);
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void whoSkipsGetsACompletedStageAndAFallbackAnswersByOneOfItsOwn() {
        CompletableFuture<String> work = new CompletableFuture<>();
        service.run(work);
        assertThat(service.skipping()).isCompletedWithValue(null);
        assertThat(service.falling()).isCompletedWithValue("held");
        work.complete("");
        assertThat(service.skipping()).isCompletedWithValue("ran");
        assertThat(service.falling()).isCompletedWithValue("ran");
    }

    @Test
    void aMinimumHoldGoesOnAfterTheStage() {
        assertThat(service.brief()).isCompletedWithValue("ran");
        assertThat(service.brief()).isCompletedWithValue(null);
        assertThat(isFree("brief")).isFalse();
        context.close();
        assertThat(isFree("brief")).isTrue();
    }

    @Test
    void severalLocksAreHeldTogetherAndTheHoldCarriesThemAll() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<Integer> result = service.several(List.of("y", "x", "z"), work);
        HeldLock carried = service.carried();
        assertThat(carried.path()).isEqualTo(directory.resolve("y.lock"));
        assertThat(List.of(isFree("x"), isFree("y"), isFree("z"))).containsOnly(false);
        int reentered = CompletableFuture.supplyAsync(() -> {
                    try {
                        return carried.call(() -> {
                            int count = 0;
                            for (String name : List.of("x", "y", "z")) {
                                try (HeldLock again = registry.lock(name).acquire(Duration.ZERO)) {
                                    count += again.isValid() ? 1 : 0;
                                }
                            }
                            return count;
                        });
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                })
                .join();
        assertThat(reentered).isEqualTo(3);
        work.complete("");
        assertThat(result.join()).isEqualTo(3);
        assertThat(List.of(isFree("x"), isFree("y"), isFree("z"))).containsOnly(true);
    }

    @Test
    void theLockIsKeptUntilBothTheTransactionAndTheStageHaveEnded() {
        TransactionTemplate transaction = new TransactionTemplate(context.getBean(RecordingTransactions.class));
        CompletableFuture<String> longer = new CompletableFuture<>();
        transaction.executeWithoutResult(status -> service.run(longer));
        assertThat(isFree("a")).isFalse();
        longer.complete("");
        assertThat(isFree("a")).isTrue();

        transaction.executeWithoutResult(status -> {
            CompletableFuture<String> shorter = new CompletableFuture<>();
            service.run(shorter);
            shorter.complete("");
            assertThat(isFree("a")).isFalse();
            assertThat(service.once(CompletableFuture.completedFuture("again"))).isCompletedWithValue("again");
        });
        assertThat(isFree("a")).isTrue();
    }

    @Test
    void asyncMethodsAreLockedOnTheirWorkerUntilTheirFutureIsDone() throws Exception {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> result = service.worker(work);
        assertThat(service.entered().get(30, TimeUnit.SECONDS)).isNotEqualTo(Thread.currentThread());
        assertThat(isFree("worker")).isFalse();
        work.complete("done");
        assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(isFree("worker")).isTrue();
        assertThat(service.workerFuture(CompletableFuture.completedFuture("f")).get(30, TimeUnit.SECONDS))
                .isEqualTo("f");
        assertThatThrownBy(() ->
                        service.workerFuture(new FutureTask<>(() -> "never")).get(30, TimeUnit.SECONDS))
                .hasRootCauseMessage("%s", rootMessage());
    }

    private static String rootMessage() {
        return "HeldUntilStageCompletesTest.Service.workerFuture(Future) returned a java.util.concurrent.FutureTask that is not done, "
                + "so its lock can't be held until it is; return a CompletableFuture";
    }

    @Test
    void aThreadOfReactorThatMustNotWaitIsRefused() {
        assertThatThrownBy(() -> Mono.fromCallable(() -> service.run(CompletableFuture.completedFuture("")))
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must not wait")
                .hasMessageContaining("boundedElastic");
        assertThat(isFree("a")).isTrue();
        assertThat(Mono.fromFuture(() -> service.once(CompletableFuture.completedFuture("elastic")))
                        .subscribeOn(Schedulers.boundedElastic())
                        .block())
                .isEqualTo("elastic");
    }

    @Test
    void stagesAreLockedWithoutReactorToo() throws Exception {
        try (FilteredClassLoader without = new FilteredClassLoader("reactor.", "org.reactivestreams")) {
            Class<?> threads = new Redefining(without).loadClass(ReactorThreads.class.getName());
            var method = threads.getDeclaredMethods();
            assertThat(method).isNotEmpty();
            var refuse = java.util.Arrays.stream(method)
                    .filter(each -> each.getName().equals("refuseNonBlocking"))
                    .findFirst()
                    .orElseThrow();
            refuse.setAccessible(true);
            refuse.invoke(null, new Object[] {null});
        }
    }

    @Test
    void nothingLeaksHoweverWorkEndsAndWhoeverCancels() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<?>> all = new ArrayList<>();
        // Not the common pool: those who wait would leave it no thread for the work that they wait for.
        ExecutorService callers = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++) {
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int round = 0; round < 100; round++) {
                            CompletableFuture<String> work = new CompletableFuture<>();
                            CompletableFuture<String> view = service.counted(work, inside, most);
                            int end = ThreadLocalRandom.current().nextInt(4);
                            if (end == 0) {
                                view.cancel(true);
                            }
                            inside.decrementAndGet();
                            if (end == 1) {
                                work.completeExceptionally(new IOException());
                            } else if (end == 2) {
                                CompletableFuture.runAsync(() -> work.complete(""));
                            } else {
                                work.complete("");
                            }
                        }
                    },
                    callers));
        }
        all.forEach(CompletableFuture::join);
        callers.shutdown();
        await().until(() -> registry.heldLocks().isEmpty());
        assertThat(most).hasValue(1);
        assertThat(registry.waitingLocks()).isEmpty();
        assertThat(isFree("counted")).isTrue();
    }

    /** Loads this project's classes anew, so that they see what the parent shows. */
    private static final class Redefining extends ClassLoader {
        Redefining(ClassLoader parent) {
            super(parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(ReactorThreads.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try (var stream = ReactorThreads.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
                byte[] code = stream.readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    @EnableAsync
    static class Application {
        @Bean
        RecordingTransactions transactionManager(LockRegistry fileLockRegistry) {
            return new RecordingTransactions(fileLockRegistry);
        }
    }

    static class Service {
        final AtomicReference<Path> inside = new AtomicReference<>();
        final AtomicReference<HeldLock> carried = new AtomicReference<>();
        final CompletableFuture<Thread> entered = new CompletableFuture<>();

        public Path inside() {
            return inside.get();
        }

        public HeldLock carried() {
            return carried.get();
        }

        public CompletableFuture<Thread> entered() {
            return entered;
        }

        @FileLocked("a")
        public @Nullable CompletionStage<String> run(@Nullable CompletableFuture<String> work) {
            inside.set(FileLocks.current().path());
            return work;
        }

        @FileLocked(path = "a", timeout = "0")
        public CompletableFuture<String> once(CompletableFuture<String> work) {
            return work;
        }

        @FileLocked("a")
        public CompletionStage<String> failing() throws IOException {
            throw new IOException("mine");
        }

        @FileLocked("a")
        public CompletionStage<String> nested(Service self) {
            HeldLock held = FileLocks.current();
            return CompletableFuture.supplyAsync(() -> "inner").thenCompose(value -> {
                try {
                    return held.call(() -> self.once(CompletableFuture.completedFuture(value)));
                } catch (Exception e) {
                    return CompletableFuture.failedFuture(e);
                }
            });
        }

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        public CompletableFuture<String> skipping() {
            return CompletableFuture.completedFuture("ran");
        }

        @FileLocked(path = "a", fallback = "held")
        public CompletableFuture<String> falling() {
            return CompletableFuture.completedFuture("ran");
        }

        CompletableFuture<String> held() {
            return CompletableFuture.completedFuture("held");
        }

        @FileLocked(path = "brief", onTimeout = FileLocked.OnTimeout.SKIP, minimumHold = "10m")
        public CompletableFuture<String> brief() {
            return CompletableFuture.completedFuture("ran");
        }

        @FileLocked("#{#names}")
        public CompletableFuture<Integer> several(List<String> names, CompletableFuture<String> work) {
            carried.set(FileLocks.current());
            return work.thenApply(value -> names.size());
        }

        @FileLocked("counted")
        public CompletableFuture<String> counted(
                CompletableFuture<String> work, AtomicInteger inside, AtomicInteger most) {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            return work;
        }

        @Async
        @FileLocked("worker")
        public CompletableFuture<String> worker(CompletableFuture<String> work) {
            entered.complete(Thread.currentThread());
            return work;
        }

        @Async
        @FileLocked("worker")
        public Future<String> workerFuture(Future<String> work) {
            return work;
        }
    }
}
