package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.LockMode;
import jakarta.annotation.PostConstruct;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;

/** An annotation that can't work ends the start of the application, with a message that says what to change. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class MisuseTest {
    @TempDir
    Path directory;

    static Stream<Arguments> misuses() {
        return Stream.of(
                Arguments.of(PrivateMethod.class, "private"),
                Arguments.of(Callback.class, "implements AutoCloseable"),
                Arguments.of(StaticMethod.class, "static"),
                Arguments.of(FinalMethod.class, "final"),
                Arguments.of(FinalClass.class, "final"),
                Arguments.of(SetUp.class, "PostConstruct"),
                Arguments.of(Initializing.class, "InitializingBean"),
                Arguments.of(BeanMethod.class, "@Bean"),
                Arguments.of(InitMethod.class, "open"),
                Arguments.of(SkipsPrimitive.class, "SKIP"),
                Arguments.of(SkipsText.class, "SKIP"),
                Arguments.of(ReturnsConnectableFlux.class, "ConnectableFlux, which can't be replaced"),
                Arguments.of(ReturnsDeferredResult.class, "return what it yields, or a CompletableFuture"),
                Arguments.of(ReturnsEmitter.class, "SseEmitter"),
                Arguments.of(ReturnsFuture.class, "return a CompletableFuture"),
                Arguments.of(ReturnsStream.class, "Stream"),
                Arguments.of(StreamsItsResponse.class, "StreamingResponseBody inside of ResponseEntity"),
                Arguments.of(AnswersWithFlux.class, "Flux inside of ResponseEntity"),
                Arguments.of(CompletesWithStream.class, "Stream inside of CompletableFuture"),
                Arguments.of(ReturnsIterator.class, "Iterator"),
                Arguments.of(ReturnsCallable.class, "Callable"),
                Arguments.of(DoesNotParse.class, "does not parse"),
                Arguments.of(UnknownVariable.class, "#acount"),
                Arguments.of(ForgottenBraces.class, "did you mean #{#account}?"),
                Arguments.of(Blank.class, "blank"),
                Arguments.of(Leaves.class, ".."),
                Arguments.of(NoProperty.class, "no.such.property"),
                Arguments.of(BareNumber.class, "10s"),
                Arguments.of(NoDuration.class, "soon"),
                Arguments.of(NoBackend.class, "'zookeeper'"),
                Arguments.of(WrongBackend.class, "has no mode READ"),
                Arguments.of(WrongSuffix.class, ".db"),
                Arguments.of(AbsoluteInNamedDirectory.class, "absolute"),
                Arguments.of(MinimumHoldThatWaits.class, "minimumHold"),
                Arguments.of(MinimumHoldOfReaders.class, "EXCLUSIVE"),
                Arguments.of(TwoFamilies.class, "catalog"),
                Arguments.of(TwoBackends.class, "SOFT"));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void theApplicationDoesNotStart(Class<?> component, String told) {
        assertThatThrownBy(() -> Contexts.start(directory, component).close())
                .hasStackTraceContaining(FileLockMisuseException.class.getSimpleName())
                .hasStackTraceContaining(told)
                .hasStackTraceContaining(component.getSimpleName());
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(
                        () -> Contexts.start(directory, SeveralProblems.class).close())
                .hasStackTraceContaining("first")
                .hasStackTraceContaining("second");
    }

    @Test
    void aTransactionAdvisorOutsideOursIsToldApart() {
        assertThatThrownBy(() -> Contexts.start(directory, EarlyTransactions.class, LockedTransaction.class)
                        .close())
                .hasStackTraceContaining("order");
    }

    @Test
    void prototypesAreCheckedBeforeTheyAreMade() {
        assertThatThrownBy(() -> Contexts.start(directory, Prototype.class).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining("final");
    }

    @Test
    void whatWorksRaisesNoAlarm() {
        assertThatCode(() -> Contexts.start(directory, Fine.class, FineOnType.class, Fine.Nested.class)
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void warningInsteadOfFailingIsAChoice() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, PrivateMethod.class)) {
            context.registerBean(
                    FileLockedSettings.class,
                    () -> new FileLockedSettings(
                            FileLockedSettings.DEFAULT_ORDER, false, java.time.Duration.ofSeconds(30)));
            assertThatCode(context::refresh).doesNotThrowAnyException();
        }
    }

    @Test
    void whatIsWrongIsToldOnceHoweverManyBeansAreMadeOfTheClass(CapturedOutput output) {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, Prototype.class)) {
            context.registerBean(
                    FileLockedSettings.class,
                    () -> new FileLockedSettings(
                            FileLockedSettings.DEFAULT_ORDER, false, java.time.Duration.ofSeconds(30)));
            context.refresh();
            context.getBean(Prototype.class);
            context.getBean(Prototype.class);
            assertThat(output.getAll()).containsOnlyOnce("Prototype.run(): it is final");
        }
    }

    static class Fine {
        @FileLocked("fine/#{#account}")
        public void run(String account) {}

        @FileLocked(path = "fine-skip", onTimeout = FileLocked.OnTimeout.SKIP)
        public Optional<String> skip() {
            return Optional.empty();
        }

        @FileLocked(path = "C#notes/#{#id}")
        public List<String> literalHash(String id) {
            return List.of(id);
        }

        public final void finalButNotLocked() {}

        static class Nested {
            @FileLocked("nested")
            public void run() {}
        }
    }

    @FileLocked("type")
    static class FineOnType {
        public void run() {
            helper();
        }

        private void helper() {}

        static void statics() {}

        @PostConstruct
        void setUp() {}

        @Override
        public String toString() {
            return "fine";
        }
    }

    static class PrivateMethod {
        @FileLocked("x")
        private void run() {}

        public void call() {
            run();
        }
    }

    static class StaticMethod {
        @FileLocked("x")
        public static void run() {}
    }

    static class FinalMethod {
        @FileLocked("x")
        public final void run() {}
    }

    static final class FinalClass {
        @FileLocked("x")
        public void run() {}
    }

    static class SetUp {
        @PostConstruct
        @FileLocked("x")
        public void run() {}
    }

    static class Initializing implements InitializingBean {
        @Override
        @FileLocked("x")
        public void afterPropertiesSet() {}
    }

    @Configuration
    static class BeanMethod {
        @Bean
        @FileLocked("x")
        public Object thing() {
            return new Object();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InitMethod {
        @Bean(initMethod = "open")
        Opened opened() {
            return new Opened();
        }

        static class Opened {
            @FileLocked("x")
            public void open() {}
        }
    }

    static class SkipsPrimitive {
        @FileLocked(path = "x", onTimeout = FileLocked.OnTimeout.SKIP)
        public int run() {
            return 1;
        }
    }

    static class SkipsText {
        @FileLocked(path = "x", onTimeout = FileLocked.OnTimeout.SKIP)
        public String run() {
            return "";
        }
    }

    static class ReturnsConnectableFlux {
        @FileLocked("x")
        public reactor.core.publisher.ConnectableFlux<String> run() {
            return reactor.core.publisher.Flux.just("").publish();
        }
    }

    static class ReturnsDeferredResult {
        @FileLocked("x")
        public org.springframework.web.context.request.async.DeferredResult<String> run() {
            return new org.springframework.web.context.request.async.DeferredResult<>();
        }
    }

    static class ReturnsEmitter {
        @FileLocked("x")
        public org.springframework.web.servlet.mvc.method.annotation.SseEmitter run() {
            return new org.springframework.web.servlet.mvc.method.annotation.SseEmitter();
        }
    }

    static class ReturnsFuture {
        @FileLocked("x")
        public Future<String> run() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class StreamsItsResponse {
        @FileLocked("a")
        public org.springframework.http.ResponseEntity<
                        org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody>
                run() {
            return org.springframework.http.ResponseEntity.ok(stream -> {});
        }
    }

    static class AnswersWithFlux {
        @FileLocked("a")
        public reactor.core.publisher.Mono<org.springframework.http.ResponseEntity<reactor.core.publisher.Flux<String>>>
                run() {
            return reactor.core.publisher.Mono.empty();
        }
    }

    static class CompletesWithStream {
        @FileLocked("a")
        public java.util.concurrent.CompletableFuture<Stream<String>> run() {
            return java.util.concurrent.CompletableFuture.completedFuture(Stream.of());
        }
    }

    static class ReturnsStream {
        @FileLocked("x")
        public Stream<String> run() {
            return Stream.of();
        }
    }

    static class ReturnsIterator {
        @FileLocked("x")
        public Iterator<String> run() {
            return List.<String>of().iterator();
        }
    }

    static class ReturnsCallable {
        @FileLocked("x")
        public Callable<String> run() {
            return () -> "";
        }
    }

    static class DoesNotParse {
        @FileLocked("x-#{#a + }")
        public void run(String a) {}
    }

    static class UnknownVariable {
        @FileLocked("x-#{#acount}")
        public void run(String account) {}
    }

    static class ForgottenBraces {
        @FileLocked("x/#account")
        public void run(String account) {}
    }

    static class Blank {
        @FileLocked
        public void run() {}
    }

    static class Leaves {
        @FileLocked("../x")
        public void run() {}
    }

    static class NoProperty {
        @FileLocked("${no.such.property}")
        public void run() {}
    }

    static class BareNumber {
        @FileLocked(path = "x", timeout = "10")
        public void run() {}
    }

    static class NoDuration {
        @FileLocked(path = "x", timeout = "soon")
        public void run() {}
    }

    static class NoBackend {
        @FileLocked(path = "x", backend = "zookeeper")
        public void run() {}
    }

    static class WrongBackend {
        @FileLocked(path = "x", backend = "soft", mode = LockMode.READ)
        public void run() {}
    }

    static class WrongSuffix {
        @FileLocked(path = "x.lock", mode = LockMode.WRITE)
        public void run() {}
    }

    static class AbsoluteInNamedDirectory {
        @FileLocked(path = "/var/lock/x", directory = "shared")
        public void run() {}
    }

    static class MinimumHoldThatWaits {
        @FileLocked(path = "x", minimumHold = "10s")
        public void run() {}
    }

    static class MinimumHoldOfReaders {
        @FileLocked(path = "x", minimumHold = "10s", timeout = "0", mode = LockMode.READ)
        public void run() {}
    }

    static class TwoFamilies {
        @FileLocked("catalog")
        public void exclusive() {}

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public void read() {}
    }

    static class TwoBackends {
        @FileLocked("x")
        public void kernel() {}

        @FileLocked(path = "x", backend = "soft")
        public void soft() {}
    }

    static class SeveralProblems {
        @FileLocked("x")
        private void first() {}

        @FileLocked("x")
        public final void second() {
            first();
        }
    }

    static class LockedTransaction {
        @FileLocked("x")
        @Transactional
        public void run() {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = 0)
    static class EarlyTransactions {
        @Bean
        RecordingTransactions transactionManager(dev.filelock.LockRegistry fileLockRegistry) {
            return new RecordingTransactions(fileLockRegistry);
        }
    }

    static class CallbackOfItsSubclass {
        @FileLocked("x")
        public void close() {}
    }

    static class Callback extends CallbackOfItsSubclass implements AutoCloseable {}

    @Scope("prototype")
    static class Prototype {
        @FileLocked("x")
        public final void run() {}
    }
}
