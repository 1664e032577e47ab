package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite could not do is told with the path, SQLite's own name for it and a way out. */
class SqliteFailureTest {
    private static final Path PATH = Path.of("locks", "catalog.db");

    @ParameterizedTest
    @CsvSource({
        "SQLITE_READONLY, let this user write the file",
        "SQLITE_READONLY_DIRECTORY, let this user write the file",
        "SQLITE_CANTOPEN, let this user read and write the file",
        "SQLITE_CANTOPEN_ISDIR, let this user read and write the file",
        "SQLITE_PERM, let this user read and write the file",
        "SQLITE_IOERR_LOCK, local file system",
        "SQLITE_IOERR_RDLOCK, local file system",
        "SQLITE_NOLFS, local file system",
        "SQLITE_FULL, disk full",
    })
    void namesTheWayOut(SQLiteErrorCode code, String wayOut) {
        FileLockException failure = SqliteFailure.of(PATH, new SQLiteException("disk full", code));

        assertThat(failure)
                .hasMessageContaining(PATH.toString())
                .hasMessageContaining("(" + code.name() + ")")
                .hasMessageContaining(wayOut)
                .hasCauseInstanceOf(SQLiteException.class);
        assertThat(failure.path()).isEqualTo(PATH);
    }

    @ParameterizedTest
    @CsvSource({"SQLITE_NOTADB", "SQLITE_CORRUPT"})
    void callsOtherPeoplesDataByItsName(SQLiteErrorCode code) {
        assertThat(SqliteFailure.of(PATH, new SQLiteException("file is not a database", code)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("somebody's data")
                .hasMessageContaining("choose another path");
    }

    @Test
    void tellsTheRootOfAMissingLibrary() {
        SQLException wrapped =
                new SQLException("Error opening connection", new Exception(new UnsatisfiedLinkError("noexec")));

        assertThat(SqliteFailure.of(PATH, wrapped))
                .hasMessageContaining("noexec")
                .hasMessageContaining("-Dorg.sqlite.tmpdir")
                .hasCause(wrapped);
    }

    @Test
    void hidesNothingItDoesNotKnow() {
        assertThat(SqliteFailure.of(PATH, new SQLException("database connection closed")))
                .hasMessageContaining(PATH.toString())
                .hasMessageContaining("database connection closed");
    }
}
