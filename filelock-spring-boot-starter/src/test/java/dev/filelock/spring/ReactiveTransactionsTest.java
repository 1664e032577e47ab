package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** A lock taken in a transaction of Reactor is kept until that has completed; a neighbour on the same file sees when. */
@Timeout(60)
class ReactiveTransactionsTest {
    @TempDir
    Path directory;

    private AnnotationConfigApplicationContext context;
    private LockRegistry registry;
    private Neighbour neighbour;
    private Service service;
    private Transactions transactions;
    private TransactionalOperator transaction;

    @BeforeEach
    void startContext() {
        context = Contexts.prepare(directory, Application.class, Service.class);
        context.registerBean(
                FileLockedSettings.class,
                () -> new FileLockedSettings(FileLockedSettings.DEFAULT_ORDER, true, Duration.ofMillis(200)));
        context.refresh();
        registry = context.getBean(LockRegistry.class);
        neighbour = new Neighbour(directory);
        service = context.getBean(Service.class);
        transactions = context.getBean(Transactions.class);
        transaction = TransactionalOperator.create(transactions);
    }

    @AfterEach
    void stop() {
        neighbour.close();
        context.close();
    }

    private String state(String name) {
        return neighbour.findsFree(name) ? "free" : "held";
    }

    @Test
    void aMethodsOwnTransactionIsOverBeforeItsLockIsReleased() {
        transactions.beforeEnd = () -> state("own");
        assertThat(service.own().map(x -> state("own")).block()).isEqualTo("free");
        assertThat(transactions.events).containsExactly("begin", "commit held");
    }

    @Test
    void aLockOfAJoinedTransactionIsKeptUntilThatHasCompleted() {
        transactions.beforeEnd = () -> state("a");
        Mono<String> work = service.a().map(x -> state("a")).as(transaction::transactional);
        assertThat(work.map(x -> x + ", then " + state("a")).block()).isEqualTo("held, then free");
        assertThat(transactions.events).containsExactly("begin", "commit held");
        transactions.events.clear();
        StepVerifier.create(service.a()
                        .then(Mono.error(new IllegalStateException("mine")))
                        .as(transaction::transactional))
                .verifyErrorMessage("mine");
        assertThat(transactions.events).containsExactly("begin", "rollback held");
        assertThat(state("a")).isEqualTo("free");
    }

    @Test
    void itIsReleasedAsWellIfTheSubscriberCancels() {
        Disposable running =
                service.a().then(Mono.never()).as(transaction::transactional).subscribe();
        await().until(() -> state("a").equals("held"));
        running.dispose();
        await().until(() -> state("a").equals("free"));
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void theTransactionReentersWhatIsKeptForItAndAddsOneLevelOnly() {
        Mono<Integer> counted = service.a()
                .repeat(100)
                .publishOn(Schedulers.parallel())
                .then(service.a())
                .then(Mono.fromCallable(() -> registry.heldLocks().stream()
                        .mapToInt(HeldLockInfo::holdCount)
                        .sum()))
                .as(transaction::transactional);
        assertThat(counted.block()).isEqualTo(1);
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void whatLeavesTheTransactionOrSaysMethodIsReleasedAtItsEndAndReentersAllTheSame() {
        StepVerifier.create(service.method().map(x -> state("b")).as(transaction::transactional))
                .expectNext("free")
                .verifyComplete();
        StepVerifier.create(service.another().map(x -> state("b")).as(transaction::transactional))
                .expectNext("free")
                .verifyComplete();
        StepVerifier.create(service.a()
                        .then(service.anotherOfA())
                        .map(x -> state("a"))
                        .as(transaction::transactional))
                .expectNext("held")
                .verifyComplete();
        StepVerifier.create(service.method().map(x -> state("b")))
                .expectNext("free")
                .verifyComplete();
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void aTransactionThatKeepsALockNeverWaitsForEver() throws Exception {
        HeldLock blocking = neighbour.take("b");
        StepVerifier.create(service.a().then(service.bForEver()).as(transaction::transactional))
                .verifyError(FileLockTimeoutException.class);
        blocking.close();
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void aChangeOfModeNamesTheMethodThatTookTheLock() {
        StepVerifier.create(service.read().then(service.write()).as(transaction::transactional))
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(LockModeChangeException.class)
                        .hasMessageContaining("Service.read()")
                        .hasMessageContaining("release = METHOD"));
        StepVerifier.create(service.write()).expectNext("x").verifyComplete();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Application {
        @Bean
        Transactions transactionManager() {
            return new Transactions();
        }
    }

    static class Service {
        @FileLocked("own")
        @Transactional
        public Mono<String> own() {
            return Mono.just("x");
        }

        @FileLocked("a")
        public Mono<String> a() {
            return Mono.just("x");
        }

        @FileLocked(path = "b", release = FileLocked.Release.METHOD)
        public Mono<String> method() {
            return Mono.just("x");
        }

        @FileLocked("b")
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public Mono<String> another() {
            return Mono.just("x");
        }

        @FileLocked(path = "a", timeout = "0")
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public Mono<String> anotherOfA() {
            return Mono.just("x");
        }

        @FileLocked(path = "b", timeout = "-1")
        public Mono<String> bForEver() {
            return Mono.just("x");
        }

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public Mono<String> read() {
            return Mono.just("x");
        }

        @FileLocked(path = "catalog", mode = LockMode.WRITE)
        public Mono<String> write() {
            return Mono.just("x");
        }
    }

    /** Transactions of nothing, which note when they begin and end. */
    static class Transactions extends AbstractReactiveTransactionManager {
        private static final long serialVersionUID = 1L;

        final transient List<String> events = new CopyOnWriteArrayList<>();
        transient java.util.function.Supplier<String> beforeEnd = () -> "";

        @Override
        protected Object doGetTransaction(TransactionSynchronizationManager manager) {
            return new Object();
        }

        @Override
        protected boolean isExistingTransaction(Object transaction) {
            return false;
        }

        @Override
        protected Mono<Void> doBegin(
                TransactionSynchronizationManager manager, Object transaction, TransactionDefinition definition) {
            return Mono.fromRunnable(() -> events.add("begin"));
        }

        @Override
        protected Mono<Void> doCommit(TransactionSynchronizationManager manager, GenericReactiveTransaction status) {
            return Mono.fromRunnable(() -> events.add("commit " + beforeEnd.get()));
        }

        @Override
        protected Mono<Void> doRollback(TransactionSynchronizationManager manager, GenericReactiveTransaction status) {
            return Mono.fromRunnable(() -> events.add("rollback " + beforeEnd.get()));
        }
    }
}
