package dev.filelock.protocol.sqlite;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.os.ChangeSignals;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One lock file: opens it, keeps its connection between transactions, and sees to it that it is still the file at the path. */
final class SqliteLockFile implements LockFile {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLockFile.class);

    /** How often one poll starts over because the file was replaced; more often than that is left to the next poll. */
    private static final int TRIES = 8;

    private final Database database;
    private final IdleConnections idle;
    private final OpenFiles openFiles;
    private final Holders holders;
    private final LetGo letGo = new LetGo(this);
    private final Object closing = new Object();
    private volatile boolean open;
    private volatile boolean held;

    SqliteLockFile(Database database, IdleConnections idle, OpenFiles openFiles, Holders holders) {
        this.database = database;
        this.idle = idle;
        this.openFiles = openFiles;
        this.holders = holders;
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new SqliteAttempt(mode);
    }

    @Override
    public List<LockHolder> holders() {
        return holders.now();
    }

    @Override
    public String whyUnseen() {
        return holders.whyUnseen();
    }

    @Override
    public boolean forgettable() {
        return !open;
    }

    Path path() {
        return database.path();
    }

    Path directory() {
        return database.directory();
    }

    @Nullable FileIdentity fileAtPath() throws IOException {
        return database.identity();
    }

    /** Keeps an interrupt for the caller: what is loaded and started on first use swallows it now and then. */
    private @Nullable Grant poll(LockMode mode, Patience patience) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            return lock(mode, patience);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private @Nullable Grant lock(LockMode mode, Patience patience) throws IOException {
        for (int tries = 0; tries < TRIES; tries++) {
            LockConnection kept = takeKept();
            LockConnection connection = kept != null ? kept : open(patience);
            if (connection == null) {
                return null;
            }
            boolean inOrder = false;
            try {
                boolean begun = connection.begin(mode, () -> patience.again() && isAtPath(connection));
                if (connection.file().equals(database.identity())) {
                    if (!begun) {
                        inOrder = true;
                        keep(connection);
                        return null;
                    }
                    Grant grant = new SqliteGrant(this, connection);
                    inOrder = true; // not before: if memory runs out here, the connection is closed
                    held = true;
                    return grant;
                }
                LOG.debug("{} was replaced or deleted since it was opened; opening it again", path());
            } catch (SQLException e) {
                if (kept == null) {
                    throw SqliteFailure.of(path(), e);
                }
                LOG.debug("the kept connection to {} failed; opening another", path(), e);
            } finally {
                if (!inOrder) {
                    discard(connection);
                }
            }
        }
        return null;
    }

    /** Whoever still has a file locked that was deleted or replaced keeps nobody out of the one that took its place. */
    private boolean isAtPath(LockConnection connection) {
        try {
            return connection.file().equals(database.identity());
        } catch (IOException e) {
            return true; // that can't be told now
        }
    }

    /** Opens the file at the path, which is made if missing; null if another copy of this library uses it or it vanished. */
    private @Nullable LockConnection open(Patience patience) throws IOException {
        while (true) {
            FileIdentity file = database.prepare();
            BooleanSupplier other = file == null ? null : openFiles.register(file, letGo);
            if (file != null && other == null) {
                LockConnection connection = connect(file);
                if (connection != null) {
                    return connection;
                }
            } else if (other instanceof LetGo sameCopy) {
                requireSameName(sameCopy.lockFile);
            }
            if (!patience.again()) {
                return null;
            }
        }
    }

    private @Nullable LockConnection connect(FileIdentity file) throws IOException {
        open = true;
        LockConnection connection = null;
        try {
            connection = LockConnection.open(database.inRealDirectory(), file, () -> closed(file));
            return connection;
        } catch (SQLException e) {
            if (file.equals(database.identity())) {
                throw SqliteFailure.of(path(), e);
            }
            return null; // the path names another file by now
        } catch (LinkageError e) {
            throw SqliteFailure.ofLibrary(path(), e);
        } finally {
            if (connection == null) {
                closed(file);
            }
        }
    }

    private void closed(FileIdentity file) {
        openFiles.unregister(file, letGo);
        open = false;
    }

    private void requireSameName(SqliteLockFile other) {
        if (other.held && !other.path().equals(path())) {
            throw new LockProtocolException(
                    path(),
                    "lock file " + path() + " is the same file as " + other.path()
                            + ", which this JVM holds: a hard link is no lock of its own, nor is the new name of a renamed directory; use one name for it");
        }
    }

    /** Ends a grant. */
    void release(LockConnection connection) throws IOException {
        try {
            connection.rollback();
        } catch (SQLException e) {
            closeToRelease(connection, e);
            held = false;
            return;
        }
        held = false;
        keep(connection);
    }

    /** Tells the waiters: the file stays open, so nothing else does. */
    void signal() {
        ChangeSignals.give(path());
    }

    private void closeToRelease(LockConnection connection, SQLException whyNotKept) throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            e.addSuppressed(whyNotKept);
            throw new IOException("SQLite could neither end the transaction nor close the file: " + e.getMessage(), e);
        }
        LOG.debug("{} was released by closing it", path(), whyNotKept);
    }

    /** Waits for a connection that is just being closed, or the file would seem to be in use. */
    private @Nullable LockConnection takeKept() {
        synchronized (closing) {
            return idle.take(this);
        }
    }

    private void keep(LockConnection connection) {
        idle.put(this, connection);
    }

    /** Closes the kept connection, if there is one, and tells whether the file is closed now. */
    boolean closeIfIdle() {
        synchronized (closing) {
            LockConnection kept = idle.take(this);
            if (kept != null) {
                discard(kept);
            }
            return !open;
        }
    }

    void discard(LockConnection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn(
                    "the {} can't be closed, so until this process ends nobody in it can lock that file",
                    connection,
                    e);
        }
    }

    /** How others in this JVM ask for the file, as {@link OpenFiles} says. */
    private static final class LetGo implements BooleanSupplier {
        private final SqliteLockFile lockFile;

        LetGo(SqliteLockFile lockFile) {
            this.lockFile = lockFile;
        }

        @Override
        public boolean getAsBoolean() {
            return lockFile.closeIfIdle();
        }
    }

    /** Leaves nothing behind between two polls. */
    private final class SqliteAttempt implements Attempt {
        private final LockMode mode;

        SqliteAttempt(LockMode mode) {
            this.mode = mode;
        }

        @Override
        public @Nullable Grant poll(Patience patience) throws IOException {
            return SqliteLockFile.this.poll(mode, patience);
        }

        @Override
        public Set<Watch> watches() {
            return Set.of(new Watch(path(), Watch.Kind.FILE)); // Python closes it on release, we touch it
        }

        @Override
        public void abandon() {}
    }
}
