package dev.filelock.protocol.sqlite;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.io.IOException;

/** A transaction that holds the lock. */
final class SqliteGrant implements Grant {
    private final SqliteLockFile lockFile;
    private final LockConnection connection;

    SqliteGrant(SqliteLockFile lockFile, LockConnection connection) {
        this.lockFile = lockFile;
        this.connection = connection;
    }

    @Override
    public void release() throws IOException {
        lockFile.release(connection);
    }

    @Override
    public void ensureValid() throws IOException {
        FileIdentity atPath = lockFile.fileAtPath();
        if (connection.file().equals(atPath) && connection.isOpen()) {
            return;
        }
        Reason reason =
                !connection.isOpen() ? Reason.CLOSED : atPath == null ? Reason.MARKER_MISSING : Reason.OWNER_CHANGED;
        String what = switch (reason) {
            case CLOSED -> "closed";
            case MARKER_MISSING -> "deleted or moved away";
            default -> "replaced by another file";
        };
        throw new LockLostException(
                lockFile.path(),
                reason,
                "lock file " + lockFile.path() + " was " + what
                        + " while it was held, so others may hold a lock of that name now; lock files must stay where they are");
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
