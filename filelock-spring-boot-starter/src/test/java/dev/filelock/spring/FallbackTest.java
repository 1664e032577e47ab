package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockInterruptedException;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.stereotype.Component;

/** Another method answers where the lock is not had in time, and only there. */
@Timeout(60)
class FallbackTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private AnnotationConfigApplicationContext context;
    private Service service;
    private LockRegistry registry;

    @BeforeEach
    void startContext() {
        context = Contexts.start(
                directory, Service.class, Substitute.class, OnType.class, StringShop.class, OtherBean.class);
        service = context.getBean(Service.class);
        registry = context.getBean(LockRegistry.class);
    }

    @AfterEach
    void stop() {
        context.close();
        threads.shutdownNow();
    }

    private HeldLock holdElsewhere(String name) throws Exception {
        return threads.submit(() -> registry.lock(name).acquire()).get(30, TimeUnit.SECONDS);
    }

    @Test
    void theMethodAnswersWhereTheLockIsFree() {
        assertThat(service.read("a")).isEqualTo("read a");
        assertThat(service.explained("a", 1)).isEqualTo("read a");
        assertThat(service.elsewhere("a")).isEqualTo("read a");
    }

    @Test
    void anotherMethodOfTheBeanAnswersWithTheSameArguments() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.read("a")).isEqualTo("cached a by Service");
        }
        assertThat(service.read("a")).isEqualTo("read a");
    }

    @Test
    void itMayAskForTheReason() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.explained("a", 7))
                    .startsWith("a7: ")
                    .contains("x.lock not acquired at once: held by thread");
        }
    }

    @Test
    void itMayTakeTheReasonAsAnyOfItsSupertypesAndMoreGeneralArguments() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.general("a")).isEqualTo("general a FileLockTimeoutException");
        }
    }

    @Test
    void aMethodOfAnotherBeanAnswersThroughItsProxy() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.elsewhere("a")).isEqualTo("substitute a under substitute.lock");
        }
    }

    @Test
    void itNeverInheritsAConfiguredTimeout() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            long start = System.nanoTime();
            service.read("a"); // the registry's timeout is a minute
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
        }
    }

    @Test
    void withATimeoutItWaitsFirst() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.patient()).contains("not acquired in 50 ms");
        }
    }

    @Test
    void itReplacesOnTimeout() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThat(service.skipping()).isEqualTo(-1);
        }
    }

    @Test
    void whatTheMethodThrowsIsNeverMistakenForTheLocks() throws Exception {
        assertThatThrownBy(() -> service.failing(new InterruptedException("mine")))
                .isInstanceOf(InterruptedException.class)
                .hasMessage("mine");
        FileLockTimeoutException mine =
                new FileLockTimeoutException(Path.of("mine"), Duration.ZERO, Duration.ZERO, List.of());
        assertThatThrownBy(() -> service.failing(mine)).isSameAs(mine);
        try (HeldLock held = holdElsewhere("inner")) {
            assertThatThrownBy(() -> service.nested())
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("inner.lock");
        }
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void whatTheFallbackThrowsReachesTheCallerAsItIs() throws Exception {
        try (HeldLock held = holdElsewhere("x")) {
            assertThatThrownBy(() -> service.failing(new IOException("unused")))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no cache");
        }
    }

    @Test
    void anInterruptIsNoReasonToAnswerOtherwise() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> service.read("a")).isInstanceOf(LockInterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatATypesAnnotationNamesIsNotCoveredByIt() throws Exception {
        OnType bean = context.getBean(OnType.class);
        assertThat(bean.work()).isEqualTo("done");
        try (HeldLock held = holdElsewhere("type")) {
            assertThat(bean.work()).isEqualTo("busy");
            assertThat(bean.busy()).isEqualTo("busy");
        }
    }

    @Test
    void aFallbackThatASubclassBringsFitsTheParametersOfAGenericMethod() throws Exception {
        StringShop shop = context.getBean(StringShop.class);
        try (HeldLock held = holdElsewhere("shop")) {
            assertThat(shop.buy("apples")).isEqualTo("no apples today");
        }
    }

    // ---- misuse

    static Stream<Arguments> misuses() {
        return Stream.of(
                Arguments.of(
                        Missing.class,
                        "fallback = \"absent\", but FallbackTest.Missing has no method of that name; add String absent(int)"),
                Arguments.of(
                        WrongParameters.class,
                        "the parameters don't fit: FallbackTest.WrongParameters.busy(String); make it String busy(int)"),
                Arguments.of(TooManyParameters.class, "the parameters don't fit"),
                Arguments.of(WrongReason.class, "the parameters don't fit"),
                Arguments.of(
                        WrongResult.class, "that returns int where the method returns String; let it return the same"),
                Arguments.of(NoResult.class, "that returns void where the method returns String"),
                Arguments.of(Ambiguous.class, "several methods fit: "),
                Arguments.of(Itself.class, "which is the method itself"),
                Arguments.of(
                        LockedToo.class, "which is annotated with @FileLocked itself, but is called without its lock"),
                Arguments.of(NoBean.class, "there is no bean 'nobody'"),
                Arguments.of(NoMethodOfBean.class, "but FallbackTest.Substitute has no method of that name"),
                Arguments.of(NotAName.class, "names no method; write the name of one, or bean::method"));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void aFallbackThatCanNotAnswerIsToldAtStartup(Class<?> component, String told) {
        assertThatThrownBy(() ->
                        Contexts.start(directory, component, Substitute.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining(told)
                .hasMessageContaining(component.getSimpleName() + ".run(int)");
    }

    @Test
    void aFallbackThatFitsRaisesNoAlarm() {
        assertThatCode(() -> Contexts.start(directory, Fine.class).close()).doesNotThrowAnyException();
    }

    // ---- the beans

    static class Service {
        @FileLocked(path = "x", fallback = "cached")
        public String read(String key) {
            return "read " + key;
        }

        private String cached(String key) {
            return "cached " + key + " by " + getClass().getSimpleName();
        }

        @FileLocked(path = "x", fallback = "because")
        public String explained(String key, int number) {
            return "read " + key;
        }

        String because(String key, int number, FileLockTimeoutException reason) {
            return key + number + ": " + reason.getMessage();
        }

        @FileLocked(path = "x", fallback = "generally")
        public Object general(String key) {
            return key;
        }

        public CharSequence generally(Object key, RuntimeException reason) {
            return "general " + key + " " + reason.getClass().getSimpleName();
        }

        @FileLocked(path = "x", fallback = "${no.property:substitute}::instead")
        public String elsewhere(String key) {
            return "read " + key;
        }

        @FileLocked(path = "x", fallback = "late", timeout = "50ms")
        public String patient() {
            return "in time";
        }

        public String late(FileLockException reason) {
            return String.valueOf(reason.getMessage());
        }

        @FileLocked(path = "x", onTimeout = FileLocked.OnTimeout.SKIP, fallback = "minusOne")
        public int skipping() {
            return 1;
        }

        static int minusOne() {
            return -1;
        }

        @FileLocked(path = "x", fallback = "noCache")
        public void failing(Exception failure) throws Exception {
            throw failure;
        }

        public void noCache(Exception failure) throws IOException {
            throw new IOException("no cache");
        }

        @Autowired
        private OtherBean other;

        @FileLocked(path = "x", fallback = "unwanted")
        public String nested() {
            return other.inner();
        }

        String unwanted() {
            return "mistaken";
        }
    }

    static class OtherBean {
        @FileLocked(path = "inner", timeout = "0")
        public String inner() {
            return "in";
        }
    }

    @Component("substitute")
    static class Substitute {
        @FileLocked("substitute")
        public String instead(String key) {
            return "substitute " + key + " under " + FileLocks.current().path().getFileName();
        }
    }

    @FileLocked(path = "type", fallback = "busy")
    static class OnType {
        public String work() {
            return "done";
        }

        public String busy() {
            return "busy";
        }
    }

    abstract static class Shop<T> {
        @FileLocked(path = "shop", fallback = "sorry")
        public String buy(T thing) {
            return "bought " + thing;
        }
    }

    static class StringShop extends Shop<String> {
        String sorry(String thing) {
            return "no " + thing + " today";
        }
    }

    @Test
    void fallbacksThatLeadBackToTheirMethodAreRefusedAtStartup() {
        assertThatThrownBy(() -> Contexts.start(directory.resolve("circle"), Hen.class, Egg.class)
                        .close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("its fallback leads back to it")
                .hasMessageContaining("Hen.lay")
                .hasMessageContaining("Egg.hatch");
        assertThatThrownBy(() -> Contexts.start(directory.resolve("alone"), Narcissus.class)
                        .close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("its fallback leads back to it");
        Contexts.start(directory.resolve("line"), First.class, Second.class, OtherBean.class)
                .close();
    }

    @Component("hen")
    static class Hen {
        @FileLocked(path = "hen", fallback = "egg::hatch")
        public String lay() {
            return "";
        }
    }

    @Component("egg")
    static class Egg {
        @FileLocked(path = "egg", fallback = "hen::lay")
        public String hatch() {
            return "";
        }
    }

    @Component("narcissus")
    static class Narcissus {
        @FileLocked(path = "a", fallback = "narcissus::two")
        public String one() {
            return "";
        }

        @FileLocked(path = "b", fallback = "narcissus::one")
        public String two() {
            return "";
        }
    }

    @Component("first")
    static class First {
        @FileLocked(path = "first", fallback = "second::run")
        public String run() {
            return "";
        }
    }

    @Component("second")
    static class Second {
        @FileLocked(path = "second")
        public String run() {
            return "";
        }
    }

    static class Fine {
        @FileLocked(path = "x", fallback = "busy")
        public Integer boxed(int number, @Nullable String text) {
            return number;
        }

        int busy(Integer number, CharSequence text, Throwable reason) {
            return 0;
        }

        @FileLocked(path = "x", fallback = "other")
        public void nothing() {}

        String other() {
            return "ignored";
        }

        String other(int unrelated) {
            return "an overload that nobody means";
        }
    }

    static class Missing {
        @FileLocked(path = "x", fallback = "absent")
        public String run(int number) {
            return "";
        }
    }

    static class WrongParameters {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        String busy(String number) {
            return "";
        }
    }

    static class TooManyParameters {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        String busy(int number, Exception reason, String more) {
            return "";
        }
    }

    static class WrongReason {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        String busy(int number, IOException reason) {
            return "";
        }
    }

    static class WrongResult {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        int busy(int number) {
            return 0;
        }
    }

    static class NoResult {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        void busy(int number) {}
    }

    static class Ambiguous {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        String busy(int number) {
            return "";
        }

        String busy(int number, Exception reason) {
            return "";
        }
    }

    static class Itself {
        @FileLocked(path = "x", fallback = "run")
        public String run(int number) {
            return "";
        }
    }

    static class LockedToo {
        @FileLocked(path = "x", fallback = "busy")
        public String run(int number) {
            return "";
        }

        @FileLocked("y")
        public String busy(int number) {
            return "";
        }
    }

    static class NoBean {
        @FileLocked(path = "x", fallback = "nobody::instead")
        public String run(int number) {
            return "";
        }
    }

    static class NoMethodOfBean {
        @FileLocked(path = "x", fallback = "substitute::absent")
        public String run(int number) {
            return "";
        }
    }

    static class NotAName {
        @FileLocked(path = "x", fallback = "a::b::c")
        public String run(int number) {
            return "";
        }
    }
}
