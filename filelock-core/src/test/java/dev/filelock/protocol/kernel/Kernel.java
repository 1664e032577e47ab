package dev.filelock.protocol.kernel;

import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.NativeAccess;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What tests of kernel locks ask for. */
final class Kernel {
    static final LockOptions RANGE_LOCK =
            LockOptions.builder().nativeAccess(NativeAccess.RANGE_LOCK).build();
    static final LockOptions NO_FALLBACK =
            LockOptions.builder().fallbackToSoft(false).build();

    private Kernel() {}

    static KernelProtocol protocol() {
        return protocol(OsFiles::system);
    }

    static KernelProtocol protocol(OsFiles files) {
        return protocol(() -> files);
    }

    static KernelProtocol protocol(Supplier<OsFiles> files) {
        return new KernelProtocol(files, KernelLocks.system(), new CreatedFile());
    }

    static LockFile file(Path path) {
        return protocol().open(path, LockOptions.defaults());
    }

    static LockFile file(Path path, LockOptions options) {
        return protocol().open(path, options);
    }

    static LockFile file(Path path, OsFiles files) {
        return protocol(files).open(path, LockOptions.defaults());
    }

    /** One try, which leaves nothing if it fails. */
    static @Nullable Grant tryOnce(LockFile file) throws IOException {
        Attempt attempt = file.attempt(LockMode.EXCLUSIVE);
        Grant grant = null;
        try {
            grant = attempt.poll(Patience.NONE);
            return grant;
        } finally {
            if (grant == null) {
                attempt.abandon();
            }
        }
    }

    static boolean isFree(Path path) throws IOException {
        Grant grant = tryOnce(file(path));
        if (grant != null) {
            grant.release();
        }
        return grant != null;
    }

    /** Tries until it succeeds, as the engine does for a waiter. */
    static Grant acquire(LockFile file) throws IOException {
        Attempt attempt = file.attempt(LockMode.EXCLUSIVE);
        Grant grant = attempt.poll(Patience.NONE);
        while (grant == null) {
            LockSupport.parkNanos(500_000);
            grant = attempt.poll(Patience.NONE);
        }
        return grant;
    }

    /** {@code flock(1)}, which has the lock and keeps it, itself and no child of its, until it is killed. */
    static ChildProcess flockHolder(Path path) {
        ChildProcess holder = ChildProcess.start("flock", "-o", path.toString(), "sh", "-c", "echo held; exec cat");
        holder.expectLine("held");
        return holder;
    }

    /** Adds one to the number in a file, so slowly that it would get lost if anybody else did so at the same time. */
    static void increment(Path counter) throws IOException {
        int count = Integer.parseInt(Files.readString(counter).strip());
        Thread.yield();
        Files.writeString(counter, Integer.toString(count + 1));
    }

    /** Stands in for the marker protocol, and is as simple as one can be: the lock is that the file exists. */
    private static final class CreatedFile implements LockProtocol {
        @Override
        public LockFile open(Path path, LockOptions options) {
            return new LockFile() {
                @Override
                public Attempt attempt(LockMode mode) {
                    return new Attempt() {
                        @Override
                        public @Nullable Grant poll(Patience patience) throws IOException {
                            if (Files.exists(path)) {
                                return null;
                            }
                            Files.writeString(path, "soft");
                            return new CreatedFileGrant(path);
                        }

                        @Override
                        public void abandon() {}
                    };
                }

                @Override
                public List<LockHolder> holders() {
                    return List.of(new LockHolder(7L, null, "soft", null, null, null, null));
                }

                @Override
                public boolean forgettable() {
                    return false;
                }
            };
        }
    }

    private record CreatedFileGrant(Path path) implements Grant {
        @Override
        public void release() throws IOException {
            Files.delete(path);
        }

        @Override
        public void ensureValid() {}

        @Override
        public LockBackend backend() {
            return LockBackend.SOFT;
        }

        @Override
        public @Nullable FileIdentity identity() {
            return null;
        }
    }
}
