package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.DEAD_PID;
import static dev.filelock.protocol.marker.Markers.HERE;
import static dev.filelock.protocol.marker.Markers.aged;
import static dev.filelock.protocol.marker.Markers.marker;
import static dev.filelock.protocol.marker.Markers.names;
import static dev.filelock.protocol.marker.Markers.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.filelock.LeaseMismatchException;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.LockOptions;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Heartbeats;
import dev.filelock.protocol.LockFile;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A lease is kept by heartbeats alone, and its holder is told when it is gone. */
class LeaseTest {
    private static final Duration D = Duration.ofSeconds(30);
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private Path path;
    private final TimeAsSet time = new TimeAsSet();
    private final HeartbeatsByHand heartbeats = new HeartbeatsByHand();
    private final List<LockLostException> losses = new ArrayList<>();

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    private LockFile lease() {
        return lease(OsFiles.system());
    }

    private LockFile lease(OsFiles files) {
        return MarkerProtocol.lease(() -> files, new ProcessesAsSeen(), time, heartbeats)
                .open(path, LockOptions.builder().leaseDuration(D).build());
    }

    private Grant acquire(LockFile lock) throws IOException {
        Grant grant = Objects.requireNonNull(tryOnce(lock));
        grant.onLost(losses::add);
        return grant;
    }

    private Grant acquire() throws IOException {
        return acquire(lease());
    }

    private void assertLost(Grant grant, Reason reason) {
        assertThat(losses).singleElement().satisfies(loss -> {
            assertThat(loss.reason()).isEqualTo(reason);
            assertThat(loss.path()).isEqualTo(path);
        });
        assertThatExceptionOfType(LockLostException.class)
                .isThrownBy(grant::ensureValid)
                .satisfies(loss -> assertThat(loss.reason()).isEqualTo(reason));
        assertThat(heartbeats.intervals()).isEmpty();
        heartbeats.beat();
        assertThat(losses).hasSize(1);
    }

    // ---- the marker

    @Test
    void theMarkerNamesThisProcessAndATokenOfItsOwn() throws IOException {
        Grant first = acquire();
        byte[] bytes = Files.readAllBytes(path);
        Protocol2Record record = (Protocol2Record) Content.of(bytes);
        assertThat(first.backend()).isEqualTo(LockBackend.LEASE);
        assertThat(first.identity()).isEqualTo(OsFiles.system().lstat(path).identity());
        assertThat(record)
                .isEqualTo(Protocol2Record.lease(
                        new Owners(new ProcessesAsSeen()).self(), Objects.requireNonNull(record.token()), 30));
        assertThat(record.toBytes()).isEqualTo(bytes);
        assertThat(record.token()).matches("[0-9a-f]{32}");
        first.release();
        assertThat(names(directory)).isEmpty();

        Grant second = acquire();
        assertThat(((Protocol2Record) Content.of(Files.readAllBytes(path))).token())
                .isNotEqualTo(record.token());
        second.release();
    }

    @Test
    void aLeaseWhoseHeartbeatsCannotStartIsTakenBack() throws IOException {
        for (int started = 0; started < 2; started++) {
            int atMost = started;
            Heartbeats none = (lane, interval, beat) -> {
                if (heartbeats.intervals().size() == atMost) {
                    throw new OutOfMemoryError("no thread, says the test");
                }
                return heartbeats.start(lane, interval, beat);
            };
            LockFile lock = MarkerProtocol.lease(OsFiles::system, new ProcessesAsSeen(), time, none)
                    .open(path, LockOptions.defaults());
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> tryOnce(lock));
            assertThat(names(directory)).isEmpty();
            assertThat(heartbeats.intervals()).isEmpty();
        }
    }

    @Test
    void theHolderIsNamedWithTheRestOfItsLease() throws IOException {
        Grant grant = acquire();
        time.pass(Duration.ofSeconds(12));
        assertThat(lease().holders()).singleElement().satisfies(holder -> {
            assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(holder.host()).isNull();
            assertThat(holder.since()).as("a heartbeat is no beginning").isNull();
            assertThat(holder.remark())
                    .matches("its lease of 30 s runs out in 1\\d(\\.\\d+)? s unless it is refreshed");
        });
        time.pass(Duration.ofSeconds(20));
        assertThat(lease().holders().get(0).remark()).matches("its lease of 30 s ran out \\d+(\\.\\d+)? s ago");
        grant.release();
    }

    // ---- heartbeats

    @Test
    void aHeartbeatMovesTheTimeOfTheMarkerAndNothingElse() throws IOException {
        Grant grant = acquire();
        byte[] before = Files.readAllBytes(path);
        assertThat(heartbeats.intervals()).containsOnly(HEARTBEAT);
        aged(path, Duration.ofSeconds(20));

        heartbeats.beat();

        assertThat(Duration.between(Files.getLastModifiedTime(path).toInstant(), time.now()))
                .isLessThan(Duration.ofSeconds(10));
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        grant.ensureValid();
        assertThat(losses).isEmpty();
        grant.release();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void heartbeatsInTimeKeepALeaseForAnyTime() throws IOException {
        Grant grant = acquire();
        for (int i = 0; i < 10; i++) {
            time.pass(Duration.ofSeconds(25));
            heartbeats.beat();
            grant.ensureValid();
        }
        grant.release();
        assertThat(losses).isEmpty();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void nothingIsHeardOnceItIsReleased() throws IOException {
        Grant grant = acquire();
        grant.release();
        assertThat(heartbeats.intervals()).isEmpty();
        time.pass(D);
        assertThat(losses).isEmpty();
        assertThat(names(directory)).isEmpty();
    }

    // ---- loss

    @Test
    void aMarkerThatVanishedIsNoticedByTheNextHeartbeat() throws IOException {
        Grant grant = acquire();
        Files.delete(path);

        heartbeats.beat();

        assertLost(grant, Reason.MARKER_MISSING);
        grant.release();
    }

    @Test
    void aMarkerOfAPeerIsNoticedByTheNextHeartbeatAndLeftAlone() throws IOException {
        Grant grant = acquire();
        Files.delete(path);
        marker(path, 5, "build-3", null);
        FileTime touched = Files.getLastModifiedTime(aged(path, Duration.ofSeconds(20)));

        heartbeats.beat();

        assertLost(grant, Reason.OWNER_CHANGED);
        assertThat(Files.getLastModifiedTime(path)).isEqualTo(touched);
        grant.release();
        assertThat(path).hasContent("5\nbuild-3\n");
    }

    @Test
    void whoAsksIsToldBeforeTheNextHeartbeat() throws IOException {
        Grant grant = acquire();
        Files.delete(path);

        assertThatExceptionOfType(LockLostException.class).isThrownBy(grant::ensureValid);

        assertLost(grant, Reason.MARKER_MISSING);
    }

    @Test
    void whoComesLateToListenIsToldAtOnce() throws IOException {
        Grant grant = Objects.requireNonNull(tryOnce(lease()));
        Files.delete(path);
        heartbeats.beat();

        grant.onLost(losses::add);

        assertLost(grant, Reason.MARKER_MISSING);
    }

    @Test
    void oneHeartbeatThatFailsIsNoLoss() throws IOException {
        boolean[] failing = {true};
        Grant grant = acquire(lease(failingToTouch(failing)));
        time.pass(HEARTBEAT);
        heartbeats.beat();
        grant.ensureValid();

        failing[0] = false;
        time.pass(HEARTBEAT.minusSeconds(1));
        heartbeats.beat();
        time.pass(D.minusSeconds(5));

        grant.ensureValid();
        assertThat(losses).isEmpty();
        grant.release();
    }

    @Test
    void heartbeatsThatFailUntilTheLastInTimeAreALoss() throws IOException {
        boolean[] failing = {true};
        Grant grant = acquire(lease(failingToTouch(failing)));
        time.pass(HEARTBEAT);
        heartbeats.beat();
        assertThat(losses).isEmpty();
        time.pass(HEARTBEAT);

        heartbeats.beat();

        assertThat(losses.get(0)).hasMessageContaining("failed by the test").hasCauseInstanceOf(IOException.class);
        assertLost(grant, Reason.REFRESH_FAILED);
        grant.release();
        assertThat(names(directory)).as("it is ours still").isEmpty();
    }

    private static OsFiles failingToTouch(boolean[] failing) {
        return new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("touch") && failing[0]) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        };
    }

    // ---- standing still

    @Test
    void aHeartbeatThatComesTooLateTouchesNothing() throws IOException {
        Grant grant = acquire();
        FileTime touched = Files.getLastModifiedTime(aged(path, Duration.ofSeconds(20)));
        time.pass(D);

        heartbeats.beat();

        assertLost(grant, Reason.REFRESH_FAILED);
        assertThat(Files.getLastModifiedTime(path))
                .as("a peer may be about to take it")
                .isEqualTo(touched);
        grant.release();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void eitherClockIsEnoughToRunOut() throws IOException {
        Grant suspended = acquire();
        time.passOnWall(D);
        heartbeats.beat();
        assertLost(suspended, Reason.REFRESH_FAILED);
        suspended.release();
        losses.clear();

        Grant setBack = acquire();
        time.passOnMonotonic(D);
        heartbeats.beat();
        assertLost(setBack, Reason.REFRESH_FAILED);
        setBack.release();
    }

    @Test
    void aLeaseIsOverdueFromTheMomentThatItRunsOutEvenIfNoHeartbeatTellsSo() throws IOException {
        Grant grant = acquire();
        Duration almost = D.minusSeconds(10); // the test itself takes time, too
        time.pass(almost);
        assertThat(grant.isOverdue()).isFalse();
        heartbeats.beat();
        time.pass(almost);
        assertThat(grant.isOverdue()).isFalse();
        time.pass(D.minus(almost));
        assertThat(grant.isOverdue()).isTrue();
        grant.release();
    }

    @Test
    void standingStillRightBeforeTheTouchIsALoss() throws IOException {
        OsFiles slow = new TamperedFiles() {
            @Override
            public void before(String call, Path path) {
                if (call.equals("touch")) {
                    time.pass(D);
                }
            }
        };
        Grant grant = acquire(lease(slow));

        heartbeats.beat();

        assertLost(grant, Reason.REFRESH_FAILED);
        grant.release();
    }

    @Test
    void aRefreshCountsFromItsBeginning() throws IOException {
        OsFiles slow = new TamperedFiles() {
            @Override
            public void before(String call, Path path) {
                if (call.equals("touch")) {
                    time.pass(D.minusSeconds(12));
                }
            }
        };
        Grant grant = acquire(lease(slow));
        time.pass(Duration.ofSeconds(5));
        heartbeats.beat();
        grant.ensureValid();

        time.pass(Duration.ofSeconds(15));

        assertThatExceptionOfType(LockLostException.class).isThrownBy(grant::ensureValid);
        grant.release();
    }

    @Test
    void whileTheDiskHangsTheClockTells() throws IOException {
        boolean[] hanging = {false};
        OsFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (hanging[0]) {
                    throw new AssertionError("this call would hang: " + call);
                }
            }
        };
        Grant grant = acquire(lease(files));
        hanging[0] = true;
        time.pass(D);

        heartbeats.beat(path); // those of the directory hang
        assertThat(losses).as("the refresh might say more").isEmpty();
        heartbeats.beat(path);

        assertLost(grant, Reason.REFRESH_FAILED);
        hanging[0] = false;
        grant.release();
    }

    @Test
    void standingStillWhileItIsTakenIsNoAcquisition() throws IOException {
        OsFiles slow = new TamperedFiles() {
            @Override
            public void before(String call, Path path) {
                if (call.equals("write")) {
                    time.pass(D);
                }
            }
        };

        assertThat(tryOnce(lease(slow))).isNull();

        assertThat(names(directory)).isEmpty();
        assertThat(heartbeats.intervals()).isEmpty();
        Objects.requireNonNull(tryOnce(lease())).release();
    }

    // ---- release

    @Test
    void aLeaseThatRanOutIsLeftToThePeerThatIsTakingIt() throws IOException {
        Grant grant = acquire();
        time.pass(D);
        try (OsFiles.Descriptor peer = OsFiles.system().open(path, Set.of(OsFiles.Open.READ), 0)) {
            assertThat(peer.tryLockExclusive()).isTrue();

            grant.release();

            assertThat(path).exists();
        }
        assertThatCode(grant::release).doesNotThrowAnyException();
        Grant successor = acquire();
        grant.release();
        assertThat(path).exists();
        successor.release();
        assertThat(names(directory)).isEmpty();
    }

    /** This process stands still between its last look and the removal. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aLeaseThatRunsOutWhileItIsReleasedIsNotTakenOverBeforeItIsRemoved() throws IOException {
        List<Optional<Grant>> takeovers = new ArrayList<>();
        Grant grant = acquire(lease(new TamperedFiles() {
            @Override
            public void before(String call, Path there) throws IOException {
                if (call.equals("unlink") && there.equals(path) && takeovers.isEmpty()) {
                    time.pass(D);
                    takeovers.add(Optional.ofNullable(tryOnce(lease())));
                }
            }
        }));

        grant.release();

        assertThat(takeovers).containsExactly(Optional.empty());
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aLeaseThatRanOutAndWasTakenOverIsNotRemoved() throws IOException {
        Grant grant = acquire();
        time.pass(D);
        Grant successor = Objects.requireNonNull(tryOnce(lease()));

        grant.release();

        successor.ensureValid();
        successor.release();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aLeaseOfAnotherDurationIsRefusedByBothDurationsAndLeftAloneHoweverOldItIs() throws IOException {
        byte[] theirs = Protocol2Record.lease(new Owner(DEAD_PID, HERE, null, null), RandomToken.next(), 31)
                .toBytes();
        Files.write(path, theirs);
        time.pass(D.multipliedBy(2));

        assertThatExceptionOfType(LeaseMismatchException.class)
                .isThrownBy(() -> tryOnce(lease()))
                .withMessageContaining("for 31.0 s at a time")
                .withMessageContaining("this lock's leaseDuration is 30 s")
                .satisfies(mismatch -> {
                    assertThat(mismatch.path()).isEqualTo(path);
                    assertThat(mismatch.duration()).isEqualTo(D);
                    assertThat(mismatch.peerDuration()).isEqualTo(Duration.ofSeconds(31));
                });

        assertThat(path).hasBinaryContent(theirs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "flock", "rename"})
    void aLeaseThatIsRefreshedWhileItIsTakenForRunOutIsNotRemoved(String call) throws IOException {
        byte[] theirs = Protocol2Record.lease(new Owner(DEAD_PID, "build-3", null, null), RandomToken.next(), 30)
                .toBytes();
        Files.write(path, theirs);
        FileTime old = FileTime.from(time.now().minus(D.multipliedBy(2)));
        Files.setLastModifiedTime(path, old);
        AtomicInteger calls = new AtomicInteger(call.equals("open") ? 2 : 1); // the first one is to read it
        LockFile lease = lease(new TamperedFiles() {
            @Override
            public void before(String made, Path about) throws IOException {
                if (made.equals(call) && calls.decrementAndGet() == 0) {
                    Files.setLastModifiedTime(path, FileTime.from(time.now()));
                }
            }
        });

        assertThat(tryOnce(lease)).isNull();

        assertThat(calls).hasValue(0);
        assertThat(names(directory))
                .singleElement()
                .satisfies(name -> assertThat(directory.resolve(name)).hasBinaryContent(theirs));
    }

    @Test
    void aLeaseThatIsWrittenOverWhileItIsTakenForRunOutIsNotRemovedThoughItsTimeIsTheSame() throws IOException {
        byte[] stale = Protocol2Record.lease(new Owner(DEAD_PID, "build-3", null, null), "a".repeat(32), 30)
                .toBytes();
        byte[] other = Protocol2Record.lease(new Owner(DEAD_PID, "build-3", null, null), "b".repeat(32), 30)
                .toBytes();
        FileTime old = FileTime.from(time.now().minus(D.multipliedBy(2)));
        Files.write(path, stale);
        Files.setLastModifiedTime(path, old);
        LockFile lease = lease(new TamperedFiles() {
            @Override
            public void before(String made, Path about) throws IOException {
                if (made.equals("flock")) {
                    Files.write(path, other);
                    Files.setLastModifiedTime(path, old);
                }
            }
        });

        assertThat(tryOnce(lease)).isNull();

        assertThat(path).hasBinaryContent(other);
    }

    @Test
    void takingAnOldMarkerOverTakesOneAttempt() throws IOException {
        Files.write(
                path,
                Protocol2Record.lease(new Owner(DEAD_PID, HERE, null, null), RandomToken.next(), 30)
                        .toBytes());

        acquire().release();

        assertThat(names(directory)).isEmpty();
    }
}
