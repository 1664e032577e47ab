package dev.filelock.protocol.memory;

import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One hold. */
final class MemoryGrant implements Grant {
    private final MemoryFile file;
    private final LockMode mode;
    private final LockBackend backend;
    private final Instant since;

    MemoryGrant(MemoryFile file, LockMode mode, LockBackend backend, Instant since) {
        this.file = file;
        this.mode = mode;
        this.backend = backend;
        this.since = since;
    }

    LockMode mode() {
        return mode;
    }

    LockHolder holder() {
        return new LockHolder(
                null, null, null, null, null, since, "in memory, by another registry of the same InMemoryLocks");
    }

    @Override
    public void release() {
        file.release(this);
    }

    @Override
    public void ensureValid() {}

    @Override
    public LockBackend backend() {
        return backend;
    }

    @Override
    public @Nullable FileIdentity identity() {
        return null;
    }
}
