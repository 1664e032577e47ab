package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.DEAD_PID;
import static dev.filelock.protocol.marker.Markers.HERE;
import static dev.filelock.protocol.marker.Markers.aged;
import static dev.filelock.protocol.marker.Markers.marker;
import static dev.filelock.protocol.marker.Markers.names;
import static dev.filelock.protocol.marker.Markers.put;
import static dev.filelock.protocol.marker.Markers.soft;
import static dev.filelock.protocol.marker.Markers.tryOnce;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.FailingDisk;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SOFT is the existence of a complete marker, and touches nothing that is not one. */
class SoftLockTest {
    private static final Duration OLD = Duration.ofSeconds(3);
    /** Not written until in a minute, so that it does not grow old on a machine that stands still. */
    private static final Duration FRESH = Duration.ofMinutes(-1);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    // ---- the marker is complete, or the acquisition did not happen

    @Test
    void theMarkerNamesThisProcess() throws IOException {
        Grant grant = tryOnce(soft(path));

        long pid = ProcessHandle.current().pid();
        assertThat(grant).isNotNull();
        assertThat(Files.readAllBytes(path))
                .isEqualTo(Markers.record(pid, HERE, Processes.system().startToken(pid))
                        .toBytes());
        assertThat(grant.backend()).isEqualTo(LockBackend.SOFT);
        assertThat(grant.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        grant.ensureValid();

        grant.release();

        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aHeldLockIsRefusedToEveryOtherObjectOfThisProcess() throws IOException {
        LockFile lock = soft(path);
        Grant grant = tryOnce(lock);

        assertThat(tryOnce(lock)).isNull();
        assertThat(tryOnce(soft(path))).as("as another class loader's copy").isNull();
        assertThat(Files.exists(path)).isTrue();

        grant.release();
        tryOnce(soft(path)).release();
    }

    @Test
    void aMarkerOfThisProcessThatNobodyHereMadeIsHeld() throws IOException {
        long pid = ProcessHandle.current().pid();
        marker(path, pid, HERE, Processes.system().startToken(pid));
        aged(path, Duration.ofDays(1));

        assertThat(tryOnce(soft(path))).isNull();
        assertThat(Files.exists(path)).isTrue();
    }

    @Test
    void failingToWriteRollsTheAcquisitionBack() {
        OsFiles full = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("write")) {
                    throw failure(OsError.NO_SPACE);
                }
            }
        };

        assertThatExceptionOfType(OsException.class)
                .isThrownBy(() -> tryOnce(soft(path, full)))
                .satisfies(e -> assertThat(e.error()).isEqualTo(OsError.NO_SPACE));
        assertThat(path).doesNotExist();
    }

    @Test
    void aShortWriteRollsTheAcquisitionBack() {
        OsFiles torn = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("write")) {
                    Files.writeString(path, "47");
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        };

        assertThatExceptionOfType(OsException.class).isThrownBy(() -> tryOnce(soft(path, torn)));
        assertThat(path).doesNotExist();
    }

    @Test
    void rollingBackSparesAReplacement() throws IOException {
        OsFiles replacing = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("write")) {
                    Files.move(path, directory.resolve("ours"));
                    Files.writeString(path, "successor");
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        };

        assertThatExceptionOfType(OsException.class).isThrownBy(() -> tryOnce(soft(path, replacing)));
        assertThat(path).hasContent("successor");
    }

    /** It names a live process, so nobody else ever takes it away: whoever made it has to, as soon as that can be done. */
    @Test
    void aMarkerThatIsNoLockIsTakenBackEvenIfThatFailsAtFirst() throws IOException {
        AtomicBoolean broken = new AtomicBoolean();
        AtomicInteger untilBroken = new AtomicInteger();
        OsFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (broken.get() && untilBroken.getAndDecrement() <= 0) {
                    throw failure(OsError.READ_ONLY); // from now on, for everything
                }
            }
        };
        LockOptions options =
                LockOptions.builder().filePermissions(fromString("rw-rw-rw-")).build();
        int stranded = 0;
        for (LockProtocol protocol : List.of(
                MarkerProtocol.soft(() -> files, new ProcessesAsSeen(), Time.system()),
                MarkerProtocol.marker(() -> files, new ProcessesAsSeen(), Time.system()),
                MarkerProtocol.lease(() -> files, new ProcessesAsSeen(), Time.system(), new HeartbeatsByHand()))) {
            Grant grant = null;
            for (int calls = 0; grant == null; calls++) {
                Attempt attempt = protocol.open(path, options).attempt(LockMode.EXCLUSIVE);
                untilBroken.set(calls);
                broken.set(true);
                try {
                    grant = attempt.poll(Patience.NONE);
                } catch (OsException e) {
                    stranded += Files.exists(path) ? 1 : 0;
                }
                broken.set(false);
                attempt.abandon();
                if (calls == 1) { // without its identity it can't be told whose it is; empty as it is, it heals
                    assertThat(path).isEmptyFile();
                    Files.delete(path);
                } else if (grant == null) {
                    assertThat(path).doesNotExist();
                }
            }
            grant.release();
        }
        assertThat(stranded).isGreaterThanOrEqualTo(6);
    }

    @Test
    void anAttemptThatGoesOnTakesBackItsMarkerFirst() throws IOException {
        AtomicBoolean broken = new AtomicBoolean(true);
        Attempt attempt = soft(path, new TamperedFiles() {
                    @Override
                    public void before(String call, Path path) throws IOException {
                        if (broken.get() && !call.equals("create") && !call.equals("fstat")) {
                            throw failure(OsError.READ_ONLY);
                        }
                    }
                })
                .attempt(LockMode.EXCLUSIVE);
        assertThatExceptionOfType(OsException.class).isThrownBy(() -> attempt.poll(Patience.NONE));
        assertThat(path).exists();
        broken.set(false);
        Grant grant = attempt.poll(Patience.NONE);
        assertThat(grant).isNotNull();
        grant.ensureValid();
        grant.release();
        assertThat(path).doesNotExist();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingStaysOpenWhicheverCallFails() throws IOException {
        assertNothingStaysOpen(() -> Files.deleteIfExists(path));
        assertNothingStaysOpen(() -> marker(path, DEAD_PID, HERE, null));
        Grant held = Objects.requireNonNull(tryOnce(soft(path)));
        assertNothingStaysOpen(held::ensureValid);
        held.release();
    }

    /** Deletes the file at the first call of that name. */
    private OsFiles deletingBefore(String deletion, AtomicBoolean armed) {
        return new TamperedFiles() {
            @Override
            public void before(String call, Path there) throws IOException {
                if (call.equals(deletion) && there.equals(path) && armed.getAndSet(false)) {
                    Files.delete(path);
                }
            }
        };
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aReadOnlyMarkerThatIsGivenBackBetweenTwoLooksIsNoFailure() throws IOException {
        marker(path, ProcessHandle.current().pid(), HERE, null);
        Files.setPosixFilePermissions(path, fromString("r--r--r--"));
        Attempt attempt =
                soft(path, deletingBefore("writable", new AtomicBoolean(true))).attempt(LockMode.EXCLUSIVE);

        assertThat(attempt.poll(Patience.NONE)).isNull();
        attempt.poll(Patience.NONE).release();
    }

    @Test
    void aMarkerThatVanishesBetweenTwoLooksIsMissing() throws IOException {
        AtomicBoolean armed = new AtomicBoolean();
        Grant grant = tryOnce(soft(path, deletingBefore("open", armed)));
        armed.set(true);

        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(grant::ensureValid)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(LockLostException.Reason.MARKER_MISSING));
        grant.release();
    }

    private void assertNothingStaysOpen(FailingDisk.Step scene) throws IOException {
        FailingDisk.assertThatNothingStaysOpen(directory, scene, LockMode.EXCLUSIVE, files -> soft(path, files));
    }

    @Test
    void explicitPermissionsAreExactWhateverTheUmask() throws IOException {
        LockOptions shared =
                LockOptions.builder().filePermissions(fromString("rw-rw-rw-")).build();
        Grant grant = tryOnce(MarkerProtocol.soft(OsFiles::system, new ProcessesAsSeen(), Time.system())
                .open(path, shared));

        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(fromString("rw-rw-rw-"));
        grant.release();
    }

    @Test
    void theUmaskDecidesWhereNoPermissionsAreGiven() throws IOException {
        Path ordinary = Files.createFile(directory.resolve("ordinary"));
        Grant grant = tryOnce(soft(path));

        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(Files.getPosixFilePermissions(ordinary));
        grant.release();
    }

    @Test
    void missingParentDirectoriesAreCreated() throws IOException {
        Grant grant = tryOnce(soft(directory.resolve("a/b/x.lock")));

        assertThat(directory.resolve("a/b/x.lock")).isRegularFile();
        grant.release();
    }

    @Test
    void aParentThatCannotBeADirectoryIsAClearError() throws IOException {
        Files.createFile(directory.resolve("file"));

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> tryOnce(soft(directory.resolve("file/x.lock"))))
                .withMessageContaining("file/x.lock");
        Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nowhere"));
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> tryOnce(soft(directory.resolve("dangling/x.lock"))))
                .withMessageContaining("the directory " + directory.resolve("dangling"));
    }

    @Test
    void anInterruptedThreadAcquiresAllTheSame() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        Thread.currentThread().interrupt();
        try {
            Grant grant = tryOnce(soft(path));
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            grant.release();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void waitersWatchTheMarker() {
        Attempt attempt = soft(path).attempt(LockMode.EXCLUSIVE);

        assertThat(attempt.watches()).containsExactly(new Watch(path, Watch.Kind.FILE));
    }

    // ---- what is cut off heals after two seconds, not before

    @ParameterizedTest
    @ValueSource(strings = {"", "2147483646", "2147483646\n"})
    void aMarkerWhoseWriterDiedIsWaitedForWhileItMayStillBeWritten(String cutOff) throws IOException {
        put(path, cutOff, FRESH);

        assertThat(tryOnce(soft(path))).isNull();
        assertThat(path).hasContent(cutOff);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2147483646", "2147483646\n"})
    void aMarkerWhoseWriterDiedHealsAfterTwoSeconds(String cutOff) throws IOException {
        put(path, cutOff, OLD);

        Grant grant = tryOnce(soft(path));

        assertThat(Content.of(Files.readAllBytes(path))).isInstanceOf(Protocol1Record.class);
        grant.release();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aStartTokenThatIsStillBeingWrittenProvesNothing() throws IOException {
        long pid = ProcessHandle.current().pid();
        put(path, pid + "\n" + HERE + "\n12", FRESH);
        assertThat(tryOnce(soft(path))).isNull();

        aged(path, OLD);
        tryOnce(soft(path)).release();
    }

    @Test
    void aFileFromTheFutureNeverAgesOut() throws IOException {
        put(path, "", Duration.ofHours(-1));

        assertThat(tryOnce(soft(path))).isNull();
        assertThat(path).isEmptyFile();
    }

    @Test
    void anEmptyFileThatIsLockedByFlockIsALiveNativeLock() throws IOException {
        put(path, "", OLD);
        try (OsFiles.Descriptor nativeLock = OsFiles.system().open(path, Set.of(OsFiles.Open.READ), 0)) {
            assertThat(nativeLock.tryLockExclusive()).isTrue();

            assertThat(tryOnce(soft(path))).isNull();
            assertThat(path).isEmptyFile();
        }
        tryOnce(soft(path)).release();
    }

    // ---- what is no marker is never deleted: where Python heals, we refuse

    @ParameterizedTest
    @ValueSource(strings = {"name,amount\nmiller,3\n", "0\nhost\n", "2147483648\nhost\n", "\n"})
    void whatIsNoMarkerIsWaitedForWhileItMayStillBeWritten(String content) throws IOException {
        put(path, content, FRESH);

        assertThat(tryOnce(soft(path))).isNull();
        assertThat(path).hasContent(content);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name,amount~miller,3~                                       | a data file",
                "0~host~                                                     | a data file",
                "2147483648~host~                                            | a data file",
                "~                                                           | a data file",
                "1~filelock-strict-v1^~0~                                   | the sentinel of a STRICT lock",
                "filelock/2~pid=many~host=build-3~mode=exclusive~            | a damaged record of a MARKER or LEASE lock",
                "SQLite format 3^                                            | an SQLite database"
            })
    void whatIsNoMarkerIsRefusedByNameOnceItIsOld(String lines, String name) throws IOException {
        String content = lines.replace('~', '\n').replace('^', '\0');
        put(path, content, OLD);

        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(LockProtocolException.class)
                    .isThrownBy(() -> tryOnce(soft(path)))
                    .withMessageContaining(path + " holds " + name)
                    .satisfies(e -> assertThat(e.path()).isEqualTo(path));
        }
        assertThat(Files.readString(path)).isEqualTo(content);
        assertThat(names(directory)).containsExactly("x.lock");
    }

    @Test
    void aFileLongerThanAMarkerIsRefused() throws IOException {
        put(path, "1\n" + "h".repeat(2000) + "\n", OLD);

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path)))
                .withMessageContaining("a data file of more than 1024 bytes");
        assertThat(path).hasSize(2003);
    }

    @Test
    void thePidFileOfALiveProcessIsRefused() throws IOException {
        long pid = ProcessHandle.current().pid();
        put(path, pid + "\n", OLD);

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path)))
                .withMessageContaining("the number of the live process " + pid);
        assertThat(path).hasContent(pid + "\n");
    }

    // ---- other kinds of files are refused at once, and neither followed, opened nor deleted

    @Test
    void aSymbolicLinkIsRefusedAndItsTargetUntouched() throws IOException {
        Path target = put(directory.resolve("target"), "", OLD);
        Files.createSymbolicLink(path, target);

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path)))
                .withMessageContaining(path + " is a symbolic link");
        assertThat(path).isSymbolicLink();
        assertThat(target).isEmptyFile();
    }

    @Test
    void aDanglingSymbolicLinkIsRefusedToo() throws IOException {
        Files.createSymbolicLink(path, directory.resolve("nowhere"));

        assertThatExceptionOfType(LockProtocolException.class).isThrownBy(() -> tryOnce(soft(path)));
        assertThat(names(directory)).containsExactly("x.lock");
    }

    @Test
    void aFifoIsRefusedWithoutWaitingForItsOtherEnd() throws IOException {
        try (ChildProcess mkfifo = ChildProcess.start("mkfifo", path.toString())) {
            mkfifo.expectSuccess();
        }

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path)))
                .withMessageContaining(path + " is a FIFO, a socket or a device");
        assertThat(names(directory)).containsExactly("x.lock");
    }

    @Test
    void aSocketIsRefused() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));

            assertThatExceptionOfType(LockProtocolException.class)
                    .isThrownBy(() -> tryOnce(soft(path)))
                    .withMessageContaining(path + " is a FIFO, a socket or a device");
            assertThat(names(directory)).containsExactly("x.lock");
        }
    }

    @Test
    void aDirectoryIsRefused() throws IOException {
        Files.createDirectory(path);

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path)))
                .withMessageContaining(path + " is a directory");
        assertThat(path).isEmptyDirectory();
    }

    @Test
    void aReadOnlyFileIsRefusedAtOnceWithItsModeAndOwner() throws IOException {
        put(path, "", FRESH);
        Files.setPosixFilePermissions(path, fromString("r--r--r--"));
        OsFiles asAnOrdinaryUser = new TamperedFiles() {
            @Override
            public boolean writable(Path path) {
                return false;
            }
        };

        assertThatExceptionOfType(LockProtocolException.class)
                .isThrownBy(() -> tryOnce(soft(path, asAnOrdinaryUser)))
                .withMessageContaining(path + " is read-only (mode 0444, user ");
        assertThat(path).isEmptyFile();
    }

    @Test
    void aMarkerThatThisProcessMayNotReadIsHeld() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        aged(path, OLD);
        OsFiles asAnotherUser = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("open")) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };

        assertThat(tryOnce(soft(path, asAnotherUser))).isNull();
        assertThat(soft(path, asAnotherUser).holders())
                .singleElement()
                .satisfies(holder -> assertThat(holder.remark()).contains("can't be read"));
    }

    // ---- release removes our own file only, and can be called again

    @Test
    void releaseSparesASuccessor() throws IOException {
        Grant grant = tryOnce(soft(path));
        Files.delete(path);
        Files.writeString(path, "successor");

        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(grant::ensureValid)
                .withMessageContaining(path.toString());
        grant.release();

        assertThat(path).hasContent("successor");
        grant.release();
        assertThat(path).hasContent("successor");
    }

    @Test
    void aDeletedMarkerIsALostLock() throws IOException {
        Grant grant = tryOnce(soft(path));
        Files.delete(path);

        assertThatExceptionOfType(LockLostException.class).isThrownBy(grant::ensureValid);
        grant.release();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aReleaseThatFailedCanBeRepeated() throws IOException {
        AtomicInteger failures = new AtomicInteger(2);
        OsFiles failing = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("unlink") && failures.getAndDecrement() > 0) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        };
        Grant grant = tryOnce(soft(path, failing));

        assertThatExceptionOfType(IOException.class).isThrownBy(grant::release);
        assertThat(tryOnce(soft(path))).isNull();
        assertThatExceptionOfType(IOException.class).isThrownBy(grant::release);
        grant.release();
        assertThat(path).doesNotExist();

        Files.writeString(path, "successor");
        grant.release();
        assertThat(path).hasContent("successor");
    }

    @Test
    void releaseOutwaitsTheMomentaryDenialsOfWindows() throws IOException {
        AtomicInteger denials = new AtomicInteger(5);
        OsFiles windows = new TamperedFiles() {
            @Override
            public boolean hasFlock() {
                return false;
            }

            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("unlink") && denials.getAndDecrement() > 0) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };
        Grant grant = tryOnce(soft(path, windows));

        grant.release();

        assertThat(path).doesNotExist();
        assertThat(denials).hasValue(-1);
    }

    @Test
    void aDenialIsFinalElsewhere() throws IOException {
        AtomicInteger tries = new AtomicInteger();
        OsFiles unix = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("create")) {
                    tries.incrementAndGet();
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };

        assertThatExceptionOfType(OsException.class).isThrownBy(() -> tryOnce(soft(path, unix)));
        assertThat(tries).hasValue(1);
    }

    // ---- who holds it

    @Test
    void theHolderIsNamedWithItsProcess() throws IOException {
        Grant grant = tryOnce(soft(path));

        LockHolder holder = onlyHolder(soft(path));

        assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(holder.host()).isNull();
        assertThat(holder.process()).startsWith("java");
        assertThat(holder.since()).isEqualTo(OsFiles.system().lstat(path).modified());
        assertThat(holder.remark()).isNull();
        grant.release();
        assertThat(soft(path).holders()).isEmpty();
    }

    @Test
    void aHolderOnAnotherHostIsNamedWithTheWayOut() throws IOException {
        marker(path, 5, "build-3", null);

        LockHolder holder = onlyHolder(soft(path));

        assertThat(holder.pid()).isEqualTo(5);
        assertThat(holder.host()).isEqualTo("build-3");
        assertThat(holder.process()).isNull();
        assertThat(holder.remark()).isEqualTo("on another host: remove " + path + " by hand if that process is gone");
    }

    @Test
    void aHolderOfAnotherProtocolIsNamed() throws IOException {
        put(path, "filelock/2\npid=5\nhost=build-3\nmode=lease\ntoken=00\nduration=1\n", FRESH);

        LockHolder holder = onlyHolder(soft(path));

        assertThat(holder.pid()).isEqualTo(5);
        assertThat(holder.host()).isEqualTo("build-3");
        assertThat(holder.remark()).startsWith("the record of a LEASE lock; its lease of 1 s runs out in ");
    }

    @Test
    void askingForTheHolderNeverThrowsForWhatIsOnDisk() throws IOException {
        assertThat(soft(path).holders()).isEmpty();
        put(path, "", FRESH);
        assertThat(onlyHolder(soft(path)).remark()).isEqualTo("its marker is not written yet");
        put(path, "some data", FRESH);
        assertThat(onlyHolder(soft(path)).remark()).isEqualTo("a data file stands in the place of its marker");
        put(path, "filelock/2\npid=99999999999999\nhost\n", FRESH);
        assertThat(onlyHolder(soft(path)).remark())
                .isEqualTo("a damaged record of a MARKER or LEASE lock stands in the place of its marker");
        Files.delete(path);
        Files.createSymbolicLink(path, directory);
        assertThat(soft(path).holders()).isEmpty();
        Files.delete(path);
        Files.createDirectory(path);
        assertThat(soft(path).holders()).isEmpty();
        Files.delete(path);
        put(path, "", FRESH);
        OsFiles broken = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                throw failure(OsError.INPUT_OUTPUT);
            }
        };
        assertThat(onlyHolder(soft(path, broken)).remark()).startsWith("its marker can't be read: ");
    }

    private static LockHolder onlyHolder(LockFile lock) {
        assertThat(lock.holders()).hasSize(1);
        return lock.holders().get(0);
    }
}
