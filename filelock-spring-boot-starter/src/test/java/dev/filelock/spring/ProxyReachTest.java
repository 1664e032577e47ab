package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLocks;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.Mockito;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Where Spring's proxy takes the lock there is no alarm; where it can't, there is one. */
@Timeout(60)
class ProxyReachTest {
    @TempDir
    Path directory;

    // ---- no alarm, and locked

    @Test
    void aScopedBeanIsLockedBehindTheProxyOfItsScope() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, Scoped.class)) {
            context.getBeanFactory().registerScope("thread", new SimpleThreadScope());
            context.refresh();
            assertThat(context.getBean(Scoped.class).isLocked()).isTrue();
        }
    }

    @Test
    void beansThatNeedEachOtherAreLocked() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Chicken.class, Egg.class)) {
            assertThat(context.getBean(Egg.class).chicken().isLocked()).isTrue();
            assertThat(context.getBean(Chicken.class).egg().isLocked()).isTrue();
        }
    }

    @Test
    void aLazyBeanThatNeedsAnotherInACircleRaisesNoAlarmWhenItIsMade() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory)) {
            context.registerBean(Chicken.class, definition -> definition.setLazyInit(true));
            context.registerBean(Egg.class, definition -> definition.setLazyInit(true));
            context.refresh();
            assertThat(context.getBean(Egg.class).chicken().isLocked()).isTrue();
        }
    }

    @Test
    void aProxyOfInterfacesLocksFinalClassesAndMethods() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, FinalJob.class)) {
            assertThat(context.getBean(Job.class)).isNotInstanceOf(FinalJob.class);
            assertThat(context.getBean(Job.class).isLocked()).isTrue();
        }
    }

    @Test
    void aProxyOfInterfacesLocksWhatImplementsAGenericOne() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, TextSteps.class)) {
            Steps<?> steps = context.getBean(Steps.class);
            assertThat(steps).isNotInstanceOf(TextSteps.class);
            assertThat(steps.first(null)).as("of the class").isTrue();
            assertThat(steps.second(null)).as("of its generic parent").isTrue();
        }
    }

    @Test
    void anInterfaceThatOnlyASubclassBringsInCounts() {
        try (AnnotationConfigApplicationContext context =
                Contexts.start(directory, ClassProxies.class, KnowsTheInterface.class)) {
            assertThat(context.getBean(KnowsTheInterface.class).isLocked()).isTrue();
        }
    }

    @Test
    void aMockInPlaceOfABeanIsNobodysMistake() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory)) {
            context.getBeanFactory().registerSingleton("job", Mockito.mock(Locked.class));
            assertThatCode(context::refresh).doesNotThrowAnyException();
        }
    }

    @Test
    void aTransactionOutsideThatDoesNotConcernALockedMethodIsFine() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, EarlyTransactions.class)) {
            context.register(LockedBesideTransaction.class);
            assertThatCode(context::refresh).doesNotThrowAnyException();
        }
    }

    // ---- alarm

    @Test
    void aBeanThatIsNeededBeforeProxiesAreMadeIsTold() {
        assertThatThrownBy(
                        () -> Contexts.start(directory, NeedsLockedEarly.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("has no proxy that takes the lock")
                .hasMessageContaining("bean 'early'");
    }

    @Test
    void aBeanThatWasRegisteredReadyMadeIsTold() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory)) {
            context.getBeanFactory().registerSingleton("readyMade", new Locked());
            assertThatThrownBy(context::refresh)
                    .isInstanceOf(FileLockMisuseException.class)
                    .hasMessageContaining("bean 'readyMade'");
        }
    }

    @Test
    void aMethodThatNoInterfaceOfTheProxyDeclaresIsTold() {
        assertThatThrownBy(() ->
                        Contexts.start(directory, MoreThanItsInterface.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("extra()")
                .hasMessageContaining("spring.aop.proxy-target-class=true");
    }

    @Test
    void aCloseMethodThatSpringInfersIsTold() {
        assertThatThrownBy(() -> Contexts.start(directory, Closing.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("shutdown()")
                .hasMessageContaining("destroy method");
    }

    @Test
    void aTransactionOfTheSameOrderIsTold() {
        assertThatThrownBy(() -> Contexts.start(directory, TiedTransactions.class, LockedTransaction.class)
                        .close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("LockedTransaction.run()")
                .hasMessageContaining("filelock.annotations.order");
    }

    @Test
    void aBeanWhoseClassIsKnownOnlyWhenItIsMadeIsToldThen() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, HidesItsClass.class)) {
            assertThatThrownBy(() -> context.getBean("hidden"))
                    .hasRootCauseInstanceOf(FileLockMisuseException.class)
                    .hasStackTraceContaining("PrivateMethod.secret()");
        }
    }

    @Test
    void aFinalClassOnlyWarnsWhereThatWasChosen() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, FinalLocked.class)) {
            context.registerBean(
                    FileLockedSettings.class,
                    () -> new FileLockedSettings(FileLockedSettings.DEFAULT_ORDER, false, Duration.ofSeconds(30)));
            assertThatCode(context::refresh).doesNotThrowAnyException();
        }
    }

    // ---- the beans

    interface Job {
        boolean isLocked();
    }

    static class Locked {
        @FileLocked("job")
        public boolean isLocked() {
            return FileLocks.find().isPresent();
        }
    }

    @Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
    static class Scoped extends Locked {}

    static class Chicken extends Locked {
        @Autowired
        private Egg egg;

        Egg egg() {
            return egg;
        }
    }

    static class Egg extends Locked {
        @Autowired
        private Chicken chicken;

        Chicken chicken() {
            return chicken;
        }
    }

    static final class FinalJob implements Job {
        @Override
        @FileLocked("job")
        public final boolean isLocked() {
            return FileLocks.find().isPresent();
        }
    }

    static final class FinalLocked {
        @FileLocked("job")
        public void run() {}
    }

    interface LockedByInterface {
        @FileLocked("job")
        boolean isLocked();
    }

    static class IgnorantOfTheInterface {
        public boolean isLocked() {
            return FileLocks.find().isPresent();
        }
    }

    static class KnowsTheInterface extends IgnorantOfTheInterface implements LockedByInterface {}

    static class MoreThanItsInterface implements Job {
        @Override
        public boolean isLocked() {
            return false;
        }

        @FileLocked("job")
        public void extra() {}
    }

    @Configuration(proxyBeanMethods = false)
    static class Closing {
        @Bean
        Pool pool() {
            return new Pool();
        }

        static class Pool {
            @FileLocked("pool")
            public void shutdown() {}
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsLockedEarly {
        @Bean
        static Locked early() {
            return new Locked();
        }

        @Bean
        static EarlyPostProcessor needsItEarly(Locked early) {
            return new EarlyPostProcessor();
        }
    }

    static class EarlyPostProcessor implements BeanPostProcessor, PriorityOrdered {
        @Override
        public int getOrder() {
            return LOWEST_PRECEDENCE;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class HidesItsClass {
        @Bean
        @Scope("prototype")
        Runnable hidden() {
            return new PrivateMethod();
        }
    }

    static class PrivateMethod implements Runnable {
        @Override
        public void run() {
            secret();
        }

        @FileLocked("job")
        private void secret() {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = true)
    static class ClassProxies {}

    static class LockedTransaction {
        @FileLocked("job")
        @Transactional
        public void run() {}
    }

    static class LockedBesideTransaction {
        @FileLocked("job")
        public void locked() {}

        @FileLocked("job")
        @Transactional(propagation = Propagation.NOT_SUPPORTED)
        public void lockedWithoutTransaction() {}

        @Transactional
        public void transactional() {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = 0)
    static class EarlyTransactions {}

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = FileLockedSettings.DEFAULT_ORDER)
    static class TiedTransactions {}

    interface Steps<T> {
        boolean first(T step);

        boolean second(T step);
    }

    abstract static class AnySteps<T extends CharSequence> implements Steps<T> {
        @Override
        @FileLocked("second")
        public boolean second(T step) {
            return FileLocks.find().isPresent();
        }
    }

    static class TextSteps extends AnySteps<String> {
        @Override
        @FileLocked("first")
        public boolean first(String step) {
            return FileLocks.find().isPresent();
        }
    }
}
