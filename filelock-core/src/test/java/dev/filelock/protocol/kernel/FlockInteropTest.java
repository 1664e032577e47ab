package dev.filelock.protocol.kernel;

import static dev.filelock.protocol.kernel.Kernel.acquire;
import static dev.filelock.protocol.kernel.Kernel.file;
import static dev.filelock.protocol.kernel.Kernel.isFree;
import static dev.filelock.protocol.kernel.Kernel.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.Grant;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** NATIVE and {@code flock(1)} are one lock. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "flock(1) comes with util-linux")
class FlockInteropTest {
    private static final int BUSY = 42;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        path = directory.resolve("x.lock");
    }

    /** Another JVM. Holds until it is killed, or counts. */
    static final class Peer {
        public static void main(String[] arguments) throws IOException {
            Path path = Path.of(arguments[1]);
            if (arguments[0].equals("hold")) {
                Grant held = acquire(file(path));
                System.out.println("held");
                while (System.in.read() >= 0) {
                    held.ensureValid();
                }
            } else {
                for (int i = Integer.parseInt(arguments[3]); i > 0; i--) {
                    Grant grant = acquire(file(path));
                    Kernel.increment(Path.of(arguments[2]));
                    grant.release();
                }
            }
        }
    }

    @Test
    void keepsTheCommandOut() throws IOException {
        Grant grant = tryOnce(file(path));
        assertThat(flockOnce()).isEqualTo(BUSY);
        grant.release();
        assertThat(flockOnce()).isZero();
    }

    @Test
    void isKeptOutByTheCommandUntilItEnds() throws IOException {
        ChildProcess holder = Kernel.flockHolder(path);
        try (holder) {
            assertThat(isFree(path)).isFalse();
        }
        assertThat(isFree(path)).isTrue();
    }

    @Test
    void isKeptOutByASharedLockToo() throws IOException {
        try (ChildProcess reader =
                ChildProcess.start("flock", "-s", "-o", path.toString(), "sh", "-c", "echo held; exec cat")) {
            reader.expectLine("held");
            assertThat(isFree(path)).isFalse();
        }
    }

    @Test
    void isFreeAsSoonAsItsHolderWasKilled() throws IOException {
        try (ChildProcess holder = JavaPeer.start(Peer.class, "hold", path.toString())) {
            holder.expectLine("held");
            assertThat(isFree(path)).isFalse();
            assertThat(flockOnce()).isEqualTo(BUSY);
            holder.kill();
            assertThat(isFree(path)).isTrue();
        }
    }

    @Test
    void isNotHeldOnByAChildOfAKilledHolder() throws IOException {
        Grant grant = tryOnce(file(path));
        try (ChildProcess child = ChildProcess.start("cat")) {
            grant.release();
            assertThat(child.isAlive()).isTrue();
            assertThat(flockOnce()).isZero();
        }
    }

    @Test
    void losesNoUpdateAmongProcesses() throws IOException {
        Path counter = Files.writeString(directory.resolve("counter"), "0");
        String increment =
                "for i in $(seq 50); do flock \"$1\" sh -c 'n=$(cat \"$1\"); echo $((n + 1)) > \"$1\"' sh \"$2\"; done";
        List<ChildProcess> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                peers.add(JavaPeer.start(Peer.class, "count", path.toString(), counter.toString(), "200"));
                peers.add(ChildProcess.start("sh", "-c", increment, "sh", path.toString(), counter.toString()));
            }
            for (int i = 0; i < 200; i++) {
                Grant grant = acquire(file(path));
                Kernel.increment(counter);
                grant.release();
            }
            peers.forEach(ChildProcess::expectSuccess);
        } finally {
            peers.forEach(ChildProcess::close);
        }
        assertThat(Files.readString(counter).strip()).isEqualTo("700");
    }

    private int flockOnce() {
        try (ChildProcess flock =
                ChildProcess.start("flock", "-n", "-E", Integer.toString(BUSY), path.toString(), "true")) {
            return flock.waitFor();
        }
    }
}
