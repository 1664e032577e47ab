package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockInterruptedException;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.annotation.AliasFor;

/** An annotated method runs under its lock, and only then. */
@Timeout(60)
class FileLockedTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private AnnotationConfigApplicationContext context;
    private Service service;
    private LockRegistry registry;

    @BeforeEach
    void startContext() {
        context = Contexts.start(
                directory,
                Service.class,
                Covered.class,
                ThroughInterface.class,
                Inherited.class,
                Composed.class,
                Beans.class);
        service = context.getBean(Service.class);
        registry = context.getBean(LockRegistry.class);
    }

    @AfterEach
    void stop() {
        context.close();
        threads.shutdownNow();
    }

    private <T> T elsewhere(Callable<T> work) throws Exception {
        return threads.submit(work).get(30, TimeUnit.SECONDS);
    }

    /** The lock file that is held while the supplier runs, relative to the directory. */
    private String held(Path path) {
        return directory.relativize(path).toString().replace('\\', '/');
    }

    @Test
    void theLockIsHeldWhileTheMethodRunsAndNotAfterwards() {
        assertThat(held(service.report())).isEqualTo("report.lock");
        assertThat(registry.heldLocks()).isEmpty();
        assertThat(FileLocks.find()).isEmpty();
    }

    @Test
    void argumentsMakeThePathAndStayOneSegment() {
        assertThat(held(service.ledger("4711"))).isEqualTo("ledger/4711.lock");
        assertThat(held(service.ledger("../../etc/passwd"))).isEqualTo("ledger/..%2F..%2Fetc%2Fpasswd.lock");
        assertThat(held(service.byPosition("a", LocalDate.of(2026, 1, 2)))).isEqualTo("a-2026-01-02.lock");
        assertThat(held(service.byProperty(new Order("o-7", 3)))).isEqualTo("orders/o-7.lock");
        assertThat(held(service.byBean(20))).isEqualTo("even-0.lock");
    }

    @Test
    void placeholdersOfTheAnnotationAreResolvedAndThoseOfArgumentsAreNot() {
        assertThat(held(service.placeholder("${app.area}"))).isEqualTo("north/${app.area}.lock");
    }

    @Test
    void aValueThatIsNullBlankOrNoTextIsAnErrorThatNamesPartAndMethod() {
        assertThatThrownBy(() -> service.ledger(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#{#account}")
                .hasMessageContaining("ledger(String)")
                .hasMessageContaining("null");
        assertThatThrownBy(() -> service.ledger(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blank");
        assertThatThrownBy(() -> service.whole(new Order("o-7", 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#{#order.id}");
        assertThatThrownBy(() -> service.maybe(Optional.of("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#{#account.orElseThrow()}");
        assertThatThrownBy(() -> service.ledger("a\0b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NUL");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void anAnnotationOnATypeCoversItsPublicMethodsAndAMethodsOwnReplacesIt() {
        Covered covered = context.getBean(Covered.class);
        assertThat(held(covered.first())).isEqualTo("covered.lock");
        assertThat(held(covered.second())).isEqualTo("own.lock");
        assertThat(covered).hasToString("not locked");
    }

    @Test
    void annotationsOfInterfacesSuperclassesAndOtherAnnotationsCount() {
        assertThat(held(context.getBean(Contract.class).run())).isEqualTo("contract.lock");
        assertThat(held(context.getBean(Inherited.class).run())).isEqualTo("base.lock");
        assertThat(held(context.getBean(Composed.class).run())).isEqualTo("nightly-composed.lock");
    }

    @Test
    void protectedAndPackagePrivateMethodsAreLockedToo() {
        assertThat(held(service.packagePrivate())).isEqualTo("package.lock");
        assertThat(held(service.protectedMethod())).isEqualTo("protected.lock");
    }

    @Test
    void modesDirectoriesAndBackendsAreWhatTheAnnotationSays() {
        assertThat(held(service.read())).isEqualTo("catalog.db");
        assertThat(held(service.write())).isEqualTo("catalog.db");
        assertThat(held(service.shared())).isEqualTo("elsewhere/report.lock");
        assertThat(service.soft()).isEqualTo(LockBackend.SOFT);
        assertThat(service.generation()).isEqualTo("GENERATION WRITE generation.lock 1");
        assertThat(service.generation()).isEqualTo("GENERATION WRITE generation.lock 3");
    }

    @Test
    void aMethodMayCallAnotherUnderTheSameLock() {
        assertThat(held(service.nested(service))).isEqualTo("report.lock");
    }

    @Test
    void whoComesTooLateIsToldWhoHoldsIt() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("slow").acquire());
        assertThatThrownBy(() -> service.slow())
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("not acquired in 50 ms")
                .hasMessageContaining("held by thread");
        held.close();
        service.slow();
    }

    @Test
    void aSkippedMethodDoesNotRunAndNeverWaitsByAccident() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("job").acquire());
        long start = System.nanoTime();
        service.job();
        assertThat(service.jobResult()).isEmpty();
        assertThat(service.jobOrNull()).isNull();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
        assertThat(service.runs()).isEqualTo(0);
        held.close();
        service.job();
        assertThat(service.jobResult()).contains("done");
        assertThat(service.runs()).isEqualTo(2);
    }

    @Test
    void workThatIsLeftBehindATypeThatDoesNotShowItIsRefusedRatherThanReleasedTooEarly() {
        for (Object later : List.of(Stream.of(1), List.of(1).iterator(), (Callable<Integer>) () -> 1)) {
            assertThatThrownBy(() -> service.returning(later))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has yet to be done");
        }
        assertThat(service.returning("a value")).isEqualTo("a value");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void whatTheMethodThrowsReachesTheCallerAsItIs() {
        assertThatThrownBy(() -> service.failing(new IOException("mine")))
                .isInstanceOf(IOException.class)
                .hasMessage("mine");
        assertThatThrownBy(() -> service.failing(new InterruptedException("mine")))
                .isInstanceOf(InterruptedException.class)
                .hasMessage("mine");
        assertThatThrownBy(() -> service.failing(new java.util.concurrent.TimeoutException("mine")))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThat(registry.heldLocks()).isEmpty();
        assertThatThrownBy(() -> service.skippingButFailing())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("mine");
    }

    @Test
    void aMutatedArgumentDoesNotMatterToTheRelease() {
        StringBuilder name = new StringBuilder("before");
        service.mutating(name);
        assertThat(registry.heldLocks()).isEmpty();
        assertThat(name).hasToString("after");
    }

    @Test
    void anInterruptWhileWaitingIsRestoredAndHasAnExceptionOfItsOwn() throws Exception {
        HeldLock held = registry.lock("report").acquire();
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<Boolean> interrupted = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            assertThatThrownBy(() -> service.report()).isInstanceOf(LockInterruptedException.class);
            return Thread.interrupted();
        });
        await().until(() -> !registry.waitingLocks().isEmpty());
        waiter.get().interrupt();
        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
        held.close();
    }

    @Test
    void aMinimumHoldKeepsTheLockAlsoFromTheThreadThatTookIt() {
        service.brief();
        assertThat(service.runs()).isEqualTo(1);
        service.brief();
        assertThat(service.runs()).isEqualTo(1);
        assertThat(registry.heldLocks()).hasSize(1);
    }

    @Test
    void aMinimumHoldEndsByItself() {
        service.briefer();
        await().until(() -> registry.heldLocks().isEmpty());
    }

    @Test
    void aMinimumHoldEndsWithTheApplication() throws Exception {
        service.brief();
        context.close();
        try (LockRegistry other = LockRegistry.builder().directory(directory).build();
                HeldLock held = other.lock("brief").acquire(Duration.ofSeconds(10))) {
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void holdsCarryTheNameOfTheirMethod() throws Exception {
        assertThat(service.label()).isEqualTo("FileLockedTest.Service.label");
        assertThat(service.namedLabel()).isEqualTo("import");
    }

    record Order(String id, int lines) {}

    static class Beans {
        @org.springframework.context.annotation.Bean
        Parity parity() {
            return new Parity();
        }
    }

    static class Parity {
        public int of(int number) {
            return number % 2;
        }
    }

    static class Service {
        @FileLocked("returning")
        public Object returning(Object value) {
            return value;
        }

        final AtomicInteger runs = new AtomicInteger();

        public int runs() {
            return runs.get();
        }

        private static Path current() {
            return FileLocks.current().path();
        }

        @FileLocked("report")
        public Path report() {
            return current();
        }

        @FileLocked(path = "ledger/#{#account}")
        public Path ledger(@Nullable String account) {
            return current();
        }

        @FileLocked(path = "#{#p0}-#{#a1}")
        public Path byPosition(String name, LocalDate day) {
            return current();
        }

        @FileLocked(path = "maybe/#{#account}")
        public void maybe(Optional<String> account) {}

        @FileLocked(path = "orders/#{#order.id}")
        public Path byProperty(Order order) {
            return current();
        }

        @FileLocked(path = "orders/#{#order}")
        public Path whole(Order order) {
            return current();
        }

        @FileLocked(path = "even-#{@parity.of(#number)}")
        public Path byBean(int number) {
            return current();
        }

        @FileLocked(path = "${app.area}/#{#name}", timeout = "${app.wait}")
        public Path placeholder(String name) {
            return current();
        }

        @FileLocked("package")
        Path packagePrivate() {
            return current();
        }

        @FileLocked("protected")
        protected Path protectedMethod() {
            return current();
        }

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public Path read() {
            return current();
        }

        @FileLocked(path = "catalog", mode = LockMode.WRITE)
        public Path write() {
            return current();
        }

        @FileLocked(path = "report", directory = "shared")
        public Path shared() {
            return current();
        }

        @FileLocked(path = "generation.lock", backend = "generation", mode = LockMode.WRITE)
        public String generation() {
            HeldLock held = FileLocks.current();
            return held.info().backend() + " " + held.mode() + " " + held.path().getFileName() + " "
                    + held.fencingToken().orElseThrow();
        }

        @FileLocked(path = "soft", backend = "soft")
        public LockBackend soft() {
            return FileLocks.current().info().backend();
        }

        @FileLocked("report")
        public Path nested(Service self) {
            return self.report();
        }

        @FileLocked(path = "slow", timeout = "50ms")
        public void slow() {}

        @FileLocked(path = "job", onTimeout = FileLocked.OnTimeout.SKIP)
        public void job() {
            runs.incrementAndGet();
        }

        @FileLocked(path = "job", onTimeout = FileLocked.OnTimeout.SKIP)
        public Optional<String> jobResult() {
            runs.incrementAndGet();
            return Optional.of("done");
        }

        @FileLocked(path = "job", onTimeout = FileLocked.OnTimeout.SKIP)
        public @Nullable String jobOrNull() {
            return "done";
        }

        @FileLocked("failing")
        public void failing(Exception failure) throws Exception {
            throw failure;
        }

        @FileLocked(path = "failing", onTimeout = FileLocked.OnTimeout.SKIP)
        public void skippingButFailing() {
            throw new IllegalStateException("mine");
        }

        @FileLocked("#{#name}")
        public void mutating(StringBuilder name) {
            name.setLength(0);
            name.append("after");
        }

        @FileLocked(path = "brief", onTimeout = FileLocked.OnTimeout.SKIP, minimumHold = "10m")
        public void brief() {
            runs.incrementAndGet();
        }

        @FileLocked(path = "briefer", timeout = "0", minimumHold = "100ms")
        public void briefer() {}

        @FileLocked("label")
        public @Nullable String label() {
            return FileLocks.current().info().label();
        }

        @FileLocked(path = "label", name = "import")
        public @Nullable String namedLabel() {
            return FileLocks.current().info().label();
        }
    }

    @FileLocked("covered")
    static class Covered {
        public Path first() {
            return FileLocks.current().path();
        }

        @FileLocked("own")
        public Path second() {
            return FileLocks.current().path();
        }

        @Override
        public String toString() {
            return FileLocks.find().isEmpty() ? "not locked" : "locked";
        }
    }

    interface Contract {
        @FileLocked("contract")
        Path run();
    }

    static class ThroughInterface implements Contract {
        @Override
        public Path run() {
            return FileLocks.current().path();
        }
    }

    abstract static class Base {
        @FileLocked("base")
        public Path run() {
            return FileLocks.current().path();
        }
    }

    static class Inherited extends Base {}

    @Retention(RetentionPolicy.RUNTIME)
    @FileLocked(onTimeout = FileLocked.OnTimeout.THROW)
    @interface Nightly {
        @AliasFor(annotation = FileLocked.class, attribute = "path")
        String job();
    }

    static class Composed {
        @Nightly(job = "nightly-composed")
        public Path run() {
            return FileLocks.current().path();
        }
    }
}
