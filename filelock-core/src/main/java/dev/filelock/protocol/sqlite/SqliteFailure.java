package dev.filelock.protocol.sqlite;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Puts into words what SQLite or its driver could not do, and what helps. */
final class SqliteFailure {
    private SqliteFailure() {}

    static FileLockException of(Path path, SQLException e) {
        if (!(e instanceof SQLiteException failure)) {
            return isOfLibrary(e)
                    ? ofLibrary(path, e)
                    : new FileLockException(path, "lock file " + path + " can't be locked: " + e.getMessage(), e);
        }
        SQLiteErrorCode code = failure.getResultCode();
        SQLiteErrorCode primary = SQLiteErrorCode.getErrorCode(code.code & 0xff);
        String what = "lock file " + path + " can't be locked (" + code.name() + "): ";
        return switch (primary) {
            case SQLITE_READONLY ->
                new FileLockException(
                        path,
                        what
                                + "this user may not write it or its file system is read-only, but a write lock needs that; a read lock "
                                + "would do without; let this user write the file",
                        e);
            case SQLITE_CANTOPEN ->
                new FileLockException(
                        path,
                        what
                                + "SQLite can't open it; let this user read and write the file and search its directory, and check that "
                                + "this process has not too many files open",
                        e);
            case SQLITE_PERM, SQLITE_AUTH ->
                new FileLockException(path, what + "access is denied; let this user read and write the file", e);
            case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_FORMAT ->
                new LockProtocolException(
                        path,
                        what
                                + "it is no longer empty and not a SQLite database either, so it is somebody's data; it was not touched; "
                                + "choose another path for the lock",
                        e);
            case SQLITE_IOERR, SQLITE_PROTOCOL, SQLITE_NOLFS ->
                new FileLockException(
                        path,
                        what
                                + "the file system failed or has no fcntl locks; SQLITE locks belong on a local file system: move the lock "
                                + "to one",
                        e);
            default -> new FileLockException(path, what + e.getMessage(), e);
        };
    }

    /** The driver can't load SQLite itself. */
    static FileLockException ofLibrary(Path path, Throwable e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return new FileLockException(
                path,
                "lock file " + path + " can't be locked, because sqlite-jdbc can't load its native "
                        + "library: " + root
                        + "; it unpacks the library into the temporary directory: if that can't be written or is "
                        + "mounted noexec, name another one with -Dorg.sqlite.tmpdir=DIR; on a JDK that denies native access, allow it "
                        + "with --enable-native-access=ALL-UNNAMED",
                e);
    }

    /** The driver wraps these in an exception without a code. */
    private static boolean isOfLibrary(SQLException e) {
        return e.getCause() != null && e.getErrorCode() == 0;
    }
}
