package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.spring.boot.FileLockAutoConfiguration;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import reactor.core.publisher.Mono;

/** A whole application on a class path from which what is optional is really missing. */
@Timeout(60)
class OptionalLibrariesTest {
    @TempDir
    Path directory;

    @Test
    void withoutReactorAndKotlinEverythingElseIsLocked() throws Exception {
        run("reactor-|reactive-streams|kotlin|rxjava|mutiny", "WithoutReactor");
    }

    @Test
    void withoutKotlinReactiveMethodsAreLocked() throws Exception {
        run("kotlin", "WithoutKotlin");
    }

    @Test
    void withoutTransactionsAndObservationsReactiveMethodsAreLocked() throws Exception {
        run("kotlin|spring-tx|micrometer|aspectj", "WithoutKotlin");
    }

    /** In a copy of all classes that knows nothing of those that are hidden. */
    private void run(String hidden, String application) throws Exception {
        Pattern pattern = Pattern.compile("(" + hidden + ").*\\.jar");
        URL[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(File::new)
                .filter(each -> !pattern.matcher(each.getName()).lookingAt())
                .map(OptionalLibrariesTest::url)
                .toArray(URL[]::new);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader without = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(without);
            Class<?> copy = without.loadClass(OptionalLibrariesTest.class.getName() + "$" + application);
            var main = copy.getDeclaredMethod("run", Path.class);
            main.setAccessible(true);
            main.invoke(null, directory);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static URL url(File file) {
        try {
            return file.toURI().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void start(
            Path directory,
            Class<?> service,
            ContextConsumer<? super org.springframework.boot.test.context.assertj.AssertableApplicationContext> test) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class, AopAutoConfiguration.class))
                .withPropertyValues("filelock.directory=" + directory)
                .withBean(service)
                .run(test);
    }

    private static boolean isFree(Path directory) {
        return CompletableFuture.supplyAsync(() -> {
                    try (LockRegistry neighbours =
                            LockRegistry.builder().directory(directory).build()) {
                        Optional<HeldLock> held = neighbours.lock("a").tryAcquire();
                        held.ifPresent(HeldLock::close);
                        return held.isPresent();
                    }
                })
                .join();
    }

    static class WithoutReactor {
        static void run(Path directory) {
            assertThatThrownBy(() -> Class.forName("reactor.core.publisher.Mono"))
                    .isInstanceOf(ClassNotFoundException.class);
            start(directory, Service.class, context -> {
                Service service = context.getBean(Service.class);
                assertThat(service.run(() -> isFree(directory))).isFalse();
                assertThat(service.skipping()).contains("ran");
                CompletableFuture<String> work = new CompletableFuture<>();
                CompletionStage<String> stage = service.stage(work);
                assertThat(isFree(directory)).isFalse();
                work.complete("done");
                assertThat(stage.toCompletableFuture()).isCompletedWithValue("done");
                assertThat(isFree(directory)).isTrue();
            });
            start(
                    directory,
                    Publishing.class,
                    context -> assertThat(context.getStartupFailure())
                            .isInstanceOf(FileLockMisuseException.class)
                            .hasMessageContaining(
                                    "Publisher, whose work is done when it is subscribed to, and to lock that takes "
                                            + "Reactor: add io.projectreactor:reactor-core"));
        }

        static class Service {
            @FileLocked("a")
            public boolean run(java.util.function.BooleanSupplier body) {
                return body.getAsBoolean();
            }

            @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
            public Optional<String> skipping() {
                return Optional.of("ran");
            }

            @FileLocked("a")
            public CompletionStage<String> stage(CompletionStage<String> work) {
                return work;
            }
        }

        static class Publishing {
            @FileLocked("a")
            public Flow.Publisher<String> run() {
                return subscriber -> {};
            }
        }
    }

    static class WithoutKotlin {
        static void run(Path directory) {
            assertThatThrownBy(() -> Class.forName("kotlin.Unit")).isInstanceOf(ClassNotFoundException.class);
            start(directory, Service.class, context -> {
                Mono<Boolean> mono = context.getBean(Service.class).run(x -> isFree(directory));
                assertThat(mono.block()).isFalse();
                assertThat(isFree(directory)).isTrue();
            });
        }

        static class Service {
            @FileLocked("a")
            public <T> Mono<T> run(Function<String, T> body) {
                return Mono.just("x").map(body);
            }
        }
    }
}
