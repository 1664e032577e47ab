package dev.filelock.protocol.sqlite;

import dev.filelock.LockBackend;
import dev.filelock.LockOptions;
import dev.filelock.os.KernelLocks;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.Later;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Read-write locks on empty SQLite databases.
 *
 * <p>A connection outlasts its transaction, since opening one costs several times as much as a transaction does. An idle
 * connection holds no lock; at most 16 are kept, each until nobody has used it for some ten seconds.
 */
public final class SqliteProtocol implements LockProtocol {
    private static final int IDLE_CONNECTIONS = 16;
    private static final Duration IDLE = Duration.ofSeconds(10);

    private final FileIdentities identities;
    private final KernelLocks locks;
    private final IdleConnections idle;
    private final OpenFiles openFiles = OpenFiles.ofThisJvm();

    public SqliteProtocol(FileIdentities identities, KernelLocks locks, Later later) {
        this(identities, locks, new IdleConnections(IDLE_CONNECTIONS, IDLE, later));
    }

    SqliteProtocol(FileIdentities identities, KernelLocks locks, IdleConnections idle) {
        this.identities = identities;
        this.locks = locks;
        this.idle = idle;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        requireSuffix(path);
        Database database = new Database(path, options.filePermissions().orElse(null), identities, openFiles);
        return new SqliteLockFile(database, idle, openFiles, new Holders(path, identities, locks));
    }

    @Override
    public boolean waitsInsidePoll() {
        return true;
    }

    private static void requireSuffix(Path path) {
        String suffix = LockBackend.SQLITE.suffix();
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(suffix) && name.length() > suffix.length()) {
            return;
        }
        int dot = name.lastIndexOf('.');
        String better = (dot > 0 ? name.substring(0, dot) : name) + suffix;
        throw new IllegalArgumentException("read-write lock " + path + " does not end in " + suffix
                + ", which backend SQLITE requires since its lock file is a SQLite database; write "
                + path.resolveSibling(better) + ", or use an exclusive lock if " + path + " is one");
    }
}
