package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockProtocolException;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.testing.Stranger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A SQLITE lock contends with whoever has a transaction on its file, as other processes have: here another connection does. */
@Timeout(60)
class SqliteContentionTest {
    @TempDir
    private Path directory;

    private Path path;
    private ReadWriteFileLock lock;
    private Connection other;

    @BeforeEach
    void openTheFileTwice() throws Exception {
        path = directory.toRealPath().resolve("catalog.db");
        lock = ReadWriteFileLock.of(path);
        lock.writeLock().acquire().close();
        other = DriverManager.getConnection("jdbc:sqlite:" + path);
        other("PRAGMA busy_timeout=0");
        other("PRAGMA journal_mode=MEMORY"); // as every user of such a lock has it
    }

    @AfterEach
    void closeTheOther() throws SQLException {
        other.close();
    }

    private void other(String command) throws SQLException {
        try (Statement statement = other.createStatement()) {
            statement.execute(command);
        }
    }

    private void read() throws SQLException {
        other("BEGIN");
        other("SELECT name FROM sqlite_schema");
    }

    private void write() throws SQLException {
        other("BEGIN EXCLUSIVE");
    }

    private void end() throws SQLException {
        other("ROLLBACK");
    }

    private static void assertRefusedAndLeftAlone(FileLock refused) {
        assertThat(refused.tryAcquire()).isEmpty();
        assertThat(refused.tryAcquire()).isEmpty();
    }

    @Test
    void aWriterElsewhereKeepsReadersAndWritersOutUntilItEnds() throws Exception {
        write();
        assertRefusedAndLeftAlone(lock.readLock());
        assertRefusedAndLeftAlone(lock.writeLock());
        end();
        lock.readLock().acquire().close();
        lock.writeLock().acquire().close();
    }

    @Test
    void readersElsewhereShareAndKeepWritersOut() throws Exception {
        read();
        assertRefusedAndLeftAlone(lock.writeLock());
        try (HeldLock held = lock.readLock().acquire()) {
            end();
            assertThatThrownBy(this::write).as("while it is read here").isInstanceOf(SQLException.class);
            held.ensureValid();
        }
        write();
        end();
    }

    @Test
    void whoWasRefusedIsInNobodysWay() throws Exception {
        write();
        assertRefusedAndLeftAlone(lock.readLock());
        end();
        write();
        end();
        read();
        assertRefusedAndLeftAlone(lock.writeLock());
        end();
        write();
        end();
    }

    @Test
    void aWaiterGoesOnAsSoonAsTheOtherHasEnded() throws Exception {
        for (FileLock waited : new FileLock[] {lock.readLock(), lock.writeLock()}) {
            write();
            Future<HeldLock> waiter = waited.acquireAsync();
            await().during(Duration.ofMillis(100)).until(() -> !waiter.isDone());
            end();
            waiter.get(20, TimeUnit.SECONDS).close();
        }
    }

    /** On Windows a file that is open can't be deleted. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whoeverWaitsForAFileThatIsDeletedGoesOnWithTheOneThatTakesItsPlace() throws Exception {
        for (FileLock waited : new FileLock[] {lock.readLock(), lock.writeLock()}) {
            write();
            Future<HeldLock> waiter = waited.acquireAsync();
            await().during(Duration.ofMillis(100)).until(() -> !waiter.isDone());
            Files.delete(path);
            waiter.get(20, TimeUnit.SECONDS).close();
            end();
            closeTheOther();
            openTheFileTwice();
        }
    }

    @Test
    void aWaitingWriterKeepsNewReadersOut() throws Exception {
        read();
        Future<HeldLock> writer = lock.writeLock().acquireAsync();
        try (Connection late = DriverManager.getConnection("jdbc:sqlite:" + path);
                Statement statement = late.createStatement()) {
            statement.execute("PRAGMA busy_timeout=0");
            await().untilAsserted(() -> assertThatThrownBy(() -> statement.execute("SELECT name FROM sqlite_schema"))
                    .isInstanceOf(SQLException.class));
            assertThat(writer).isNotDone();
            end();
            writer.get(20, TimeUnit.SECONDS).close();
            statement.execute("SELECT name FROM sqlite_schema");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatAnotherUserPlantedIsRefusedAndLeftAlone() throws IOException {
        Path planted = Files.createFile(path.resolveSibling("planted.db"));
        Stranger.plant(planted);
        ReadWriteFileLock refused = ReadWriteFileLock.of(planted);
        for (FileLock each : new FileLock[] {refused.readLock(), refused.writeLock()}) {
            assertThatThrownBy(each::tryAcquire)
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining(planted + " is user " + Stranger.ID + "'s");
        }
        assertThat(planted).isEmptyFile();
    }
}
