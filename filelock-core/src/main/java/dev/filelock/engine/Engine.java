package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.ReadWriteFileLock;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the locks of the public interfaces. Not part of the API. */
public final class Engine {
    private static final Engine INSTANCE = new Engine();

    public static Engine instance() {
        return INSTANCE;
    }

    public FileLock fileLock(Path path, LockMode mode, LockOptions options) {
        throw new UnsupportedOperationException();
    }

    public ReadWriteFileLock readWriteLock(Path path, LockOptions options) {
        throw new UnsupportedOperationException();
    }

    public LockRegistry registry(
            @Nullable Path directory, LockOptions options, List<LockRegistry.NamedDirectory> directories) {
        throw new UnsupportedOperationException();
    }

    public Optional<HeldLock> current() {
        throw new UnsupportedOperationException();
    }
}
