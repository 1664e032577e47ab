package dev.filelock.bench;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.ReadWriteFileLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.aether.named.NamedLock;
import org.eclipse.aether.named.NamedLockKey;
import org.eclipse.aether.named.providers.FileLockNamedLockFactory;

/** The locks that a Java process can play. */
enum Kind {
    NATIVE(LockMode.EXCLUSIVE),
    SOFT(LockMode.EXCLUSIVE),
    MARKER(LockMode.EXCLUSIVE),
    STRICT(LockMode.EXCLUSIVE),
    LEASE(LockMode.EXCLUSIVE),
    SQLITE_READ(LockMode.READ),
    SQLITE_WRITE(LockMode.WRITE),
    GENERATION_READ(LockMode.READ),
    GENERATION_WRITE(LockMode.WRITE),

    /** {@code FileChannel.tryLock}, opened for each acquisition, polled every 50 ms. */
    FILE_CHANNEL(null) {
        @Override
        Lock open(Path path) {
            return new ChannelLock(path);
        }
    },

    /** Maven Resolver's file lock. */
    MAVEN_RESOLVER(null) {
        @Override
        Lock open(Path path) {
            return new ResolverLock(path);
        }
    };

    private final @org.jspecify.annotations.Nullable LockMode mode;

    Kind(@org.jspecify.annotations.Nullable LockMode mode) {
        this.mode = mode;
    }

    /** Whether this version of the library has such a lock. */
    boolean exists() {
        return mode == null || backend().isPresent();
    }

    /** Whether those who hold it keep others of the same kind out. */
    boolean excludes() {
        return mode != LockMode.READ;
    }

    String fileName() {
        return "bench" + backend().map(LockBackend::suffix).orElse(".lock");
    }

    private Optional<LockBackend> backend() {
        String name = name().replaceFirst("_(READ|WRITE)$", "");
        for (LockBackend backend : LockBackend.values()) {
            if (backend.name().equals(name)) {
                return Optional.of(backend);
            }
        }
        return Optional.empty();
    }

    Lock open(Path path) {
        LockBackend backend = backend().orElseThrow();
        FileLock lock;
        if (mode == LockMode.EXCLUSIVE) {
            lock = FileLock.builder(path).backend(backend).build();
        } else {
            ReadWriteFileLock both = ReadWriteFileLock.builder(path)
                    .options(LockOptions.builder().readWriteBackend(backend).build())
                    .build();
            lock = mode == LockMode.READ ? both.readLock() : both.writeLock();
        }
        return new OurLock(lock);
    }

    /** What all of them can do. */
    interface Lock {
        void acquire() throws IOException, InterruptedException;

        void release() throws IOException;
    }

    private static final class OurLock implements Lock {
        private final FileLock lock;
        private final ThreadLocal<HeldLock> held = new ThreadLocal<>();

        OurLock(FileLock lock) {
            this.lock = lock;
        }

        @Override
        public void acquire() throws InterruptedException {
            held.set(lock.acquire());
        }

        @Override
        public void release() {
            held.get().close();
        }
    }

    private static final class ChannelLock implements Lock {
        private static final long POLL_MILLIS = 50;

        private final Path path;
        private FileChannel held;

        ChannelLock(Path path) {
            this.path = path;
        }

        @Override
        public void acquire() throws IOException, InterruptedException {
            while (true) {
                FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                try {
                    if (channel.tryLock() != null) {
                        held = channel;
                        return;
                    }
                } catch (OverlappingFileLockException e) {
                    // held by another thread here, which is contention too
                }
                channel.close();
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        }

        @Override
        public void release() throws IOException {
            held.close();
        }
    }

    private static final class ResolverLock implements Lock {
        private final FileLockNamedLockFactory factory = new FileLockNamedLockFactory();
        private final NamedLockKey key;
        private NamedLock held;

        ResolverLock(Path path) {
            this.key = NamedLockKey.of(path.toUri().toString());
        }

        @Override
        public void acquire() throws IOException, InterruptedException {
            NamedLock lock = factory.getLock(key);
            if (!lock.lockExclusively(1, TimeUnit.HOURS)) {
                throw new UncheckedIOException(new IOException("not acquired in an hour"));
            }
            held = lock;
        }

        @Override
        public void release() {
            held.unlock();
            held.close();
        }
    }
}
