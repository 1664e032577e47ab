package dev.filelock.protocol.sqlite;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections that nobody uses, the longest idle first. Who takes one has it alone. */
final class IdleConnections {
    private final int bound;
    private final Map<SqliteLockFile, LockConnection> idle = new LinkedHashMap<>();

    IdleConnections(int bound) {
        this.bound = bound;
    }

    synchronized @Nullable LockConnection take(SqliteLockFile file) {
        return idle.remove(file);
    }

    /**
     * Adds a connection.
     *
     * @return the file whose connection is to be closed because there are too many now, or null
     */
    synchronized @Nullable SqliteLockFile put(SqliteLockFile file, LockConnection connection) {
        idle.put(file, connection);
        return idle.size() > bound ? idle.keySet().iterator().next() : null;
    }
}
