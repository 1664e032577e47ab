package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.file;
import static dev.filelock.protocol.kernel.Kernel.isFree;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.NativeAccessException;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.FailingDisk;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.OpenDescriptors;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** NATIVE is {@code flock(2)} on the file that the path names, and touches nothing else. */
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "there is no flock on Windows; see RangeLockTest")
class KernelLockTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    // ---- the file

    @Test
    void isHeldByOneUntilReleased() throws IOException {
        Grant grant = tryOnce(file(path));

        assertThat(grant).isNotNull();
        assertThat(grant.backend()).isEqualTo(LockBackend.NATIVE);
        assertThat(grant.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        assertThat(isFree(path)).isFalse();

        grant.release();

        assertThat(isFree(path)).isTrue();
    }

    @Test
    void leavesTheSameEmptyFileBehind() throws IOException {
        Grant first = tryOnce(file(path));
        first.release();
        assertThat(path).isEmptyFile();

        Grant second = tryOnce(file(path));
        assertThat(second.identity()).isEqualTo(first.identity());
        second.release();
    }

    @Test
    void touchesNoDiskBeforeTheFirstTry() {
        KernelProtocol protocol = Kernel.protocol((Supplier<OsFiles>) () -> {
            throw new AssertionError("linked too early");
        });
        LockFile file = protocol.open(path, LockOptions.defaults());
        Attempt attempt = file.attempt(LockMode.EXCLUSIVE);

        assertThat(attempt.watches()).containsExactly(new Watch(path, Watch.Kind.LOCKED_FILE));
        assertThat(file.forgettable()).isTrue();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void createsMissingDirectories() throws IOException {
        path = directory.resolve("a/b/c/x.lock");
        tryOnce(file(path)).release();
        assertThat(path).isEmptyFile();
    }

    @Test
    void worksUnderAnInterruptedThreadAndKeepsTheInterrupt() throws IOException {
        Thread.currentThread().interrupt();
        try {
            Grant grant = tryOnce(file(path));
            grant.ensureValid();
            grant.release();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    // ---- what is in the file is its owner's

    @Test
    void aLosingTryLeavesContentAndPermissionsAlone() throws IOException {
        Files.writeString(path, "the holder's");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
        LockOptions options = LockOptions.builder()
                .filePermissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                .build();
        try (ChildProcess holder = Kernel.flockHolder(path)) {
            assertThat(tryOnce(file(path, options))).isNull();
        }
        assertThat(path).hasContent("the holder's");
        assertThat(permissions()).isEqualTo("rw-r-----");
    }

    @Test
    void aWinnerLeavesContentAloneAndWarnsOnce() throws IOException {
        Files.writeString(path, "name,amount\n");
        KernelProtocol protocol = Kernel.protocol();
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            for (int i = 0; i < 3; i++) {
                tryOnce(protocol.open(path, LockOptions.defaults())).release();
            }
            assertThat(log.warnings()).singleElement().asString().contains(path.toString(), "12 bytes", "guarding");
        }
        assertThat(path).hasContent("name,amount\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4711~build-3~                                  | the marker of a SOFT lock",
                "4711~build-3~291749~                           | the marker of a SOFT lock",
                "filelock/2~pid=5~host=build-3~mode=exclusive~  | the record of a MARKER or LEASE lock",
                "1~filelock-strict-v1^~0~                      | the sentinel of a STRICT lock",
                "SQLite format 3^                               | an SQLite database"
            })
    void anotherBackendsRecordIsRefusedByName(String lines, String name) throws IOException {
        String content = lines.replace('~', '\n').replace('^', '\0');
        Files.writeString(path, content);

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(file(path)))
                .withMessageContaining(path + " holds " + name)
                .satisfies(e -> assertThat(e.path()).isEqualTo(path));
        assertThat(Files.readString(path)).isEqualTo(content);
        assertNobodyHolds();
    }

    @Test
    void recognisesARecordWrittenSinceTheFileWasOpened() throws IOException {
        try (ChildProcess holder = Kernel.flockHolder(path)) {
            Attempt waiter = file(path).attempt(LockMode.EXCLUSIVE);
            assertThat(waiter.poll(Patience.NONE)).isNull();
            Files.writeString(path, "4711\nbuild-3\n");
            assertThat(waiter.poll(Patience.NONE))
                    .as("held by flock, whatever is written there")
                    .isNull();
            holder.kill();
            assertThatExceptionOfType(LockProtocolException.class).isThrownBy(() -> waiter.poll(Patience.NONE));
        }
        assertNobodyHolds();
    }

    // ---- what is no lock file is refused at once

    @Test
    void refusesASymbolicLinkAndLeavesItsTargetAlone() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "precious");
        Files.createSymbolicLink(path, target);
        assertRefused("is a symbolic link");
        assertThat(target).hasContent("precious");
        assertThat(path).isSymbolicLink();
    }

    @Test
    void refusesADanglingSymbolicLinkAndCreatesNothing() throws IOException {
        Files.createSymbolicLink(path, directory.resolve("nowhere"));
        assertRefused("is a symbolic link");
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void refusesADirectory() throws IOException {
        Files.createDirectory(path);
        assertRefused("is a directory");
        assertThat(path).isEmptyDirectory();
    }

    @Test
    void refusesAFifoWithoutWaitingForItsOtherEnd() {
        makeFifo();
        assertRefused("is not a regular file");
    }

    private void makeFifo() {
        try (ChildProcess mkfifo = ChildProcess.start("mkfifo", path.toString())) {
            mkfifo.expectSuccess();
        }
    }

    @Test
    void refusesASocket() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            assertRefused("is a socket, a FIFO or a device");
        }
    }

    @Test
    void refusesADevice() {
        path = Path.of("/dev/null");
        assertRefused("is not a regular file");
    }

    private void assertRefused(String why) {
        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(file(path)))
                .withMessageStartingWith(path + " " + why);
    }

    @Test
    void refusesADirectoryThatCanNotBeCreated() throws IOException {
        Files.writeString(directory.resolve("data"), "precious");
        path = directory.resolve("data/locks/x.lock");
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(file(path)))
                .withMessageContaining(path.toString())
                .withMessageContaining("a file where a directory is needed");
        assertThat(directory.resolve("data")).hasContent("precious");
    }

    @Test
    void refusesANameThatIsTooLong() {
        path = directory.resolve("x".repeat(300));
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(file(path)))
                .withMessageContaining("choose a shorter name");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void givesUpWhereNoFileCanBeCreatedThoughTheDirectoryIsThere() throws IOException {
        path = Path.of("/proc/x.lock");
        Attempt attempt = file(path).attempt(LockMode.EXCLUSIVE);
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> {
                    for (int i = 0; i < 10; i++) {
                        assertThat(attempt.poll(Patience.NONE)).isNull();
                    }
                })
                .withMessageContaining("files can't be created in /proc");
    }

    // ---- the locked file is the one the path names

    @Test
    void startsAgainIfTheFileWasDeletedBetweenOpeningAndLockingIt() throws IOException {
        AtomicInteger locks = new AtomicInteger();
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("flock to write") && locks.incrementAndGet() == 1) {
                    Files.delete(path);
                }
            }
        }));
        assertThat(locks).hasValue(2);
        assertThat(grant.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        grant.release();
    }

    @Test
    void startsAgainIfTheFileWasReplacedBetweenOpeningAndLockingIt() throws IOException {
        AtomicInteger locks = new AtomicInteger();
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("flock to write") && locks.incrementAndGet() == 1) {
                    Files.move(path, directory.resolve("renamed"));
                    Files.createFile(path);
                }
            }
        }));
        assertThat(grant.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        assertThat(isFree(directory.resolve("renamed"))).isTrue();
        grant.release();
    }

    @Test
    void countsAFileThatIsReplacedEachTimeAsHeld() throws IOException {
        assertThat(tryOnce(file(path, new TamperedFiles() {
                    @Override
                    public void before(String call, Path path) throws IOException {
                        if (call.equals("flock to write")) {
                            Files.delete(path);
                        }
                    }
                })))
                .isNull();
    }

    @Test
    void aWaiterCanNotEndUpOnAnotherFileThanTheNextHolder() throws IOException {
        Grant first = tryOnce(file(path));
        Attempt waiter = file(path).attempt(LockMode.EXCLUSIVE);
        assertThat(waiter.poll(Patience.NONE)).isNull();
        first.release();
        Grant second = tryOnce(file(path));
        assertThat(waiter.poll(Patience.NONE)).isNull();

        // A peer that deletes on release, as Python's filelock did until 3.29.4.
        Files.delete(path);
        second.release();
        Grant third = waiter.poll(Patience.NONE);
        assertThat(third.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        third.ensureValid();
        third.release();
    }

    @Test
    void opensTheFileOncePerWait() throws IOException {
        AtomicInteger opens = new AtomicInteger();
        Attempt waiter = file(path, new TamperedFiles() {
                    @Override
                    public void before(String call, Path path) {
                        if (call.startsWith("open") || call.equals("create")) {
                            opens.incrementAndGet();
                        }
                    }
                })
                .attempt(LockMode.EXCLUSIVE);
        Grant holder = tryOnce(file(path));
        for (int i = 0; i < 20; i++) {
            assertThat(waiter.poll(Patience.NONE)).isNull();
        }
        assertThat(opens).hasValue(1);

        Files.move(path, directory.resolve("renamed"));
        Grant next = tryOnce(file(path));
        assertThat(waiter.poll(Patience.NONE)).isNull();
        assertThat(opens).hasValue(2);

        holder.release();
        next.release();
        waiter.poll(Patience.NONE).release();
        assertThat(opens).hasValue(2);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoDescriptorOpen() throws IOException {
        tryOnce(file(path)).release();
        Grant holder = tryOnce(file(path));
        for (int i = 0; i < 20; i++) {
            assertThat(tryOnce(file(path))).isNull();
        }
        holder.release();
        Files.writeString(path, "SQLite format 3\0");
        for (int i = 0; i < 20; i++) {
            assertThatExceptionOfType(LockProtocolException.class)
                    .isThrownBy(() -> file(path).attempt(LockMode.EXCLUSIVE).poll(Patience.NONE));
        }
        assertThat(OpenDescriptors.in(path)).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoDescriptorOpenWhicheverCallFails() throws IOException {
        assertNothingStaysOpen(() -> Files.deleteIfExists(path));
        assertNothingStaysOpen(() -> Files.writeString(path, "SQLite format 3\0"));
        assertNothingStaysOpen(() -> Files.writeString(path, "name,amount\n"));
        Files.delete(path);
        Grant held = tryOnce(file(path));
        assertNothingStaysOpen(() -> assertThat(path).exists());
        held.release();
        Files.delete(path);
        makeFifo();
        assertNothingStaysOpen(() -> assertThat(path).exists());
    }

    private void assertNothingStaysOpen(FailingDisk.Step scene) throws IOException {
        FailingDisk.assertThatNothingStaysOpen(directory, scene, LockMode.EXCLUSIVE, files -> file(path, files));
    }

    @Test
    void knowsThatItsFileWasDeletedOrReplaced() throws IOException {
        Grant grant = tryOnce(file(path));
        grant.ensureValid();

        Files.move(path, directory.resolve("renamed"));
        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(grant::ensureValid)
                .withMessageContaining(path + " was deleted");
        Files.createFile(path);
        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(grant::ensureValid)
                .withMessageContaining(path + " was replaced by another file");

        Files.move(directory.resolve("renamed"), path, StandardCopyOption.REPLACE_EXISTING);
        grant.ensureValid();
        grant.release();
    }

    // ---- shared places

    @Test
    void locksForReadingWhatItMayNotWrite() throws IOException {
        Files.createFile(path);
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (!call.equals("open") && (call.startsWith("open") || call.equals("create"))) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        }));
        assertThat(isFree(path)).isFalse();
        grant.release();
    }

    @Test
    void createsWhatVanishedWhileItMightNotBeWritten() throws IOException {
        Files.createFile(path);
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("open to write") && Files.deleteIfExists(path)) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        }));
        assertThat(grant).isNotNull();
        grant.release();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void locksAnotherUsersFileInAStickyDirectory() throws IOException {
        Assumptions.assumeTrue(
                (int) Files.getAttribute(directory, "unix:uid") == 0,
                "only root can give files away, and fs.protected_regular applies to root as well");
        Files.createFile(path);
        try (ChildProcess chmod = ChildProcess.start("chmod", "1777", directory.toString());
                ChildProcess chown = ChildProcess.start("chown", "12345", path.toString())) {
            chmod.expectSuccess();
            chown.expectSuccess();
        }
        tryOnce(file(path)).release();
    }

    @Test
    void namesOwnerAndPermissionsOfAFileItMayNotOpen() throws IOException {
        Files.createFile(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        OsFiles denying = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.startsWith("open")) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(file(path, denying)))
                .withMessageContaining(path.toString())
                .withMessageContaining("user id " + Files.getAttribute(path, "unix:uid"))
                .withMessageContaining("permissions 0600");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ACCESS_DENIED  | let this user write the directory",
                "READ_ONLY      | choose a directory that can",
                "NO_SPACE       | make room",
                "TOO_MANY_FILES | ulimit -n",
                "STALE          | the file system is"
            })
    void saysWhatToDoWhereItCanNotCreate(OsError error, String advice) {
        OsFiles denying = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("create")) {
                    throw failure(error);
                }
            }
        };
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(file(path, denying)))
                .withMessageContaining(path.toString())
                .withMessageContaining(advice);
    }

    @Test
    void waitsOutALookupThatLostARaceWithACreation() throws IOException {
        AtomicInteger failures = new AtomicInteger();
        OsFiles fuse = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("create") && failures.incrementAndGet() <= 6) {
                    throw failure(OsError.NOT_FOUND);
                }
            }
        };
        Attempt attempt = file(path, fuse).attempt(LockMode.EXCLUSIVE);
        assertThat(attempt.poll(Patience.NONE)).isNull();
        attempt.poll(Patience.NONE).release();
    }

    // ---- permissions

    @Test
    void letsTheUmaskDecide() throws IOException {
        tryOnce(file(path)).release();
        Path reference = directory.resolve("reference");
        try (ChildProcess touch = ChildProcess.start("touch", reference.toString())) {
            touch.expectSuccess();
        }
        assertThat(permissions()).isEqualTo(PosixFilePermissions.toString(Files.getPosixFilePermissions(reference)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-rw-", "rw-------", "rwxr-x--x"})
    void setsExactlyThePermissionsAskedFor(String wanted) throws IOException {
        LockOptions options = LockOptions.builder()
                .filePermissions(PosixFilePermissions.fromString(wanted))
                .build();
        tryOnce(file(path, options)).release();
        assertThat(permissions()).isEqualTo(wanted);

        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
        tryOnce(file(path, options)).release();
        assertThat(permissions()).isEqualTo(wanted);
    }

    @Test
    void locksAllTheSameWhatBelongsToAnotherUser() throws IOException {
        Files.createFile(path);
        tryOnce(withPermissions(OsError.ACCESS_DENIED)).release();
    }

    @Test
    void releasesWhatItCouldNotSetThePermissionsOf() throws IOException {
        Files.createFile(path);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> withPermissions(OsError.INPUT_OUTPUT)
                        .attempt(LockMode.EXCLUSIVE)
                        .poll(Patience.NONE));
        assertThat(isFree(path)).isTrue();
    }

    private LockFile withPermissions(OsError error) {
        OsFiles failing = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("fchmod")) {
                    throw failure(error);
                }
            }
        };
        return Kernel.protocol(failing)
                .open(
                        path,
                        LockOptions.builder()
                                .filePermissions(PosixFilePermissions.fromString("rwxrwxrwx"))
                                .build());
    }

    private String permissions() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    // ---- release

    @Test
    void closesToReleaseWhereUnlockingFails() throws IOException {
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("unlock")) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        }));
        grant.release();
        assertThat(isFree(path)).isTrue();
    }

    @Test
    void takesAFailedCloseForAReleaseAllTheSame() throws IOException {
        Grant grant = tryOnce(file(path, new TamperedFiles() {
            @Override
            public void closed(Path path) throws IOException {
                throw failure(OsError.INPUT_OUTPUT);
            }
        }));
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            grant.release();
            assertThat(log.warnings()).isEmpty();
        }
        assertThat(isFree(path)).isTrue();
    }

    // ---- native access

    @Test
    void passesOnHowToMendMissingNativeAccess() {
        KernelProtocol protocol = Kernel.protocol((Supplier<OsFiles>) () -> {
            throw new NativeAccessException("start the JVM with -Dsomething", new UnsatisfiedLinkError());
        });
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(protocol.open(path, LockOptions.defaults())))
                .withMessage(path + " can't be locked: start the JVM with -Dsomething");
    }

    // ---- who has it

    @Test
    @EnabledOnOs(OS.LINUX)
    void namesThisProcessAndOthersAsHolders() throws IOException {
        LockFile file = file(path);
        assertThat(file.holders()).isEmpty();

        Grant grant = tryOnce(file);
        assertThat(file.holders()).singleElement().satisfies(holder -> {
            assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(holder.process()).startsWith("java");
        });
        grant.release();

        try (ChildProcess holder = Kernel.flockHolder(path)) {
            assertThat(file.holders()).singleElement().satisfies(found -> {
                assertThat(found.pid()).isEqualTo(holder.pid());
                assertThat(found.process()).isEqualTo("flock");
            });
        }
        assertThat(file.holders()).isEmpty();
        assertThat(file(directory.resolve("absent")).holders()).isEmpty();
    }

    private void assertNobodyHolds() throws IOException {
        try (ChildProcess flock = ChildProcess.start("flock", "-n", path.toString(), "true")) {
            flock.expectSuccess();
        }
    }
}
