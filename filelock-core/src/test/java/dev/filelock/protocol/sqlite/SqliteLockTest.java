package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.OpenDescriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A SQLITE lock is a transaction on an empty file that is still the one at its path, and nothing else is ever touched. */
class SqliteLockTest {
    /** What is to be done later, until a test does it. */
    private final List<Runnable> later = new ArrayList<>();

    private final SqliteProtocol protocol = new SqliteProtocol(
            OsFileIdentities.system(), KernelLocks.system(), (directory, delay, work) -> later.add(work));

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void chooseTheLockFile() throws IOException {
        directory = directory.toRealPath();
        path = directory.resolve("catalog.db");
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void theFileIsMadeAndStaysEmpty(LockMode mode) throws IOException {
        LockFile file = open(path);

        Grant grant = take(file, mode);

        assertThat(path).isEmptyFile();
        assertThat(grant.backend()).isEqualTo(LockBackend.SQLITE);
        assertThat(grant.identity()).isEqualTo(identityOf(path));
        grant.release();
        assertThat(path).isEmptyFile();
        assertThat(namesIn(directory)).containsExactly("catalog.db");
    }

    @Test
    void theLockComesBackAfterEachRelease() throws IOException {
        LockFile file = open(path);

        for (LockMode mode : List.of(LockMode.WRITE, LockMode.READ, LockMode.READ, LockMode.WRITE, LockMode.WRITE)) {
            take(file, mode).release();
        }

        assertThat(file.forgettable()).as("a connection is kept").isFalse();
    }

    @Test
    void anAttemptWithoutPatienceNeverWaitsForAnotherUseOfTheFileInThisJvm() throws IOException {
        Grant held = take(open(path), LockMode.WRITE);
        LockFile other = open(path);

        assertThat(other.attempt(LockMode.READ).poll(Patience.NONE)).isNull();
        assertThat(other.attempt(LockMode.WRITE).poll(Patience.NONE)).isNull();

        held.release();
        take(other, LockMode.WRITE).release();
    }

    @Test
    void patienceIsAskedWhileAnotherUseOfTheFileInThisJvmGoesOn() throws IOException {
        Grant held = take(open(path), LockMode.WRITE);
        List<String> asked = new ArrayList<>();

        Grant grant = open(path).attempt(LockMode.WRITE).poll(() -> {
            asked.add("again");
            if (asked.size() == 3) {
                release(held);
            }
            return true;
        });

        assertThat(grant).isNotNull();
        assertThat(asked).hasSize(3);
        grant.release();
    }

    @Test
    void missingDirectoriesAreMade() throws IOException {
        Path deep = directory.resolve("a/b/c/catalog.db");

        take(open(deep), LockMode.READ).release();

        assertThat(deep).isEmptyFile();
    }

    @Test
    void aDirectoryOnTheWayMayBeASymbolicLink() throws IOException {
        Files.createDirectory(directory.resolve("real"));
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));

        take(open(directory.resolve("link/catalog.db")), LockMode.WRITE).release();

        assertThat(directory.resolve("real/catalog.db")).isEmptyFile();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a?cache=shared#b.db", "100%41 é ü.db", ":memory:.db", "file:x?mode=memory.db", "'; --.db"})
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void noCharacterOfAFileNameMeansAnythingToSqlite(String name) throws IOException {
        Path odd = directory.resolve(name);

        Grant grant = take(open(odd), LockMode.WRITE);

        assertThat(namesIn(directory)).containsExactly(name);
        assertThat(grant.identity()).isEqualTo(identityOf(odd));
        grant.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw-rw-", "rwxrwxrwx"})
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void theFileHasExactlyThePermissionsAskedFor(String permissions) throws IOException {
        LockOptions options = LockOptions.builder()
                .filePermissions(PosixFilePermissions.fromString(permissions))
                .build();

        take(protocol.open(path, options), LockMode.WRITE).release();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo(permissions);
    }

    @Nested
    class AFileThatChangesUnderneath {

        @Test
        void isLockedAnewWhenItWasReplacedWhileNobodyHeldIt() throws IOException {
            LockFile file = open(path);
            take(file, LockMode.WRITE).release();
            replace(path);

            Grant grant = take(file, LockMode.WRITE);

            assertThat(grant.identity()).isEqualTo(identityOf(path));
            grant.ensureValid();
            grant.release();
        }

        @Test
        void isMadeAgainWhenItWasDeletedWhileNobodyHeldIt() throws IOException {
            LockFile file = open(path);
            take(file, LockMode.READ).release();
            Files.delete(path);

            Grant grant = take(file, LockMode.READ);

            assertThat(path).isEmptyFile();
            assertThat(grant.identity()).isEqualTo(identityOf(path));
            grant.release();
        }

        @Test
        void makesTheHoldInvalidWhenItWasReplaced() throws IOException {
            Grant grant = take(open(path), LockMode.WRITE);
            grant.ensureValid();

            replace(path);

            assertThatThrownBy(grant::ensureValid)
                    .isInstanceOf(LockLostException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining("replaced");
            grant.release();
        }

        @Test
        void makesTheHoldInvalidWhenItWasDeleted() throws IOException {
            LockFile file = open(path);
            Grant grant = take(file, LockMode.READ);

            Files.delete(path);

            assertThatThrownBy(grant::ensureValid)
                    .isInstanceOf(LockLostException.class)
                    .hasMessageContaining("deleted");
            grant.release();
            take(file, LockMode.READ).release();
        }

        @Test
        void isRefusedOnceItHoldsData() throws IOException {
            LockFile file = open(path);
            take(file, LockMode.WRITE).release();
            Files.delete(path);
            Files.writeString(path, "orders of 2026");

            assertThatThrownBy(() -> take(file, LockMode.WRITE)).isInstanceOf(LockProtocolException.class);

            assertThat(path).hasContent("orders of 2026");
        }
    }

    @Nested
    class KeptConnections {

        @Test
        @EnabledOnOs(OS.LINUX)
        void areSixteenAtMost() throws IOException {
            for (int i = 0; i < 40; i++) {
                take(open(directory.resolve("catalog-" + i + ".db")), LockMode.WRITE)
                        .release();
            }

            assertThat(OpenDescriptors.in(directory)).hasSize(16).contains(directory.resolve("catalog-39.db"));
        }

        @Test
        void makeTheirFileForgettableWhenTheyAreClosed() throws IOException {
            LockFile first = open(path);
            assertThat(first.forgettable()).isTrue();
            take(first, LockMode.WRITE).release();
            assertThat(first.forgettable()).isFalse();

            for (int i = 0; i < 16; i++) {
                take(open(directory.resolve("catalog-" + i + ".db")), LockMode.WRITE)
                        .release();
            }

            assertThat(first.forgettable()).isTrue();
            take(first, LockMode.WRITE).release();
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void areClosedOnceNobodyHasUsedThemForAWhile() throws IOException {
            SqliteProtocol impatient = protocol(Duration.ZERO);
            LockFile unused = impatient.open(directory.resolve("unused.db"), LockOptions.defaults());
            take(unused, LockMode.WRITE).release();
            Grant held = take(impatient.open(path, LockOptions.defaults()), LockMode.WRITE);

            later.remove(0).run();

            assertThat(OpenDescriptors.in(directory)).containsExactly(path);
            assertThat(unused.forgettable()).isTrue();
            assertThat(later).as("nothing idle is left to look for").isEmpty();
            held.ensureValid();
            held.release();
            assertThat(later).hasSize(1);
        }

        @Test
        void areLookedForAgainIfTheyWereUsedMeanwhile() throws IOException {
            LockFile file = protocol(Duration.ofHours(1)).open(path, LockOptions.defaults());
            take(file, LockMode.WRITE).release();
            take(file, LockMode.READ).release();
            assertThat(later).as("one look is enough for all").hasSize(1);

            later.remove(0).run();

            assertThat(file.forgettable()).isFalse();
            assertThat(later).hasSize(1);
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void areNotRolledBackByAReleaseThatIsTriedAgain() throws IOException {
            boolean[] failing = {true};
            LockFile file = new SqliteProtocol(
                            OsFileIdentities.system(),
                            KernelLocks.system(),
                            new IdleConnections(16, Duration.ofHours(1), (directory, delay, work) -> {
                                if (failing[0]) {
                                    throw new IllegalStateException("failed by the test");
                                }
                            }))
                    .open(path, LockOptions.defaults());
            Grant first = take(file, LockMode.WRITE);
            try {
                first.release();
            } catch (IllegalStateException e) {
                // then the engine calls again
            }
            failing[0] = false;
            Grant second = take(file, LockMode.WRITE);
            first.release();
            assertThat(LocksOnFile.of(path)).as("the second one's").isNotEmpty();
            second.release();
        }

        private SqliteProtocol protocol(Duration patience) {
            return new SqliteProtocol(
                    OsFileIdentities.system(),
                    KernelLocks.system(),
                    new IdleConnections(16, patience, (directory, delay, work) -> later.add(work)));
        }

        @Test
        void areNotCountedWhileTheyAreInUse() throws IOException {
            List<Grant> grants = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                grants.add(take(open(directory.resolve("catalog-" + i + ".db")), LockMode.WRITE));
            }
            for (Grant grant : grants) {
                grant.ensureValid();
                grant.release();
            }
        }

        @Test
        void areNotMistakenForContentionWhileTheyAreClosed() throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<?>> users = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    List<LockFile> own = new ArrayList<>();
                    for (int j = 0; j < 6; j++) {
                        own.add(open(directory.resolve("catalog-" + i + j + ".db")));
                    }
                    users.add(threads.submit(() -> {
                        for (int round = 0; round < 100; round++) {
                            for (LockFile file : own) {
                                take(file, LockMode.WRITE).release();
                            }
                        }
                        return null;
                    }));
                }
                for (Future<?> user : users) {
                    user.get(60, TimeUnit.SECONDS);
                }
            } finally {
                threads.shutdownNow();
            }
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void holdNoLock() throws IOException {
            LockFile file = open(path);

            for (LockMode mode : List.of(LockMode.READ, LockMode.WRITE)) {
                Grant grant = take(file, mode);
                assertThat(LocksOnFile.of(path))
                        .as("while held in mode %s", mode)
                        .isNotEmpty();
                grant.release();
                assertThat(LocksOnFile.of(path)).as("after mode %s", mode).isEmpty();
            }

            assertThat(OpenDescriptors.in(directory)).containsExactly(path);
        }
    }

    @Nested
    class WhatIsNoLockFile {

        @ParameterizedTest
        @ValueSource(strings = {"catalog.lock", "catalog", "catalog.DB", ".db", "catalog.db.bak"})
        void isRefusedByItsNameWithABetterOne(String name) {
            Path wrong = directory.resolve(name);

            assertThatThrownBy(() -> open(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(wrong.toString())
                    .hasMessageContaining("does not end in .db");
        }

        @Test
        void isToldTheNameThatWouldDo() {
            assertThatThrownBy(() -> open(directory.resolve("catalog.lock")))
                    .hasMessageContaining("write " + directory.resolve("catalog.db"));
        }

        @Test
        void isAnybodysDatabaseAndIsNotTouched() throws Exception {
            try (var connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                    var statement = connection.createStatement()) {
                statement.execute("CREATE TABLE orders (id INTEGER)");
            }
            byte[] before = Files.readAllBytes(path);
            var time = Files.getLastModifiedTime(path);

            assertThatThrownBy(() -> take(open(path), LockMode.READ))
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining(before.length + " bytes")
                    .hasMessageContaining("choose another path");

            assertThat(path).hasBinaryContent(before);
            assertThat(Files.getLastModifiedTime(path)).isEqualTo(time);
        }

        @Test
        void isADataFile() throws IOException {
            Files.writeString(path, "x");

            assertRefused(path, "has 1 bytes");

            assertThat(path).hasContent("x");
        }

        @Test
        void isADirectory() throws IOException {
            Files.createDirectory(path);

            assertRefused(path, "a directory");

            assertThat(path).isEmptyDirectory();
        }

        @Test
        void isASymbolicLinkAndItsTargetIsNotTouched() throws IOException {
            Path target = Files.writeString(directory.resolve("target"), "");
            Files.createSymbolicLink(path, target);

            assertRefused(path, "a symbolic link");

            assertThat(path).isSymbolicLink();
            assertThat(target).isEmptyFile();
        }

        @Test
        void isADanglingSymbolicLink() throws IOException {
            Files.createSymbolicLink(path, directory.resolve("nowhere"));

            assertRefused(path, "a symbolic link");

            assertThat(directory.resolve("nowhere")).doesNotExist();
        }

        @Test
        void isASymbolicLinkThatTookThePlaceOfAKeptFile() throws IOException {
            LockFile file = open(path);
            take(file, LockMode.WRITE).release();
            Path moved = Files.move(path, directory.resolve("moved.db"));
            Files.createSymbolicLink(path, moved);

            assertThatThrownBy(() -> take(file, LockMode.WRITE))
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining("a symbolic link");
        }

        @Test
        @EnabledOnOs({OS.LINUX, OS.MAC})
        void isAFifo() throws Exception {
            Process mkfifo = new ProcessBuilder("mkfifo", path.toString()).start();
            assertThat(mkfifo.waitFor(10, TimeUnit.SECONDS)).isTrue();

            assertRefused(path, "a FIFO");
        }

        @ParameterizedTest
        @ValueSource(strings = {"-journal", "-wal"})
        void hasTheRemnantsOfADatabaseBesideItThatSqliteWouldDelete(String suffix) throws IOException {
            Path remnant = Files.writeString(directory.resolve("catalog.db" + suffix), "pages");

            assertRefused(path, remnant.toString());

            assertThat(remnant).hasContent("pages");
        }

        @Test
        void liesInADirectoryThatCanNotBeMade() throws IOException {
            Files.writeString(directory.resolve("file"), "x");
            Path wrong = directory.resolve("file/sub/catalog.db");

            assertThatThrownBy(() -> take(open(wrong), LockMode.READ))
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining(wrong.toString())
                    .hasMessageContaining("choose another path");
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void liesInADirectoryThatCanNotBeWritten() {
            Path wrong = Path.of("/sys/catalog.db"); // not even by root

            assertThatThrownBy(() -> take(open(wrong), LockMode.READ))
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining(wrong.toString())
                    .hasMessageContaining("let this user write the directory");
        }

        @Test
        void isAnotherNameOfAFileThatIsHeld() throws IOException {
            Grant held = take(open(path), LockMode.READ);
            Path other = Files.createLink(directory.resolve("other.db"), path);

            assertThatThrownBy(() -> take(open(other), LockMode.READ))
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining(other.toString());

            held.ensureValid();
            held.release();
            take(open(other), LockMode.READ).release();
        }

        private void assertRefused(Path wrong, String found) {
            for (LockMode mode : List.of(LockMode.READ, LockMode.WRITE)) {
                assertThatThrownBy(() -> take(open(wrong), mode))
                        .isInstanceOf(LockProtocolException.class)
                        .hasMessageContaining(wrong.toString())
                        .hasMessageContaining(found)
                        .hasMessageContaining("choose another path");
            }
        }
    }

    private LockFile open(Path lockFile) {
        return protocol.open(lockFile, LockOptions.defaults());
    }

    private static Grant take(LockFile file, LockMode mode) throws IOException {
        Grant grant = file.attempt(mode).poll(Patience.NONE);
        assertThat(grant).as("the lock in mode %s", mode).isNotNull();
        return grant;
    }

    private static void release(Grant grant) {
        try {
            grant.release();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void replace(Path file) throws IOException {
        Path newcomer = Files.createFile(file.resolveSibling("newcomer"));
        Files.move(newcomer, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static @Nullable FileIdentity identityOf(Path file) throws IOException {
        return OsFileIdentities.system().notFollowing(file);
    }

    private static List<String> namesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
