package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLocks;
import dev.filelock.spring.FileLocked;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Settings that switch proxies off, or make them another way, must not switch a lock off. */
class SilentlySkippedTest {
    @TempDir
    Path directory;

    /** Which of them registers a creator of proxies, and which one, is Spring Boot's decision; without one there is no lock. */
    static Stream<Arguments> surroundings() {
        List<String> settings = List.of(
                "unset=unset",
                "spring.aop.auto=false",
                "spring.aop.proxy-target-class=false",
                "spring.aop.proxy-target-class=true");
        return settings.stream()
                .flatMap(setting -> Stream.of(true, false)
                        .flatMap(configured ->
                                Stream.of(true, false).map(aspectJ -> Arguments.of(setting, configured, aspectJ))));
    }

    @ParameterizedTest(name = "{0}, AopAutoConfiguration: {1}, AspectJ: {2}")
    @MethodSource("surroundings")
    void theLockIsTakenWhateverAopIsSetTo(String setting, boolean aopAutoConfiguration, boolean aspectJ) {
        ApplicationContextRunner runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                .withUserConfiguration(Application.class)
                .withPropertyValues("filelock.directory=" + directory, setting);
        if (aopAutoConfiguration) {
            runner = runner.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class));
        }
        if (!aspectJ) {
            runner = runner.withClassLoader(new FilteredClassLoader("org.aspectj"));
        }
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(OfClass.class).locked()).as("of a class").isTrue();
            assertThat(context.getBean(Contract.class).locked())
                    .as("through an interface")
                    .isTrue();
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {
        @Bean
        OfClass ofClass() {
            return new OfClass();
        }

        @Bean
        Contract contract() {
            return new Implementation();
        }
    }

    // These are public, since the proxies of a run without AspectJ are of another class loader.

    public static class OfClass {
        @FileLocked("of-class")
        public boolean locked() {
            return FileLocks.find().isPresent();
        }
    }

    public interface Contract {
        boolean locked();
    }

    public static class Implementation implements Contract {
        @Override
        @FileLocked("implementation")
        public boolean locked() {
            return FileLocks.find().isPresent();
        }
    }
}
