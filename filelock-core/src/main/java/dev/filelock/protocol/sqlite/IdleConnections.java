package dev.filelock.protocol.sqlite;

import dev.filelock.protocol.Later;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections that nobody uses, the longest idle first. Who takes one has it alone; those that nobody takes are closed. */
final class IdleConnections {
    private final int bound;
    private final Duration patience;
    private final Later later;
    private final Map<SqliteLockFile, Idle> idle = new LinkedHashMap<>();
    private boolean willLook;

    private record Idle(LockConnection connection, long since) {}

    /**
     * @param bound so many are kept at most
     * @param patience so long each is kept at least, unless there are too many, and at most twice as long
     */
    IdleConnections(int bound, Duration patience, Later later) {
        this.bound = bound;
        this.patience = patience;
        this.later = later;
    }

    synchronized @Nullable LockConnection take(SqliteLockFile file) {
        Idle taken = idle.remove(file);
        return taken == null ? null : taken.connection;
    }

    void put(SqliteLockFile file, LockConnection connection) {
        SqliteLockFile oneTooMany = add(file, connection);
        if (oneTooMany != null) {
            oneTooMany.closeIfIdle();
        }
    }

    private synchronized @Nullable SqliteLockFile add(SqliteLockFile file, LockConnection connection) {
        idle.put(file, new Idle(connection, System.nanoTime()));
        lookLater();
        return idle.size() > bound ? idle.keySet().iterator().next() : null;
    }

    private void lookLater() {
        if (!willLook) {
            willLook = true;
            later.run(patience, this::closeUnused);
        }
    }

    private void closeUnused() {
        unused().forEach(SqliteLockFile::closeIfIdle);
    }

    private synchronized List<SqliteLockFile> unused() {
        long now = System.nanoTime();
        List<SqliteLockFile> unused = new ArrayList<>();
        idle.forEach((file, each) -> {
            if (now - each.since >= patience.toNanos()) {
                unused.add(file);
            }
        });
        willLook = false;
        if (idle.size() > unused.size()) {
            lookLater();
        }
        return unused;
    }
}
