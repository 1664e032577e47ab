package dev.filelock.protocol.memory;

import dev.filelock.LockBackend;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What takes the place of a disk: engines that share one exclude each other as processes do. Safe for use by any number of threads. */
public final class Memory implements FileIdentities {
    private final Map<Path, MemoryFile> files = new ConcurrentHashMap<>();
    private final Map<Path, FileIdentity> directories = new ConcurrentHashMap<>();
    private final AtomicLong inodes = new AtomicLong();

    /** The protocol that takes the place of the given one. */
    public LockProtocol protocol(LockBackend backend) {
        return (path, options) -> new MemoryLockFile(file(path), backend);
    }

    private MemoryFile file(Path path) {
        return files.computeIfAbsent(path.normalize(), key -> new MemoryFile());
    }

    /** Every directory exists. */
    @Override
    public FileIdentity following(Path path) {
        return directories.computeIfAbsent(path.normalize(), key -> new FileIdentity(0, inodes.incrementAndGet()));
    }

    /** There are no files. */
    @Override
    public @Nullable FileIdentity notFollowing(Path path) {
        return null;
    }
}
