package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AliasFor;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Wherever Spring looks for annotations, ours is found, with what annotations made of it say. */
@Timeout(60)
class AnnotationPlacesTest {
    @TempDir
    Path directory;

    private AnnotationConfigApplicationContext context;

    @BeforeEach
    void startContext() {
        context = Contexts.start(directory, ClassProxies.class, Beans.class);
    }

    @AfterEach
    void stop() {
        context.close();
    }

    private <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    private static String held() {
        return FileLocks.find()
                .map(hold -> hold.path().getFileName() + (hold.mode() == LockMode.EXCLUSIVE ? "" : " " + hold.mode()))
                .orElse("none");
    }

    // ---- annotations made of it

    @Test
    void anAnnotationMadeOfItSetsWhatItNames() {
        assertThat(bean(Composed.class).byAccount("4711")).isEqualTo("4711.lock");
        assertThat(bean(Composed.class).read("4711")).isEqualTo("prices.db READ");
        assertThat(bean(Composed.class).ofAComposedOne()).isEqualTo("twice.lock");
    }

    @Test
    void anAnnotationMadeOfItMaySetTheTimeout() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        HeldLock held = other.submit(
                        () -> bean(LockRegistry.class).lock("accounts/4711").acquire())
                .get();
        try {
            assertThatThrownBy(() -> bean(Composed.class).impatient("4711"))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("in 30 ms");
        } finally {
            held.close();
            other.shutdown();
        }
    }

    @Test
    void annotationsMadeOfItAddUp() {
        assertThat(bean(Composed.class).two("4711")).isEqualTo("4711.lock extra.lock");
        assertThat(bean(Composed.class).pair()).isEqualTo("left.lock right.lock");
    }

    @Test
    void anAnnotationMadeOfItMayStandOnAType() {
        assertThat(bean(ComposedType.class).run()).isEqualTo("twice.lock");
    }

    // ---- types

    @Test
    void severalOnATypeCoverItsMethodsAndOnesOwnReplacesThem() {
        assertThat(bean(TwoOnType.class).covered()).isEqualTo("t1.lock t2.lock");
        assertThat(bean(TwoOnType.class).own()).isEqualTo("own.lock");
    }

    @Test
    void aTypeCoversWhatItsSubclassesDeclareButNotWhatItInherits() {
        assertThat(bean(Sub.class).ofBase()).isEqualTo("base.lock");
        assertThat(bean(Sub.class).ofSub()).isEqualTo("base.lock");
        assertThat(bean(Sub.class).ofRoot()).isEqualTo("none");
    }

    @Test
    void theNearestTypeWins() {
        assertThat(bean(Nearer.class).ofBase()).isEqualTo("nearer.lock");
    }

    @Test
    void anOverridingMethodInheritsTheAnnotationUnlessItHasItsOwn() {
        assertThat(bean(Overriding.class).inherited()).isEqualTo("inherited.lock");
        assertThat(bean(Overriding.class).replaced()).isEqualTo("replacement.lock");
    }

    // ---- interfaces

    @Test
    void anInterfacesMethodsAndTypesCount() {
        assertThat(AopUtils.isCglibProxy(bean(Implementation.class))).isTrue();
        assertThat(bean(Implementation.class).onMethod()).isEqualTo("interface-method.lock");
        assertThat(bean(Implementation.class).onType()).isEqualTo("interface-type.lock");
        assertThat(bean(Implementation.class).byDefault()).isEqualTo("default.lock");
        assertThat(bean(Implementation.class).ofNoInterface()).isEqualTo("interface-type.lock");
    }

    // ---- generics

    @Test
    void aCallThroughABridgeIsLockedOnce() {
        Store<String> store = bean(StringStore.class);
        assertThat(store.put("k")).isEqualTo("put-k.lock 1");
        assertThat(bean(StringStore.class).put("k")).isEqualTo("put-k.lock 1");
        assertThat(store.take("k")).isEqualTo("take-k.lock");
        assertThat(store.look("k")).isEqualTo("store.lock");
    }

    @Test
    void aGenericInterfaceThatOnlyASubclassBringsInCounts() {
        Store<String> store = bean(LateStore.class);
        assertThat(store.put("k")).isEqualTo("put-k.lock 1");
        assertThat(store.look("k")).isEqualTo("store.lock");
    }

    @Test
    void aMethodSkippedThroughAGenericInterfaceReturnsWhatItsOwnResultHasForThat() throws Exception {
        Source<Optional<String>> source = bean(Sometimes.class);
        assertThat(source.next()).contains("sometimes.lock");
        ExecutorService other = Executors.newSingleThreadExecutor();
        HeldLock held = other.submit(
                        () -> bean(LockRegistry.class).lock("sometimes").acquire())
                .get();
        try {
            assertThat(source.next()).isEmpty();
        } finally {
            held.close();
            other.shutdown();
        }
    }

    @Test
    void aGenericSuperclassCounts() {
        Template<Integer> template = bean(IntegerTemplate.class);
        assertThat(template.run(7)).isEqualTo("template-7.lock");
    }

    // ---- the beans

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = true)
    static class ClassProxies {}

    @Configuration(proxyBeanMethods = false)
    @Import({
        Composed.class,
        ComposedType.class,
        TwoOnType.class,
        Sub.class,
        Nearer.class,
        Overriding.class,
        Implementation.class,
        StringStore.class,
        LateStore.class,
        Sometimes.class,
        IntegerTemplate.class
    })
    static class Beans {
        @Bean
        String unused() {
            return "";
        }
    }

    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @FileLocked(path = "accounts/#{#account}")
    @interface AccountLocked {
        @AliasFor(annotation = FileLocked.class)
        String timeout() default "";
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @FileLocked
    @interface Reading {
        @AliasFor(annotation = FileLocked.class, attribute = "path")
        String value();

        @AliasFor(annotation = FileLocked.class, attribute = "mode")
        LockMode as() default LockMode.READ;
    }

    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @FileLocked("once")
    @interface Once {
        @AliasFor(annotation = FileLocked.class, attribute = "path")
        String name() default "once";
    }

    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Once(name = "twice")
    @interface Twice {}

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @FileLocked("left")
    @FileLocked("right")
    @interface Pair {}

    static class Asking {
        @Autowired
        private LockRegistry registry;

        String all() {
            return registry.heldLocks().stream()
                    .map(lock -> lock.path().getFileName().toString())
                    .sorted()
                    .collect(Collectors.joining(" "));
        }
    }

    static class Composed extends Asking {
        @AccountLocked
        public String byAccount(String account) {
            return held();
        }

        @AccountLocked(timeout = "30ms")
        public String impatient(String account) {
            return held();
        }

        @Reading("prices")
        public String read(String account) {
            return held();
        }

        @Twice
        public String ofAComposedOne() {
            return held();
        }

        @AccountLocked
        @FileLocked("extra")
        public String two(String account) {
            return all();
        }

        @Pair
        public String pair() {
            return all();
        }
    }

    @Twice
    static class ComposedType {
        public String run() {
            return held();
        }
    }

    @FileLocked("t1")
    @FileLocked("t2")
    static class TwoOnType extends Asking {
        public String covered() {
            return all();
        }

        @FileLocked("own")
        public String own() {
            return all();
        }
    }

    static class Root {
        public String ofRoot() {
            return held();
        }
    }

    @FileLocked("base")
    static class Base extends Root {
        public String ofBase() {
            return held();
        }
    }

    static class Sub extends Base {
        public String ofSub() {
            return held();
        }
    }

    @FileLocked("nearer")
    static class Nearer extends Base {
        @Override
        public String ofBase() {
            return held();
        }
    }

    static class Overridden {
        @FileLocked("inherited")
        public String inherited() {
            return "";
        }

        @FileLocked("replaced")
        public String replaced() {
            return "";
        }
    }

    static class Overriding extends Overridden {
        @Override
        public String inherited() {
            return held();
        }

        @Override
        @FileLocked("replacement")
        public String replaced() {
            return held();
        }
    }

    interface OnMethod {
        @FileLocked("interface-method")
        String onMethod();
    }

    @FileLocked("interface-type")
    interface OnType {
        String onType();

        @FileLocked("default")
        default String byDefault() {
            return held();
        }
    }

    static class Implementation implements OnMethod, OnType {
        @Override
        public String onMethod() {
            return held();
        }

        @Override
        public String onType() {
            return held();
        }

        public String ofNoInterface() {
            return held();
        }
    }

    @FileLocked("store")
    interface Store<T> {
        @FileLocked("put-#{#p0}")
        String put(T thing);

        @FileLocked("take-#{#thing}")
        default String take(T thing) {
            return held();
        }

        String look(T thing);
    }

    static class StringStore implements Store<String> {
        @Override
        public String put(String thing) {
            return held() + " " + FileLocks.current().info().holdCount();
        }

        @Override
        public String look(String thing) {
            return held();
        }
    }

    static class KnowsNoStore {
        public String put(String thing) {
            return held() + " "
                    + FileLocks.find().map(hold -> hold.info().holdCount()).orElse(0);
        }

        public String look(String thing) {
            return held();
        }
    }

    static class LateStore extends KnowsNoStore implements Store<String> {}

    interface Source<T> {
        T next();
    }

    static class Sometimes implements Source<Optional<String>> {
        @Override
        @FileLocked(path = "sometimes", onTimeout = FileLocked.OnTimeout.SKIP)
        public Optional<String> next() {
            return Optional.of(held());
        }
    }

    abstract static class Template<T> {
        @FileLocked("template-#{#id}")
        public String run(T id) {
            return held();
        }
    }

    static class IntegerTemplate extends Template<Integer> {
        @Override
        public String run(Integer id) {
            return held();
        }
    }
}
