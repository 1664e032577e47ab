package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.DEAD_PID;
import static dev.filelock.protocol.marker.Markers.HERE;
import static dev.filelock.protocol.marker.Markers.aged;
import static dev.filelock.protocol.marker.Markers.names;
import static dev.filelock.protocol.marker.Markers.put;
import static dev.filelock.protocol.marker.Markers.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockClaim.Kind;
import dev.filelock.LockClaim.Liveness;
import dev.filelock.LockOptions;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Time;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The one marker is shown with its owner, and removed on request if that owner is not known to live. */
class MarkerClaimsTest {
    private static final String ELSEWHERE =
            "filelock/2\npid=5\nhost=build-3\nmode=lease\ntoken=152bd0ec53309e3c860f80dd5c0acc45\nduration=30.0\n";

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    /** As another process sees it that looks while it is being written. */
    @ParameterizedTest
    @EnumSource(Backend.class)
    void noBeginningOfALiveOwnersMarkerSaysThatItIsDead(Backend backend) throws IOException {
        LockFile lock = backend.open(path);
        Grant grant = Objects.requireNonNull(tryOnce(lock));
        byte[] whole = Files.readAllBytes(path);
        grant.release();
        for (int length = 0; length <= whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThat(lock.claims())
                    .as("the first %s bytes", length)
                    .hasSize(1)
                    .noneMatch(claim -> claim.liveness() == Liveness.DEAD)
                    .noneMatch(claim -> claim.owner().describe(Instant.now()).contains("ended"));
            assertThat(lock.leftovers()).isEmpty();
        }
    }

    private enum Backend {
        SOFT,
        MARKER,
        LEASE;

        LockFile open(Path path, OsFiles files) {
            ProcessesAsSeen processes = new ProcessesAsSeen();
            MarkerProtocol protocol = switch (this) {
                case SOFT -> MarkerProtocol.soft(() -> files, processes, Time.system());
                case MARKER -> MarkerProtocol.marker(() -> files, processes, Time.system());
                case LEASE -> MarkerProtocol.lease(() -> files, processes, Time.system(), new HeartbeatsByHand());
            };
            return protocol.open(path, LockOptions.defaults());
        }

        LockFile open(Path path) {
            return open(path, OsFiles.system());
        }
    }

    private static LockClaim onlyClaim(LockFile lock) throws IOException {
        assertThat(lock.claims()).hasSize(1);
        return lock.claims().get(0);
    }

    @ParameterizedTest
    @EnumSource
    void ourOwnIsShownAndNotRemoved(Backend backend) throws IOException {
        LockFile lock = backend.open(path);
        assertThat(lock.claims()).isEmpty();
        Grant grant = Objects.requireNonNull(tryOnce(lock));

        LockClaim claim = onlyClaim(lock);

        assertThat(claim.file()).isEqualTo(path);
        assertThat(claim.kind()).isEqualTo(Kind.MARKER);
        assertThat(claim.liveness()).isEqualTo(Liveness.ALIVE);
        assertThat(claim.owner().pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(claim.owner().process()).startsWith("java");
        assertThatExceptionOfType(FileLockException.class)
                .isThrownBy(() -> lock.forceBreak(claim))
                .withMessageContaining(path + " was not removed, because pid ")
                .withMessageContaining("still lives");
        grant.ensureValid();
        grant.release();
        assertThat(lock.claims()).isEmpty();
        assertThat(lock.forceBreak(claim)).as("it is gone").isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void theRestOfACrashIsShownAndRemoved(Backend backend) throws IOException {
        LockFile lock = backend.open(path);
        put(path, "filelock/2\npid=" + DEAD_PID + "\nhost=" + HERE + "\nmode=exclusive\n", Duration.ZERO);

        LockClaim claim = onlyClaim(lock);

        assertThat(claim.liveness()).isEqualTo(Liveness.DEAD);
        assertThat(claim.describe(Instant.now()))
                .startsWith(path + " of pid " + DEAD_PID)
                .contains("has ended");
        assertThat(lock.forceBreak(claim)).isTrue();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void aMarkerOfAnotherHostIsRemovedOnRequestAndBeingRefreshedMakesItNoOther() throws IOException {
        LockFile lock = Backend.LEASE.open(path);
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        LockClaim claim = onlyClaim(lock);
        assertThat(claim.liveness()).isEqualTo(Liveness.UNKNOWN);
        assertThat(claim.owner().host()).isEqualTo("build-3");
        aged(path, Duration.ZERO);

        assertThat(onlyClaim(lock).id()).isEqualTo(claim.id());
        assertThat(lock.forceBreak(claim)).isTrue();

        assertThat(names(directory)).isEmpty();
    }

    @Test
    void whatTookItsPlaceIsNotTouched() throws IOException {
        LockFile lock = Backend.LEASE.open(path);
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        LockClaim claim = onlyClaim(lock);
        Path kept = Files.move(path, directory.resolve("kept")); // its inode is not given to the next file
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        assertThat(lock.forceBreak(claim)).isFalse();
        assertThat(path).exists();

        Files.delete(path);
        Files.move(kept, path);
        Files.writeString(path, ELSEWHERE.replace("152b", "152c"));
        assertThat(lock.forceBreak(claim)).isFalse();
        assertThat(path).exists();
    }

    @Test
    void aRecordOfAnotherLockIsRefused() throws IOException {
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        LockClaim claim = onlyClaim(Backend.LEASE.open(path));

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Backend.LEASE.open(directory.resolve("y.lock")).forceBreak(claim))
                .withMessageContaining(path + " is no record of the lock " + directory.resolve("y.lock"));
        assertThat(path).exists();
    }

    @Test
    void whatIsNoMarkerIsNotOffered() throws IOException {
        LockFile lock = Backend.LEASE.open(path);
        put(path, "name,amount\nmiller,3\n", Duration.ofSeconds(3));
        assertThat(lock.claims()).isEmpty();
        put(path, "1\nfilelock-strict-v1\0\n0\n", Duration.ofSeconds(3));
        assertThat(lock.claims()).isEmpty();
        Files.delete(path);
        Files.createSymbolicLink(path, directory);
        assertThat(lock.claims()).isEmpty();
    }

    @Test
    void aMarkerThatIsGuardedOrMayNotBeRemovedIsAnErrorThatSaysSo() throws IOException {
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        LockFile lock = Backend.LEASE.open(path);
        LockClaim claim = onlyClaim(lock);
        try (OsFiles.Descriptor peer = OsFiles.system().open(path, Set.of(OsFiles.Open.READ), 0)) {
            assertThat(peer.tryLockExclusive()).isTrue();
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> lock.forceBreak(claim))
                    .withMessageContaining("another process is using it just now");
        }
        OsFiles sticky = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("rename")) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Backend.LEASE.open(path, sticky).forceBreak(claim))
                .withMessageContaining("may not remove files");
        assertThat(path).exists();
    }

    @Test
    void aMarkerThatCannotBeReadIsShownAsUnknown() throws IOException {
        put(path, ELSEWHERE, Duration.ofSeconds(3));
        OsFiles asAnotherUser = new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("open")) {
                    throw failure(OsError.ACCESS_DENIED);
                }
            }
        };

        LockClaim claim = onlyClaim(Backend.LEASE.open(path, asAnotherUser));

        assertThat(claim.kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(claim.liveness()).isEqualTo(Liveness.UNKNOWN);
    }
}
