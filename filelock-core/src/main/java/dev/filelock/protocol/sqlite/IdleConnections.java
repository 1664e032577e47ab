package dev.filelock.protocol.sqlite;

import dev.filelock.protocol.Later;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections that nobody uses, the longest idle first. Who takes one has it alone; those that nobody takes are closed. */
final class IdleConnections {
    private static final Logger LOG = LoggerFactory.getLogger(IdleConnections.class);

    private final int bound;
    private final Duration patience;
    private final Later later;
    private final Map<SqliteLockFile, Idle> idle = new LinkedHashMap<>();

    /** In which directories it will be looked for unused ones. */
    private final Set<Path> looks = new HashSet<>();

    private record Idle(LockConnection connection, long since) {}

    /**
     * @param bound so many are kept at most
     * @param patience so long each is kept, unless there are too many, and at most about twice as long
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
        Idle displaced;
        SqliteLockFile oneTooMany = null;
        synchronized (this) {
            displaced = idle.put(file, new Idle(connection, System.nanoTime()));
            if (idle.size() > bound) {
                oneTooMany = idle.keySet().iterator().next();
            }
            lookLater(file.directory());
        }
        if (displaced != null) {
            file.discard(displaced.connection);
        }
        if (oneTooMany != null) {
            oneTooMany.closeIfIdle();
        }
    }

    private void lookLater(Path directory) {
        if (!looks.contains(directory)) {
            try {
                later.run(directory, patience, () -> closeUnused(directory));
                looks.add(directory);
            } catch (RuntimeException | Error e) { // for want of a thread, say; the lock is released all the same
                LOG.debug("idle connections can't be closed later for now; the next release tries again", e);
            }
        }
    }

    private void closeUnused(Path directory) {
        unused(directory).forEach(SqliteLockFile::closeIfIdle);
    }

    private synchronized List<SqliteLockFile> unused(Path directory) {
        long now = System.nanoTime();
        List<SqliteLockFile> unused = new ArrayList<>();
        boolean othersThere = false;
        for (Map.Entry<SqliteLockFile, Idle> each : idle.entrySet()) {
            if (each.getKey().directory().equals(directory)) {
                boolean isUnused = now - each.getValue().since >= patience.toNanos();
                othersThere |= !isUnused;
                if (isUnused) {
                    unused.add(each.getKey());
                }
            }
        }
        looks.remove(directory);
        if (othersThere) {
            lookLater(directory);
        }
        return unused;
    }
}
