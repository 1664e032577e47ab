package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLocks;
import dev.filelock.spring.FileLocked;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Settings that switch proxies off, or make them another way, must not switch a lock off. */
class SilentlySkippedTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unset=unset",
                "spring.aop.auto=false",
                "spring.aop.proxy-target-class=false",
                "spring.aop.proxy-target-class=true",
            })
    void theLockIsTakenWhateverAopIsSetTo(String setting) {
        runner(true, setting);
        runner(false, setting);
    }

    private void runner(boolean withAopAutoConfiguration, String setting) {
        ApplicationContextRunner runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FileLockAutoConfiguration.class))
                .withUserConfiguration(Application.class)
                .withPropertyValues("filelock.directory=" + directory, setting);
        if (withAopAutoConfiguration) {
            runner = runner.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class));
        }
        runner.run(context -> {
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

    static class OfClass {
        @FileLocked("of-class")
        public boolean locked() {
            return FileLocks.find().isPresent();
        }
    }

    interface Contract {
        boolean locked();
    }

    static class Implementation implements Contract {
        @Override
        @FileLocked("implementation")
        public boolean locked() {
            return FileLocks.find().isPresent();
        }
    }
}
