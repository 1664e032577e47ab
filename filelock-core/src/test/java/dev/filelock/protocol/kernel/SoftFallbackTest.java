package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.file;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a file system has no kernel locks, NATIVE becomes SOFT or fails, as the user chose; no other error makes it so. */
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "Windows has its kernel lock on every file system")
class SoftFallbackTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    @Test
    void fallsBackToSoftWithOneWarningWhereTheKernelHasNoLocks() throws IOException {
        WithoutKernelLocks files = new WithoutKernelLocks(OsError.NOT_IMPLEMENTED);
        KernelProtocol protocol = Kernel.protocol(files);
        LockFile file = protocol.open(path, LockOptions.defaults());
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            Grant grant = tryOnce(file);
            assertThat(grant.backend()).isEqualTo(LockBackend.SOFT);
            assertThat(path).hasContent("soft");
            assertThat(file.holders())
                    .singleElement()
                    .satisfies(holder -> assertThat(holder.process()).isEqualTo("soft"));
            assertThat(file.forgettable()).isFalse();
            assertThat(tryOnce(file)).isNull();
            grant.release();
            assertThat(directory).isEmptyDirectory();

            Path other = directory.resolve("other.lock");
            assertThat(tryOnce(protocol.open(other, LockOptions.defaults())).backend())
                    .isEqualTo(LockBackend.SOFT);
            assertThat(files.locks).as("the device is known by now").hasValue(1);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains(
                            path.toString(),
                            "fallbackToSoft",
                            Files.getFileStore(directory).type());
        }
    }

    @Test
    void waitsForASoftHolderWhereTheKernelHasNoLocks() throws IOException {
        Files.writeString(path, "4711\nbuild-3\n");
        Attempt attempt =
                file(path, new WithoutKernelLocks(OsError.NOT_IMPLEMENTED)).attempt(LockMode.EXCLUSIVE);
        assertThat(attempt.poll(Patience.NONE)).isNull();
        assertThat(path).hasContent("4711\nbuild-3\n");
        Files.delete(path);
        assertThat(attempt.poll(Patience.NONE).backend()).isEqualTo(LockBackend.SOFT);
    }

    @Test
    void leavesAnEmptyFileThatItDidNotCreateToTheSoftLock() throws IOException {
        Files.createFile(path);
        assertThat(tryOnce(file(path, new WithoutKernelLocks(OsError.NOT_IMPLEMENTED))))
                .isNull();
        assertThat(path).isEmptyFile();
    }

    @Test
    void leavesAFileThatReplacedItsOwnToTheSoftLock() throws IOException {
        OsFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.startsWith("flock")) {
                    Files.move(path, directory.resolve("renamed"));
                    Files.createFile(path);
                    throw failure(OsError.NOT_IMPLEMENTED);
                }
            }
        };
        assertThat(tryOnce(file(path, files))).isNull();
        assertThat(path).isEmptyFile();
    }

    @Test
    void failsClosedWhereNoFallbackIsAllowed() throws IOException {
        KernelProtocol protocol = Kernel.protocol(new WithoutKernelLocks(OsError.NOT_IMPLEMENTED));
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(protocol.open(path, Kernel.NO_FALLBACK)))
                .withMessageContaining(path.toString())
                .withMessageContaining(Files.getFileStore(directory).type())
                .withMessageContaining("fallbackToSoft is false")
                .withMessageContaining("SOFT");
        assertThat(directory).isEmptyDirectory();

        tryOnce(protocol.open(directory.resolve("other.lock"), LockOptions.defaults()));
        assertThatExceptionOfType(FileLockException.class)
                .as("though another lock fell back on this device")
                .isThrownBy(() -> tryOnce(protocol.open(path, Kernel.NO_FALLBACK)));
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_SUPPORTED", "NO_LOCKS", "INPUT_OUTPUT", "STALE", "OTHER"})
    void neverFallsBackForAnErrorThatMayPass(OsError error) throws IOException {
        WithoutKernelLocks files = new WithoutKernelLocks(error);
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(file(path, files)))
                .withMessageContaining(path.toString())
                .withMessageContaining(Files.getFileStore(directory).type())
                .withMessageContaining("SOFT");
        assertThat(path).isEmptyFile();
    }

    private static final class WithoutKernelLocks extends TamperedFiles {
        private final OsError error;
        private final AtomicInteger locks = new AtomicInteger();

        WithoutKernelLocks(OsError error) {
            this.error = error;
        }

        @Override
        public void before(String call, Path path) throws IOException {
            if (call.startsWith("flock")) {
                locks.incrementAndGet();
                throw failure(error);
            }
        }
    }
}
