package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names that are no text in the encoding of file names, as listings have them, are told apart by their bytes. */
@EnabledOnOs(OS.LINUX)
class RawNamesTest {
    @TempDir
    Path directory;

    private Path named(String escaped) {
        return Path.of(URI.create(directory.toUri() + escaped));
    }

    @ParameterizedTest
    @EnumSource(
            value = LockBackend.class,
            names = {"NATIVE", "SOFT", "MARKER", "LEASE", "STRICT"})
    void twoNamesThatReadAlikeAreTwoLocks(LockBackend backend) throws Exception {
        FileLock one = FileLock.builder(named("%FE.lock")).backend(backend).build();
        FileLock other = FileLock.builder(named("%FF.lock")).backend(backend).build();
        try (HeldLock held = one.acquire();
                HeldLock beside = other.acquire()) {
            assertThat(held.isValid()).isTrue();
            assertThat(beside.isValid()).isTrue();
            assertThat(Files.exists(named("%FE.lock"))).isTrue();
            assertThat(Files.exists(named("%FF.lock"))).isTrue();
            try (Stream<Path> entries = Files.list(directory)) {
                assertThat(entries.map(entry -> entry.toUri().getRawPath()))
                        .allMatch(name -> name.contains("%FE") || name.contains("%FF"));
            }
        }
    }

    @Test
    void aNameThatReadsAsAnotherOneIsWrittenInAUriIsNoneOfIts() throws Exception {
        try (HeldLock raw = FileLock.of(named("%FE.lock")).acquire();
                HeldLock text = FileLock.of(directory.resolve("%FE.lock")).acquire()) {
            assertThat(raw.isValid()).isTrue();
            assertThat(text.isValid()).isTrue();
            assertThat(text.info().holdCount()).isOne();
            try (Stream<Path> entries = Files.list(directory)) {
                assertThat(entries).hasSize(2);
            }
        }
    }

    @Test
    void theCompanionOfADataFileHasTheBytesOfItsName() throws Exception {
        try (HeldLock held = FileLock.guarding(named("%FE")).acquire()) {
            assertThat(held.isValid()).isTrue();
            assertThat(Files.exists(named("%FE.lock"))).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = LockMode.class,
            names = {"READ", "WRITE"})
    void twoNamesThatReadAlikeAreTwoGenerationLogs(LockMode mode) throws Exception {
        for (String name : new String[] {"%FE.lock", "%FF.lock"}) {
            ReadWriteFileLock lock = ReadWriteFileLock.builder(named(name))
                    .backend(LockBackend.GENERATION)
                    .build();
            try (HeldLock held = (mode == LockMode.READ ? lock.readLock() : lock.writeLock()).acquire()) {
                assertThat(held.isValid()).isTrue();
                assertThat(Files.isDirectory(named(name + ".rw"))).isTrue();
            }
        }
    }
}
