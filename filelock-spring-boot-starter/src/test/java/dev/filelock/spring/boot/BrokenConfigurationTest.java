package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.LockDirectoryException;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A configuration that can't work ends the start with a text that says where it stands and what to write instead. */
@ExtendWith(OutputCaptureExtension.class)
class BrokenConfigurationTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            timeout: 10                    | filelock.timeout            | 10        | '10' has no unit; write 10s
            timeout: soon                  | filelock.timeout            | soon      | is not a duration; write it like 10s
            poll-interval: 0               | filelock.poll-interval      | 0         | is not greater than zero
            timeout: -5s                   | filelock.timeout            | -5s       | '-5s' is negative; write -1 for no limit
            poll-interval: -5s             | filelock.poll-interval      | -5s       | is negative
            poll-interval: -1              | filelock.poll-interval      | -1        | is not greater than zero
            backend: flock                 | filelock.backend            | flock     | SQLITE
            backend: sqlite                | filelock.backend            | sqlite    | has no mode EXCLUSIVE
            read-write-backend: native     | filelock.read-write-backend | native    | has no mode READ
            native-access: maybe           | filelock.native-access      | maybe     | RANGE_LOCK
            misuse: ignore                 | filelock.misuse             | ignore    | WARN
            file-permissions: everyone     | filelock.file-permissions   | everyone  | write rw-rw----, or "0660" in quotes
            file-permissions: 0660         | filelock.file-permissions   | 432       | write rw-rw----, or "0660" in quotes
            file-permissions: r--r--r--    | filelock.file-permissions   | r--r--r-- | must let the owner read and write
            directory: ' '                 | filelock.directory          | ` `       | it is blank; name a directory
            lease: {duration: 0}           | filelock.lease.duration     | 0         | is not greater than zero and at most 365 days
            lease: {duration: 400d}        | filelock.lease.duration     | 400d      | is not greater than zero and at most 365 days
            lease: {heartbeat: 31s}        | filelock.lease.heartbeat    | 31s       | is not less than the lease duration PT30S
            lease: {heartbeat: 0}          | filelock.lease.heartbeat    | 0         | is shorter than a millisecond
            generation: {heartbeat: 0}     | filelock.generation.heartbeat         | 0    | is not between a millisecond and 365 days
            generation: {stale-threshold: 30s}  | filelock.generation.stale-threshold | 30s | is not longer than the generation heartbeat PT30S
            generation: {stale-threshold: 400d} | filelock.generation.stale-threshold | 400d | at most 365 days
            transactions: {max-wait: -1}   | filelock.transactions.max-wait        | -1 | must be greater than zero
            directories: {nfs: {path: ''}} | filelock.directories.nfs.path         | `` | it is blank; name a directory
            directories: {nfs: {path: x, backend: sqlite}}  | filelock.directories.nfs.backend | sqlite | has no mode EXCLUSIVE
            directories: {nfs: {path: x, lease: {duration: 1ms}}} | filelock.directories.nfs.lease.duration | 1ms | is not less than
            directories: {nfs: {path: x, generation: {stale-threshold: 1s}}} | filelock.directories.nfs.generation.stale-threshold | 1s | is not longer than
            directories: {nfs: {path: x, timeout: 5}}       | filelock.directories.nfs.timeout | 5      | '5' has no unit
            """)
    void aBadValueIsNamedWithItsOriginAndTheWayOut(
            String yaml, String property, String value, String reason, CapturedOutput output) throws IOException {
        assertThatThrownBy(() -> start(yaml)).isNotNull();

        assertThat(output.toString())
                .contains("APPLICATION FAILED TO START")
                .contains("Property: " + property + "\n")
                .contains("Value: \"" + (value == null ? "" : value) + "\"\n")
                .containsPattern("Origin: .*application\\.yml.* - 2:\\d+")
                .contains("Reason: ")
                .contains(reason)
                .contains("Action:");
    }

    @Test
    void aDirectoryWithoutAPathIsNamed(CapturedOutput output) {
        assertThatThrownBy(() -> start("directories: {nfs: {timeout: 5s}}")).isNotNull();

        assertThat(output.toString())
                .contains("Property: filelock.directories.nfs.path\n")
                .contains("a named lock directory needs a path")
                .contains("Correct the property filelock.directories.nfs.path.");
    }

    @Test
    void misuseIsListedWithTheWayOut(CapturedOutput output) {
        assertThatThrownBy(() -> start("timeout: 10s", WithMisuse.class)).isNotNull();

        assertThat(output.toString())
                .contains("APPLICATION FAILED TO START")
                .contains("@FileLocked can't work here:")
                .contains("hidden")
                .contains("filelock.misuse=warn");
    }

    @Test
    void aDirectoryThatCanNotBeUsedIsNamedWithItsOriginOnFirstUse(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        String yaml = "directory: " + file.resolve("locks");

        assertThat(start(yaml)).isTrue(); // who never locks never needs it
        assertThatThrownBy(() -> start(yaml, LocksAtStart.class))
                .hasRootCauseInstanceOf(IOException.class)
                .hasStackTraceContaining(LockDirectoryException.class.getName());

        assertThat(output.toString())
                .contains("APPLICATION FAILED TO START")
                .contains("lock directory " + file.resolve("locks") + ", chosen by property filelock.directory (")
                .containsPattern("application\\.yml.* - 2:\\d+\\), can't be used or created")
                .containsPattern(
                        "Let the user that runs this application use .*, or correct property filelock\\.directory");
    }

    @Test
    void aNamedDirectoryThatCanNotBeUsedIsNamedWithItsOriginToo(CapturedOutput output) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> start("directories: {shared: {path: " + file + "}}", LocksSharedAtStart.class))
                .isNotNull();

        assertThat(output.toString()).contains(", chosen by property filelock.directories.shared.path (");
    }

    @Test
    void aGoodConfigurationStarts() throws IOException {
        start("timeout: 10s");
        assertThat(start("{timeout: 0, log-waiting-after: -1, file-permissions: '0660'}"))
                .isTrue();
    }

    private boolean start(String yaml, Class<?>... more) throws IOException {
        Path file = directory.resolve("application.yml");
        Files.writeString(file, "filelock:\n  " + yaml + "\n");
        SpringApplication application = new SpringApplicationBuilder(App.class)
                .sources(more)
                .web(WebApplicationType.NONE)
                .build();
        try (var context = application.run("--spring.config.location=" + file.toUri())) {
            return context.isActive();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(FileLockAutoConfiguration.class)
    static class App {}

    @Configuration(proxyBeanMethods = false)
    static class WithMisuse {
        @Bean
        Misused misused() {
            return new Misused();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LocksAtStart {
        @Bean
        InitializingBean migration(LockRegistry locks) {
            return () -> locks.lock("migration").acquire().close();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LocksSharedAtStart {
        @Bean
        InitializingBean migration(LockRegistry locks) {
            return () -> locks.directory("shared").lock("migration").acquire().close();
        }
    }

    static class Misused {
        @FileLocked("job")
        private void hidden() {}
    }
}
