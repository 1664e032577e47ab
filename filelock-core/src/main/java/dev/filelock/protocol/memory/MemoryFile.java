package dev.filelock.protocol.memory;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.protocol.Grant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Who has the lock of one path: several readers, or one other. */
final class MemoryFile {
    private final List<MemoryGrant> grants = new ArrayList<>(1);

    synchronized @Nullable Grant tryTake(LockMode mode, Function<Instant, MemoryGrant> maker) {
        boolean free = grants.stream()
                .allMatch(other -> mode.isShared() && other.mode().isShared());
        if (!free) {
            return null;
        }
        MemoryGrant grant = maker.apply(Instant.now());
        grants.add(grant);
        return grant;
    }

    synchronized void release(MemoryGrant grant) {
        grants.remove(grant);
    }

    synchronized List<LockHolder> holders() {
        return grants.stream().map(MemoryGrant::holder).toList();
    }
}
