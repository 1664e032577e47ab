package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.DEAD_PID;
import static dev.filelock.protocol.marker.Markers.HERE;
import static dev.filelock.protocol.marker.Markers.aged;
import static dev.filelock.protocol.marker.Markers.marker;
import static dev.filelock.protocol.marker.Markers.names;
import static dev.filelock.protocol.marker.Markers.soft;
import static dev.filelock.protocol.marker.Markers.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A marker is removed on proof of its owner's death only, and its removal never lets two in. */
class StaleMarkerReclaimTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    // ---- proof of death

    @Test
    void theMarkerOfADeadProcessIsReclaimedInOneAttempt() throws IOException {
        marker(path, DEAD_PID, HERE, BigInteger.TEN);

        assertReclaimed();
    }

    @Test
    void aKilledProcessIsDeadOnceItIsReaped() throws IOException {
        long pid;
        try (ChildProcess owner = ChildProcess.start("sleep", "600")) {
            pid = owner.pid();
            marker(path, pid, HERE, Processes.system().startToken(pid));
            assertThat(tryOnce(soft(path))).isNull();
            owner.kill();
        }

        assertReclaimed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é"})
    void aMarkerIsReclaimedHoweverLongItsName(String letter) throws IOException {
        int bytes = letter.getBytes(StandardCharsets.UTF_8).length;
        path = directory.resolve(letter.repeat(255 / bytes));
        marker(path, DEAD_PID, HERE, BigInteger.TEN);

        assertReclaimed();
    }

    @Test
    void aTwoLineMarkerIsJudgedByItsPidAlone() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        assertReclaimed();

        marker(path, ProcessHandle.current().pid(), HERE, null);
        assertHeld();
    }

    @Test
    void theMarkerOfARecycledPidIsReclaimed() throws IOException {
        marker(path, ProcessHandle.current().pid(), HERE, BigInteger.TEN);

        assertReclaimed();
    }

    @Test
    void theMarkerOfALiveProcessIsKept() throws IOException {
        try (ChildProcess owner = ChildProcess.start("sleep", "600")) {
            marker(path, owner.pid(), HERE, Processes.system().startToken(owner.pid()));
            aged(path, Duration.ofDays(365));

            assertHeld();
        }
    }

    @Test
    void aProcessWhoseStartTokenCannotBeReadIsAlive() throws IOException {
        marker(path, ProcessHandle.current().pid(), HERE, BigInteger.TEN);

        assertHeld(new ProcessesAsSeen() {
            @Override
            public @Nullable BigInteger startToken(long pid) {
                return null;
            }
        });
    }

    @Test
    void theMarkerOfAnotherHostIsKeptAndItsPidNeverAsked() throws IOException {
        marker(path, DEAD_PID, "another-host", BigInteger.TEN);

        assertHeld(new ProcessesAsSeen() {
            @Override
            public boolean alive(long pid) {
                throw new AssertionError("asked for a process of another host");
            }
        });
    }

    @Test
    void aZombieIsAliveAndItsMarkerSaysSo() throws IOException {
        try (ChildProcess parent = ChildProcess.start("sh", "-c", "sleep 0 & echo $!; exec sleep 600")) {
            long zombie = Long.parseLong(parent.readLine());
            await().until(() -> Processes.system().remark(zombie) != null);
            marker(path, zombie, HERE, Processes.system().startToken(zombie));
            aged(path, Duration.ofDays(365));

            assertHeld();
            LockHolder holder = soft(path).holders().get(0);
            assertThat(holder.pid()).isEqualTo(zombie);
            assertThat(holder.remark()).contains("zombie");
        }
    }

    @Test
    void theLogNamesTheDeadProcess() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        List<ILoggingEvent> events;
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            assertReclaimed();
            events = log.events(Level.INFO);
        }

        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.INFO);
            assertThat(event.getFormattedMessage()).contains(path.toString(), "pid " + DEAD_PID);
        });
    }

    // ---- PID namespaces

    @Test
    void javaNeverTakesTheLockOfJavaInAnotherPidNamespace() throws IOException {
        Processes inContainer = inNamespace(4026532001L);
        Processes inSibling = inNamespace(4026532002L);
        Grant grant = tryOnce(soft(path, OsFiles.system(), dyingIn(inContainer)));

        assertHeld(dyingIn(inSibling));
        assertHeld(dyingIn(new ProcessesAsSeen()));
        assertThat(soft(path, OsFiles.system(), inSibling).holders().get(0).remark())
                .isEqualTo("in another PID namespace: remove " + path + " by hand if that process is gone");
        grant.release();

        Grant outside = tryOnce(soft(path, OsFiles.system(), new ProcessesAsSeen()));
        assertHeld(dyingIn(inContainer));
        outside.release();
    }

    @Test
    void javaReclaimsWhatJavaLeftInTheSamePidNamespace() throws IOException {
        Processes inContainer = inNamespace(4026532001L);
        tryOnce(soft(path, OsFiles.system(), inContainer));

        Grant successor = tryOnce(soft(path, OsFiles.system(), dyingIn(inContainer)));

        assertThat(successor).isNotNull();
        successor.release();
    }

    @Test
    void aFileSystemWithoutExtendedAttributesIsGoodEnough() throws IOException {
        OsFiles plain = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("fsetxattr")) {
                    throw failure(OsError.NO_SPACE);
                }
            }
        };

        Grant grant = tryOnce(soft(path, plain, inNamespace(4026532001L)));

        grant.ensureValid();
        grant.release();
    }

    private static Processes inNamespace(long namespace) {
        return new ProcessesAsSeen() {
            @Override
            public Long pidNamespace() {
                return namespace;
            }
        };
    }

    /** The same namespace, where no process of any number lives. */
    private static Processes dyingIn(Processes namespace) {
        return new ProcessesAsSeen() {
            @Override
            public boolean alive(long pid) {
                return false;
            }

            @Override
            public @Nullable Long pidNamespace() {
                return namespace.pidNamespace();
            }
        };
    }

    // ---- a marker that appears after the decision is never deleted

    @Test
    void aMarkerThatAppearsBeforeTheGuardIsTakenStaysInPlace() throws IOException {
        marker(path, DEAD_PID, HERE, null);

        assertThat(tryOnce(soft(path, replacingBefore("flock")))).isNull();
        assertThat(path).hasContent("5\nanother-host\n");
        assertThat(names(directory)).containsExactly("stale", "x.lock");
    }

    @Test
    void aMarkerThatIsRenewedBeforeTheGuardIsTakenStaysInPlace() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        aged(path, Duration.ofMinutes(1));

        assertThat(tryOnce(soft(path, new TamperedFiles() {
                    @Override
                    public void before(String call, Path path) throws IOException {
                        if (call.equals("flock")) {
                            aged(path, Duration.ZERO);
                        }
                    }
                })))
                .isNull();
        assertThat(names(directory)).containsExactly("x.lock");
    }

    @Test
    void aMarkerThatAppearsAtTheLastMomentIsNotDeletedAndNotRenamedBack() throws IOException {
        marker(path, DEAD_PID, HERE, null);

        assertThat(tryOnce(soft(path, replacingBefore("rename")))).isNull();

        assertThat(path).doesNotExist();
        List<String> names = new ArrayList<>(names(directory));
        assertThat(names.remove("stale")).isTrue();
        assertThat(names).singleElement().satisfies(name -> {
            assertThat(name)
                    .matches("x\\.lock\\.break\\." + ProcessHandle.current().pid() + "\\.[0-9a-f]{32}");
            assertThat(directory.resolve(name)).hasContent("5\nanother-host\n");
        });
    }

    private OsFiles replacingBefore(String step) {
        AtomicBoolean done = new AtomicBoolean();
        return new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals(step) && done.compareAndSet(false, true)) {
                    Files.move(path, directory.resolve("stale"));
                    marker(path, 5, "another-host", null);
                }
            }
        };
    }

    @Test
    void twoReclaimersNeverMeetAtOneMarker() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        List<@Nullable Grant> ofTheSecond = new ArrayList<>();

        Grant first = tryOnce(soft(path, new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("rename")) {
                    ofTheSecond.add(tryOnce(soft(path)));
                }
            }
        }));

        assertThat(ofTheSecond).containsExactly((Grant) null);
        first.ensureValid();
        first.release();
    }

    @Test
    void ourNewMarkerIsNoLockIfALatePeerRenamesIt() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        AtomicBoolean created = new AtomicBoolean();
        OsFiles withLatePeer = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("write")) {
                    created.set(true);
                } else if (call.equals("lstat") && created.getAndSet(false)) {
                    Files.move(path, directory.resolve("x.lock.break.1.0"));
                }
            }
        };

        assertThat(tryOnce(soft(path, withLatePeer))).isNull();
        assertThat(names(directory)).containsExactly("x.lock.break.1.0");
    }

    @Test
    void anUnconfirmedMarkerIsConfirmedByTheNextPollOrTakenBack() throws IOException {
        for (boolean abandoned : new boolean[] {true, false}) {
            marker(path, DEAD_PID, HERE, null);
            AtomicBoolean created = new AtomicBoolean();
            Attempt attempt = soft(path, new TamperedFiles() {
                        @Override
                        public void before(String call, Path path) throws IOException {
                            if (call.equals("write")) {
                                created.set(true);
                            } else if (call.equals("lstat") && created.getAndSet(false)) {
                                throw failure(OsError.INPUT_OUTPUT);
                            }
                        }
                    })
                    .attempt(LockMode.EXCLUSIVE);
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> attempt.poll(Patience.NONE));
            assertThat(path).exists();

            if (abandoned) {
                attempt.abandon();
            } else {
                attempt.poll(Patience.NONE).release();
            }
            assertThat(names(directory)).isEmpty();
        }
    }

    // ---- where there is no flock

    @Test
    void withoutFlockTheAttemptThatReclaimedDoesNotAcquire() throws IOException {
        for (OsError unsupported : List.of(OsError.NOT_SUPPORTED, OsError.NOT_IMPLEMENTED, OsError.NO_LOCKS)) {
            marker(path, DEAD_PID, HERE, null);
            OsFiles files = failingFlock(unsupported, false);

            assertThat(tryOnce(soft(path, files))).isNull();
            assertThat(names(directory)).isEmpty();
            tryOnce(soft(path, files)).release();
        }
    }

    @Test
    void aFileSystemThatLocksOnlyWhatItCanWriteIsServed() throws IOException {
        marker(path, DEAD_PID, HERE, null);

        tryOnce(soft(path, failingFlock(OsError.OTHER, false))).release();
    }

    @Test
    void aGuardThatFailsForAnUnknownReasonIsAnError() throws IOException {
        marker(path, DEAD_PID, HERE, null);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> tryOnce(soft(path, failingFlock(OsError.OTHER, true))));
        assertThat(names(directory)).containsExactly("x.lock");
    }

    private static OsFiles failingFlock(OsError error, boolean alsoToWrite) {
        return new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("flock") || (alsoToWrite && call.equals("flock to write"))) {
                    throw failure(error);
                }
            }
        };
    }

    @Test
    void aMarkerThatMayNotBeRemovedIsWaitedForAndItsOwnersDeathTold() throws IOException {
        marker(path, DEAD_PID, HERE, null);
        OsFiles sticky = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("rename")) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };

        assertThat(tryOnce(soft(path, sticky))).isNull();
        assertThat(soft(path, sticky).holders().get(0).remark()).contains("has ended");
    }

    // ---- never two holders

    @Test
    void manyReclaimersOfOneMarkerNeverHoldItTogether() throws IOException {
        int rounds = 1000;
        int peers = 2;
        for (int round = 0; round < rounds; round++) {
            marker(directory.resolve(round + ".lock"), DEAD_PID, HERE, null);
        }
        List<ChildProcess> processes = new ArrayList<>();
        try {
            for (int peer = 0; peer < peers; peer++) {
                processes.add(
                        JavaPeer.start(ReclaimRace.class, directory.toString(), "" + peer, "" + peers, "" + rounds));
            }
            int holds = 0;
            for (ChildProcess process : processes) {
                String result = process.readLine(Duration.ofMinutes(5));
                assertThat(result).startsWith("holds ");
                holds += Integer.parseInt(result.substring("holds ".length()));
                process.expectSuccess();
            }
            assertThat(holds).isGreaterThanOrEqualTo(rounds);
        } finally {
            processes.forEach(ChildProcess::close);
        }
        assertThat(names(directory).stream().filter(name -> name.contains(".lock")))
                .as("markers left behind")
                .isEmpty();
    }

    private void assertReclaimed() throws IOException {
        Grant grant = tryOnce(soft(path));
        assertThat(grant).isNotNull();
        assertThat(names(directory)).containsExactly(path.getFileName().toString());
        grant.ensureValid();
        grant.release();
        assertThat(names(directory)).isEmpty();
    }

    private void assertHeld() throws IOException {
        assertHeld(new ProcessesAsSeen());
    }

    private void assertHeld(Processes processes) throws IOException {
        byte[] before = Files.readAllBytes(path);
        assertThat(tryOnce(soft(path, OsFiles.system(), processes))).isNull();
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        assertThat(names(directory)).containsExactly("x.lock");
    }
}
