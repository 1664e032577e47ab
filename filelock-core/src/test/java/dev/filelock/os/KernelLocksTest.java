package dev.filelock.os;

import static dev.filelock.os.OsFiles.Open.CREATE;
import static dev.filelock.os.OsFiles.Open.READ;
import static dev.filelock.os.OsFiles.Open.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.os.KernelLocks.Owner;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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

    private final Processes processes = Processes.system();
    private final ProcLocks locks = new ProcLocks(processes);

    private List<Long> pids(String text, FileIdentity file, Predicate<ProcLocks.Line> kind) {
        return locks.holders(text, file, kind).stream().map(Owner::pid).toList();
    }

    private static List<Long> pids(List<Owner> owners) {
        return owners.stream().map(Owner::pid).toList();
    }

    @Test
    void tellsHoldersFromWaitersAndKindsFromEachOther() {
        FileIdentity file = new FileIdentity(0xfe00, 2154861);
        assertThat(pids(LOCKS, file, line -> line.kind().equals("FLOCK"))).containsExactly(7440L, 7442L);
        assertThat(pids(LOCKS, file, line -> line.kind().equals("POSIX"))).containsExactly(5433L);
        assertThat(pids(LOCKS, file, line -> true)).containsExactly(7440L, 5433L, null, 17L, 12L, 7442L);
    }

    @Test
    void saysWhyALockHasNoProcess() {
        FileIdentity file = new FileIdentity(0xfe00, 5);
        String nameless = "1: OFDLCK ADVISORY  WRITE -1 fe:00:5 0 0\n2: POSIX ADVISORY  WRITE 0 fe:00:5 0 0\n";
        assertThat(locks.holders(nameless, file, line -> true))
                .extracting(Owner::remark)
                .satisfiesExactly(
                        ofDescription -> assertThat(ofDescription).contains("open file description"),
                        elsewhere -> assertThat(elsewhere).contains("another PID namespace"));
    }

    @Test
    void saysWhyNobodyIsShown() {
        assertThat(locks.whyUnseen()).contains("/proc/locks shows nobody").contains("on another host");
        assertThat(new ProcLocks(new ProcessesInContainer()).whyUnseen())
                .contains("outside this container's PID namespace");
    }

    @Test
    void knowsAnOwnerThatHasEnded() throws Exception {
        long ended;
        try (ChildProcess child = ChildProcess.start("true")) {
            child.expectSuccess();
            ended = child.pid();
        }
        String left = "1: FLOCK ADVISORY  WRITE " + ended + " fe:00:5 0 EOF\n";
        assertThat(locks.holders(left, new FileIdentity(0xfe00, 5), line -> true))
                .containsExactly(new Owner(
                        ended, null, null, "that process has ended; one that it started has inherited the lock"));
    }

    @Test
    void findsAHolderByWhatItHasOpenWhereTheKernelCountsAnotherDevice() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        FileIdentity identity = OsFiles.system().lstat(file).identity();
        String locksOfBtrfs = "1: FLOCK ADVISORY  WRITE " + processes.pid() + " 00:7f:" + identity.inode() + " 0 EOF\n";
        assertThat(locks.holders(locksOfBtrfs, identity, line -> true)).isEmpty();
        try (var descriptor = OsFiles.system().open(file, EnumSet.of(READ), 0)) {
            assertThat(pids(locksOfBtrfs, identity, line -> true)).containsExactly(processes.pid());
        }
    }

    @Test
    void readsLargeDeviceNumbersAsTheCLibraryDoes() {
        FileIdentity file = new FileIdentity(LinuxDevice.number(0x1003, 0xfff01), 2154861);
        assertThat(pids(LOCKS, file, line -> true)).containsExactly(7443L);
        assertThat(file.device()).isEqualTo(0x1000fff00301L);
    }

    @Test
    void makesNothingOfWhatItCanNotRead() {
        FileIdentity file = new FileIdentity(0xfe00, 2154861);
        String odd =
                "1: FLOCK ADVISORY WRITE 1 fe:00:99999999999999999999 0 EOF\n1:\n\u0000\n1: FLOCK\n99: FLOCK a b 1 ::";
        assertThat(locks.holders(odd, file, line -> true)).isEmpty();
        assertThat(locks.holders("", file, line -> true)).isEmpty();
    }

    @Test
    void findsThisProcess() throws IOException {
        Path file = directory.resolve("file");
        OsFiles files = OsFiles.system();
        try (var descriptor = files.open(file, EnumSet.of(READ, WRITE, CREATE), 0600)) {
            FileIdentity identity = descriptor.status().identity();
            assertThat(locks.flockHolders(identity)).isEmpty();
            descriptor.tryLockExclusive();
            assertThat(pids(locks.flockHolders(identity)))
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
            assertThat(pids(locks.fcntlHolders(identity)))
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
            assertThat(locks.flockHolders(identity)).singleElement().satisfies(owner -> {
                assertThat(owner.pid()).isEqualTo(flock.pid());
                assertThat(owner.process()).isEqualTo("flock");
                assertThat(owner.user()).isEqualTo(System.getProperty("user.name"));
                assertThat(owner.remark()).isNull();
            });
        }
    }

    @Test
    void saysForWhatAHolderItselfWaits() throws Exception {
        Path mine = directory.resolve("mine");
        Path theirs = directory.resolve("theirs");
        OsFiles files = OsFiles.system();
        try (var held = files.open(mine, EnumSet.of(READ, WRITE, CREATE), 0600);
                ChildProcess other = PythonPeer.start("""
                        import fcntl, sys
                        theirs = open(sys.argv[1], "w")
                        fcntl.flock(theirs, fcntl.LOCK_EX)
                        mine = open(sys.argv[2])
                        sys.stdin.readline()
                        fcntl.flock(mine, fcntl.LOCK_EX)
                        """, theirs.toString(), mine.toString())) {
            held.tryLockExclusive();
            other.writeLine("go");
            await().until(() -> Files.exists(theirs));
            FileIdentity identity = files.lstat(theirs).identity();
            await().untilAsserted(() -> assertThat(locks.flockHolders(identity))
                    .extracting(Owner::remark)
                    .containsExactly("it waits for " + mine
                            + ", which this JVM holds, so that the two may wait for each other"));
        }
    }

    /** As if this process ran in a container. */
    private static final class ProcessesInContainer implements Processes {
        private final Processes system = Processes.system();

        @Override
        public Long pidNamespace() {
            return 4026532000L;
        }

        @Override
        public long pid() {
            return system.pid();
        }

        @Override
        public boolean alive(long pid) {
            return system.alive(pid);
        }

        @Override
        public @Nullable BigInteger startToken(long pid) {
            return null;
        }

        @Override
        public String hostField() {
            return system.hostField();
        }

        @Override
        public @Nullable String describe(long pid) {
            return null;
        }

        @Override
        public @Nullable String user(long pid) {
            return null;
        }

        @Override
        public @Nullable String remark(long pid) {
            return null;
        }
    }
}
