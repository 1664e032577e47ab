package dev.filelock.protocol.memory;

import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One process's view of a {@link MemoryFile}. */
final class MemoryLockFile implements LockFile {
    private final MemoryFile file;
    private final LockBackend backend;

    MemoryLockFile(MemoryFile file, LockBackend backend) {
        this.file = file;
        this.backend = backend;
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new Attempt() {
            @Override
            public @Nullable Grant poll(Patience patience) {
                return file.tryTake(mode, since -> new MemoryGrant(file, mode, backend, since));
            }

            @Override
            public void abandon() {} // leaves no trace
        };
    }

    @Override
    public List<LockHolder> holders() {
        return file.holders();
    }
}
