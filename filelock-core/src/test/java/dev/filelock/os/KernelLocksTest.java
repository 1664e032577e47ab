package dev.filelock.os;

import static dev.filelock.os.OsFiles.Open.CREATE;
import static dev.filelock.os.OsFiles.Open.READ;
import static dev.filelock.os.OsFiles.Open.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.FileIdentity;
import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class KernelLocksTest {
    private static final String LOCKS = """
            1: FLOCK  ADVISORY  WRITE 7440 fe:00:2154861 0 EOF
            1: -> FLOCK  ADVISORY  WRITE 7441 fe:00:2154861 0 EOF
            2: POSIX  ADVISORY  READ  5433 fe:00:2154861 128 128
            3: OFDLCK ADVISORY  WRITE -1 fe:00:2154861 0 0
            3: OFDLCK ADVISORY  WRITE 17 fe:00:2154861 0 0
            4: LEASE  ACTIVE    READ 12 fe:00:2154861 0 EOF
            5: FLOCK  ADVISORY  READ 7442 fe:00:2154861 0 EOF
            6: FLOCK  ADVISORY  WRITE 7443 1003:fff01:2154861 0 EOF
            7: FLOCK  ADVISORY  WRITE 7444 <none>:0 0 EOF
            """;

    @TempDir
    Path directory;

    private final KernelLocks locks = KernelLocks.system();

    @Test
    void tellsHoldersFromWaitersAndKindsFromEachOther() {
        FileIdentity file = new FileIdentity(0xfe00, 2154861);
        assertThat(ProcLocks.holders(LOCKS, file, "FLOCK"::equals)).containsExactly(7440L, 7442L);
        assertThat(ProcLocks.holders(LOCKS, file, "POSIX"::equals)).containsExactly(5433L);
        assertThat(ProcLocks.holders(LOCKS, file, kind -> true)).containsExactly(7440L, 5433L, 17L, 12L, 7442L);
    }

    @Test
    void readsLargeDeviceNumbersAsTheCLibraryDoes() {
        FileIdentity file = new FileIdentity(LinuxDevice.number(0x1003, 0xfff01), 2154861);
        assertThat(ProcLocks.holders(LOCKS, file, kind -> true)).containsExactly(7443L);
        assertThat(file.device()).isEqualTo(0x1000fff00301L);
    }

    @Test
    void makesNothingOfWhatItCanNotRead() {
        FileIdentity file = new FileIdentity(0xfe00, 2154861);
        String odd =
                "1: FLOCK ADVISORY WRITE 1 fe:00:99999999999999999999 0 EOF\n1:\n\u0000\n1: FLOCK\n99: FLOCK a b 1 ::";
        assertThat(ProcLocks.holders(odd, file, kind -> true)).isEmpty();
        assertThat(ProcLocks.holders("", file, kind -> true)).isEmpty();
    }

    @Test
    void findsThisProcess() throws IOException {
        Path file = directory.resolve("file");
        OsFiles files = OsFiles.system();
        try (var descriptor = files.open(file, EnumSet.of(READ, WRITE, CREATE), 0600)) {
            FileIdentity identity = descriptor.status().identity();
            assertThat(locks.flockHolders(identity)).isEmpty();
            descriptor.tryLockExclusive();
            assertThat(locks.flockHolders(identity))
                    .containsExactly(ProcessHandle.current().pid());
            assertThat(locks.fcntlHolders(identity)).isEmpty();
        }
    }

    @Test
    void tellsFcntlLocksFromFlocks() throws IOException {
        Path file = directory.resolve("file");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            FileIdentity identity = OsFiles.system().lstat(file).identity();
            assertThat(locks.fcntlHolders(identity))
                    .containsExactly(ProcessHandle.current().pid());
            assertThat(locks.flockHolders(identity)).isEmpty();
        }
    }

    @Test
    void findsAnotherProcess() throws IOException {
        Path file = directory.resolve("file");
        try (ChildProcess flock = ChildProcess.start("flock", file.toString(), "sh", "-c", "echo held; read line")) {
            flock.expectLine("held");
            FileIdentity identity = OsFiles.system().lstat(file).identity();
            assertThat(locks.flockHolders(identity)).containsExactly(flock.pid());
        }
    }
}
