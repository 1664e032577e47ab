package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
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

/** Processes share the lock for reading and exclude each other for writing; a waiting writer is not overtaken by new readers. */
class SqliteProcessesTest {
    @TempDir
    private Path directory;

    private Path path;
    private LockFile file;

    @BeforeEach
    void chooseTheLockFile() throws IOException {
        path = directory.toRealPath().resolve("catalog.db");
        file = SqlitePeer.open(path);
    }

    @Test
    void readersShareAndKeepAWriterOut() throws IOException {
        try (ChildProcess peer = SqlitePeer.start(path);
                ChildProcess writer = SqlitePeer.start(path)) {
            peer.writeLine("try READ").expectLine("held");
            Grant grant = take(LockMode.READ);

            writer.writeLine("try WRITE").expectLine("busy");
            grant.release();
            writer.writeLine("try WRITE").expectLine("busy");
            peer.writeLine("release").expectLine("released");
            writer.writeLine("try WRITE").expectLine("held");
        }
    }

    @Test
    void aWriterKeepsEverybodyOut() throws IOException {
        Grant grant = take(LockMode.WRITE);
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try READ").expectLine("busy");
            peer.writeLine("try WRITE").expectLine("busy");
            grant.release();
            peer.writeLine("try WRITE").expectLine("held");
            assertThat(attempt(LockMode.READ)).isNull();
            assertThat(attempt(LockMode.WRITE)).isNull();
            peer.writeLine("release").expectLine("released");
        }
        take(LockMode.READ).release();
    }

    @Test
    void anAttemptWithoutPatienceAsksNobodyToWait() throws IOException {
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try WRITE").expectLine("held");
            for (LockMode mode : List.of(LockMode.READ, LockMode.WRITE)) {
                List<String> asked = new ArrayList<>();
                assertThat(file.attempt(mode).poll(() -> {
                            asked.add("again");
                            return false;
                        }))
                        .isNull();
                assertThat(asked).as("in mode %s", mode).hasSize(1);
                assertThat(attempt(mode)).isNull();
            }
            assertThat(file.forgettable())
                    .as("the connection is kept for the next attempt")
                    .isFalse();
        }
    }

    @Test
    void aWaiterWhosePatienceEndedOnceWaitsAgain() throws IOException {
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try WRITE").expectLine("held");
            assertThat(attempt(LockMode.READ)).isNull();
            assertThat(attempt(LockMode.WRITE)).isNull();
            List<String> asked = new ArrayList<>();

            Grant grant = file.attempt(LockMode.READ).poll(() -> {
                asked.add("again");
                if (asked.size() == 10) {
                    peer.writeLine("release").expectLine("released");
                }
                return true;
            });

            assertThat(grant).isNotNull();
            assertThat(asked).hasSize(10);
            grant.release();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aWaitingWriterKeepsPendingAndNewReadersOut() throws IOException {
        try (ChildProcess reader = SqlitePeer.start(path);
                ChildProcess writer = SqlitePeer.start(path)) {
            reader.writeLine("try READ").expectLine("held");
            writer.writeLine("wait WRITE").expectLine("waiting");
            await().untilAsserted(() -> assertThat(LocksOnFile.of(path))
                    .anyMatch(line -> line.contains(" WRITE " + writer.pid() + " ")
                            && line.endsWith(" " + LocksOnFile.PENDING + " 1073741825")));

            assertThat(attempt(LockMode.READ)).isNull();

            reader.writeLine("release").expectLine("released");
            writer.expectLine("held");
            writer.writeLine("release").expectLine("released");
        }
        take(LockMode.READ).release();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aWriterThatGivesUpLeavesNothingBehind() throws IOException {
        try (ChildProcess reader = SqlitePeer.start(path);
                ChildProcess newcomer = SqlitePeer.start(path)) {
            reader.writeLine("try READ").expectLine("held");
            var locksOfReader = LocksOnFile.of(path);
            List<String> whileWaiting = new ArrayList<>();

            assertThat(file.attempt(LockMode.WRITE).poll(() -> {
                        whileWaiting.add(newcomer.ask("try READ"));
                        return whileWaiting.size() < 2;
                    }))
                    .isNull();

            assertThat(whileWaiting).containsExactly("busy", "busy");
            assertThat(LocksOnFile.of(path)).isEqualTo(locksOfReader);
            newcomer.writeLine("try READ").expectLine("held");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void patienceThatThrowsLeavesNothingBehind() throws IOException {
        try (ChildProcess reader = SqlitePeer.start(path)) {
            reader.writeLine("try READ").expectLine("held");
            var locksOfReader = LocksOnFile.of(path);

            assertThatThrownBy(() -> file.attempt(LockMode.WRITE).poll(() -> {
                        throw new ArithmeticException("no patience");
                    }))
                    .hasRootCauseMessage("no patience");

            assertThat(LocksOnFile.of(path)).isEqualTo(locksOfReader);
            assertThat(file.forgettable()).isTrue();
        }
    }

    @Test
    void aKilledHolderIsGoneAtOnce() throws IOException {
        for (String mode : List.of("READ", "WRITE")) {
            try (ChildProcess holder = SqlitePeer.start(path)) {
                holder.writeLine("try " + mode).expectLine("held");
                assertThat(attempt(LockMode.WRITE)).isNull();

                holder.kill();

                take(LockMode.WRITE).release();
            }
        }
    }

    @Test
    void aKeptConnectionIsInNobodysWay() throws IOException {
        take(LockMode.READ).release();
        take(LockMode.WRITE).release();
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try WRITE").expectLine("held");
            peer.writeLine("release").expectLine("released");
            peer.writeLine("try READ").expectLine("held");
        }
    }

    @Test
    void whoHoldsAFileThatWasReplacedIsInNobodysWay() throws IOException {
        take(LockMode.WRITE).release();
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try WRITE").expectLine("held");
            Files.delete(path);

            Grant grant = take(LockMode.WRITE);

            grant.ensureValid();
            grant.release();
            peer.writeLine("release").expectLine("released");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void holdersAreNamedByTheirProcess() throws IOException {
        assertThat(file.holders()).as("of a file that does not exist").isEmpty();
        try (ChildProcess peer = SqlitePeer.start(path)) {
            peer.writeLine("try WRITE").expectLine("held");

            List<LockHolder> holders = file.holders();

            assertThat(holders).hasSize(1);
            assertThat(holders.get(0).pid()).isEqualTo(peer.pid());
            assertThat(holders.get(0).process()).contains("java").contains("SqlitePeer");
            assertThat(attempt(LockMode.READ)).as("asking disturbs nothing").isNull();
            peer.writeLine("release").expectLine("released");
            assertThat(file.holders()).isEmpty();
        }
    }

    @Test
    void anInterruptIsNeitherLostNorInTheWayEvenWhenTheDriverIsJustLoaded() {
        try (ChildProcess peer = SqlitePeer.start(path)) {
            for (int i = 0; i < 2; i++) {
                peer.writeLine("interrupted WRITE").expectLine("held, still interrupted");
                peer.writeLine("release").expectLine("released");
            }
        }
    }

    @Test
    void aMissingNativeLibraryIsExplained() throws IOException {
        Path noDirectory = Files.writeString(path.resolveSibling("file"), "");
        try (ChildProcess peer = SqlitePeer.start(List.of("-Dorg.sqlite.tmpdir=" + noDirectory), path)) {
            for (int i = 0; i < 2; i++) {
                String answer = peer.ask("try READ");
                while (!answer.startsWith("FileLockException: ")) { // the driver's log comes first
                    answer = peer.readLine();
                }
                assertThat(answer)
                        .contains(path.toString())
                        .contains("-Dorg.sqlite.tmpdir=")
                        .contains("--enable-native-access");
            }
        }
    }

    private Grant attempt(LockMode mode) throws IOException {
        return file.attempt(mode).poll(Patience.NONE);
    }

    private Grant take(LockMode mode) throws IOException {
        Grant grant = attempt(mode);
        assertThat(grant).as("the lock in mode %s", mode).isNotNull();
        return grant;
    }
}
