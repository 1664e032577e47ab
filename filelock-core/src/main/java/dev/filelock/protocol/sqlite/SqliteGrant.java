package dev.filelock.protocol.sqlite;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.PathLoss;
import java.io.IOException;

/** A transaction that holds the lock. */
final class SqliteGrant implements Grant {
    private final SqliteLockFile lockFile;
    private final LockConnection connection;
    private boolean released;

    SqliteGrant(SqliteLockFile lockFile, LockConnection connection) {
        this.lockFile = lockFile;
        this.connection = connection;
    }

    @Override
    public void release() throws IOException {
        if (!released) {
            lockFile.release(connection);
            released = true; // from now on the connection is somebody else's, whatever fails
        }
        lockFile.signal();
    }

    @Override
    public void ensureValid() throws IOException {
        if (!connection.isOpen()) {
            throw new LockLostException(
                    lockFile.path(),
                    Reason.CLOSED,
                    "lock file " + lockFile.path() + " was closed while it was held, so others may hold it now");
        }
        PathLoss loss = PathLoss.ofFile(lockFile.path(), connection.file(), lockFile.fileAtPath());
        if (loss != null) {
            throw loss.exception(lockFile.path(), "lock file");
        }
    }

    @Override
    public LockBackend backend() {
        return LockBackend.SQLITE;
    }

    @Override
    public FileIdentity identity() {
        return connection.file();
    }
}
