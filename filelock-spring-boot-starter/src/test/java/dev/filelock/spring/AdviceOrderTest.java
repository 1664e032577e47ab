package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The lock is taken outside the transaction a method begins, and inside what runs it elsewhere or again. */
@Timeout(60)
class AdviceOrderTest {
    @TempDir
    Path directory;

    @Test
    void theTransactionCommitsBeforeTheLockIsReleased() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            context.getBean(Service.class).transactional();
            assertThat(context.getBean(RecordingTransactions.class).events)
                    .containsExactly("begin [held]", "body", "commit [held]");
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        }
    }

    @Test
    void aRetryTakesTheLockAnewForEveryAttempt() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            RecordingTransactions transactions = context.getBean(RecordingTransactions.class);
            context.getBean(Service.class).retried();
            assertThat(transactions.events)
                    .containsExactly(
                            "begin [held]", "body", "rollback [held]", "begin [held]", "body", "commit [held]");
            assertThat(context.getBean(Service.class).attemptsWithTheLockOfTheOneBefore())
                    .isZero();
        }
    }

    @Test
    void anAsynchronousMethodIsLockedOnTheThreadThatRunsIt() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            Service service = context.getBean(Service.class);
            service.async();
            await().until(() -> service.seen().size() == 1);
            assertThat(service.seen())
                    .singleElement()
                    .satisfies(owner -> assertThat(owner)
                            .isNotEqualTo(Thread.currentThread().getName()));
            await().until(() -> context.getBean(LockRegistry.class).heldLocks().isEmpty());
        }
    }

    @Test
    void aLockTakenInsideATransactionIsKeptUntilThatHasCompleted() {
        try (AnnotationConfigApplicationContext context =
                Contexts.start(directory, Application.class, Service.class, Outer.class)) {
            RecordingTransactions transactions = context.getBean(RecordingTransactions.class);
            Outer outer = context.getBean(Outer.class);
            outer.callsTwice();
            assertThat(transactions.events)
                    .containsExactly("begin", "body", "body", "after body [held]", "commit [held]");
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();

            transactions.events.clear();
            assertThatThrownBy(outer::failsAfterwards).isInstanceOf(IllegalStateException.class);
            assertThat(transactions.events).containsExactly("begin", "body", "rollback [held]");
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        }
    }

    @Test
    void releaseMethodAndMethodsThatTakeNoPartReleaseAtTheirEnd() {
        try (AnnotationConfigApplicationContext context =
                Contexts.start(directory, Application.class, Service.class, Outer.class)) {
            RecordingTransactions transactions = context.getBean(RecordingTransactions.class);
            context.getBean(Outer.class).callsReleaseMethod();
            assertThat(transactions.events).containsExactly("begin", "body", "after body", "commit");
            transactions.events.clear();
            context.getBean(Outer.class).callsRequiresNew();
            assertThat(transactions.events)
                    .containsExactly("begin", "begin [held]", "body", "commit [held]", "after body", "commit");
        }
    }

    @Test
    void whoIsNotAllowedInNeverTakesTheLock() {
        try (AnnotationConfigApplicationContext context =
                Contexts.prepare(directory, Application.class, Service.class)) {
            context.registerBean(
                    "guard",
                    DefaultPointcutAdvisor.class,
                    () -> guard(context),
                    definition -> definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE));
            context.refresh();
            assertThatThrownBy(context.getBean(Service.class)::inner)
                    .isInstanceOf(SecurityException.class)
                    .hasNoSuppressedExceptions();
            assertThat(directory).isEmptyDirectory();
        }
    }

    /** Refuses everybody, where Spring Security's advice for methods stands. */
    private static DefaultPointcutAdvisor guard(ApplicationContext context) {
        AnnotationMatchingPointcut locked = AnnotationMatchingPointcut.forMethodAnnotation(FileLocked.class);
        DefaultPointcutAdvisor guard = new DefaultPointcutAdvisor(locked, (MethodInterceptor) invocation -> {
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
            throw new SecurityException("not allowed in");
        });
        guard.setOrder(500);
        return guard;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    @EnableAsync
    @EnableResilientMethods
    static class Application {
        @Bean
        RecordingTransactions transactionManager(LockRegistry fileLockRegistry) {
            return new RecordingTransactions(fileLockRegistry);
        }
    }

    static class Service {
        private final RecordingTransactions transactions;
        private final LockRegistry registry;
        private final List<String> seen = new CopyOnWriteArrayList<>();
        private int attempts;

        Service(RecordingTransactions transactions, LockRegistry fileLockRegistry) {
            this.transactions = transactions;
            this.registry = fileLockRegistry;
        }

        @FileLocked("service")
        @Transactional
        public void transactional() {
            transactions.note("body");
        }

        @FileLocked("service")
        @Transactional
        @Retryable(maxRetries = 2, delay = 1)
        public void retried() {
            transactions.note("body");
            if (attempts++ == 0) {
                throw new IllegalStateException("the first time");
            }
        }

        long attemptsWithTheLockOfTheOneBefore() {
            return registry.heldLocks().size();
        }

        @Async
        @FileLocked("service")
        public void async() {
            registry.heldLocks().forEach(held -> seen.add(String.valueOf(held.thread())));
        }

        public List<String> seen() {
            return seen;
        }

        @FileLocked("inner")
        public void inner() {
            transactions.note("body");
        }

        @FileLocked(path = "inner", release = FileLocked.Release.METHOD)
        public void releasesAtItsEnd() {
            transactions.note("body");
        }

        @FileLocked("inner")
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void requiresNew() {
            transactions.note("body");
        }
    }

    static class Outer {
        private final Service service;
        private final RecordingTransactions transactions;

        Outer(Service service, RecordingTransactions transactions) {
            this.service = service;
            this.transactions = transactions;
        }

        @Transactional
        public void callsTwice() {
            service.inner();
            service.inner();
            transactions.noteHeld("after body");
        }

        @Transactional
        public void failsAfterwards() {
            service.inner();
            throw new IllegalStateException("after the call");
        }

        @Transactional
        public void callsReleaseMethod() {
            service.releasesAtItsEnd();
            transactions.noteHeld("after body");
        }

        @Transactional
        public void callsRequiresNew() {
            service.requiresNew();
            transactions.noteHeld("after body");
        }
    }
}
