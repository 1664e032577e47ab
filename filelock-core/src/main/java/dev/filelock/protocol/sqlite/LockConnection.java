package dev.filelock.protocol.sqlite;

import dev.filelock.LockMode;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Patience;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.BusyHandler;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig.Pragma;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/**
 * A connection to a lock file, and the transactions on it that are the lock. Used by one thread at a time, not always the same.
 *
 * <p>The waiting is done inside SQLite's busy handler, because a writer that SQLite lets wait for readers keeps its PENDING lock,
 * which bars new readers; between two calls of ours it would have none.
 */
final class LockConnection {
    private static final int NO_FOLLOW = 0x01000000; // SQLITE_OPEN_NOFOLLOW, since SQLite 3.31
    private static final int OPEN_FLAGS = SQLiteOpenMode.READWRITE.flag | SQLiteOpenMode.OPEN_URI.flag | NO_FOLLOW;

    private final Connection connection;
    private final Path path;
    private final FileIdentity file;
    private final Runnable onClosed;
    private final Waiting waiting = new Waiting();
    private @Nullable Statements statements;
    private boolean inTransaction;
    private boolean writable;
    private volatile boolean closed;

    private LockConnection(Connection connection, Path path, FileIdentity file, Runnable onClosed) {
        this.connection = connection;
        this.path = path;
        this.file = file;
        this.onClosed = onClosed;
    }

    /**
     * Opens an existing file; takes no lock.
     *
     * @param path without symbolic links
     * @param file the identity of what the path named just before
     * @param onClosed run once, after the file is closed
     */
    static LockConnection open(Path path, FileIdentity file, Runnable onClosed) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty(Pragma.OPEN_MODE.pragmaName, String.valueOf(OPEN_FLAGS)); // without CREATE
        properties.setProperty(Pragma.BUSY_TIMEOUT.pragmaName, "0"); // the driver's default is 3 s
        // A URI has the very bytes of the path, and the driver splits what is not one at '?'.
        Connection connection = JDBC.createConnection(JDBC.PREFIX + path.toUri(), properties);
        return new LockConnection(connection, path, file, onClosed);
    }

    /** The file that was opened. */
    FileIdentity file() {
        return file;
    }

    /**
     * Takes the lock.
     *
     * @return false if somebody else has it and patience ended; no lock of any kind is left then
     */
    boolean begin(LockMode mode, Patience patience) throws SQLException {
        waiting.start(patience);
        try {
            Statements ready = statements();
            if (mode.isShared()) {
                ready.begin.execute();
                inTransaction = true; // which has no lock before it has read
                ready.read().executeQuery().close();
            } else {
                ready.beginExclusive.execute();
                inTransaction = true;
                requireWritable();
            }
            return true;
        } catch (SQLException e) {
            if (!isContention(e)) {
                throw e;
            }
            if (inTransaction) {
                rollback();
            }
            return false;
        } finally {
            waiting.end();
        }
    }

    /**
     * SQLite opens a file for reading if it can't be opened for writing, and then BEGIN EXCLUSIVE takes no more than a reader's lock, with
     * no error. A first change, which the rollback takes back before anything is written, fails there.
     */
    private void requireWritable() throws SQLException {
        if (!writable) {
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("PRAGMA user_version=0");
            }
            writable = true;
        }
    }

    /** Gives the lock back. */
    void rollback() throws SQLException {
        statements().rollback.execute();
        inTransaction = false;
    }

    boolean isOpen() {
        return !closed;
    }

    /** Closes the file, and so gives back every lock. Closing twice does nothing. */
    void close() throws SQLException {
        if (!closed) {
            connection.close();
            closed = true;
            onClosed.run();
        }
    }

    @Override
    public String toString() {
        return "connection to " + path;
    }

    private Statements statements() throws SQLException {
        Statements ready = statements;
        if (ready == null) {
            // Set anew at each try: SQLite never again asks a handler that declined while a statement was being
            // prepared.
            BusyHandler.setHandler(connection, waiting);
            requireJournalInMemory();
            ready = new Statements(connection);
            statements = ready;
        }
        return ready;
    }

    /** Reads the database and so takes part in the locking: it waits behind a writer. */
    private void requireJournalInMemory() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet mode = statement.executeQuery("PRAGMA journal_mode=MEMORY")) {
            if (!mode.next() || !mode.getString(1).equalsIgnoreCase("memory")) {
                throw new SQLException("SQLite refused journal_mode=MEMORY");
            }
        }
    }

    private static boolean isContention(SQLException e) {
        if (!(e instanceof SQLiteException failure)) {
            return false;
        }
        int primaryCode = failure.getResultCode().code & 0xff;
        return primaryCode == SQLiteErrorCode.SQLITE_BUSY.code || primaryCode == SQLiteErrorCode.SQLITE_LOCKED.code;
    }

    /** What the lock consists of, parsed once. */
    private static final class Statements {
        private final Connection connection;
        private final PreparedStatement begin;
        private final PreparedStatement beginExclusive;
        private final PreparedStatement rollback;
        private @Nullable PreparedStatement read;

        Statements(Connection connection) throws SQLException {
            this.connection = connection;
            begin = connection.prepareStatement("BEGIN TRANSACTION");
            beginExclusive = connection.prepareStatement("BEGIN EXCLUSIVE TRANSACTION");
            rollback = connection.prepareStatement("ROLLBACK");
        }

        /** To be called inside a transaction, since preparing it reads the schema, and so locks. */
        PreparedStatement read() throws SQLException {
            PreparedStatement ready = read;
            if (ready == null) {
                ready = connection.prepareStatement("SELECT name FROM sqlite_schema LIMIT 1");
                read = ready;
            }
            return ready;
        }
    }

    /** Asks the patience of the poll that is going on. An exception must not cross SQLite's frames: it is thrown behind them. */
    private static final class Waiting extends BusyHandler {
        private Patience patience = Patience.NONE;
        private @Nullable Throwable failure;

        void start(Patience patience) {
            this.patience = patience;
        }

        void end() {
            patience = Patience.NONE;
            Throwable thrown = failure;
            failure = null;
            if (thrown != null) {
                throw new IllegalStateException("waiting for a lock failed", thrown);
            }
        }

        @Override
        protected int callback(int invocationsBefore) {
            try {
                return patience.again() ? 1 : 0;
            } catch (Throwable thrown) {
                failure = thrown;
                return 0;
            }
        }
    }
}
