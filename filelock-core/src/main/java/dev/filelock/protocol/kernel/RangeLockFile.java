package dev.filelock.protocol.kernel;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file whose first byte is locked through the JDK: {@code LockFileEx} on Windows, as Python's {@code WindowsFileLock} does;
 * {@code fcntl} on Unix.
 *
 * <p>The JDK knows no {@code fstat}, so the file is identified by its path before it is opened and after it is locked. On Unix nothing
 * here opens the file while it is held, since any close would drop the lock.
 *
 * @param path absolute
 * @param options those of the file
 * @param processes names holders
 */
record RangeLockFile(Path path, LockOptions options, Holders processes) implements LockFile {

    @Override
    public Attempt attempt(LockMode mode) {
        return new RangeAttempt();
    }

    @Override
    public List<LockHolder> holders() {
        return processes.of(path, KernelLocks::fcntlHolders);
    }

    private @Nullable FileIdentity named() throws IOException {
        return OsFileIdentities.system().notFollowing(path);
    }

    private final class RangeAttempt implements Attempt {
        @Override
        public @Nullable Grant poll(Patience patience) throws IOException {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new LockProtocolException(
                        path,
                        path + " is a link, a directory or a device, so it can't be a lock file; choose another path");
            }
            FileIdentity before = named();
            FileChannel channel = open();
            try {
                if (before == null) {
                    before = named();
                }
                FileLock lock = channel.tryLock(0, 1, false);
                if (lock != null && before != null && before.equals(named())) {
                    return new RangeGrant(channel, before);
                }
            } catch (OverlappingFileLockException e) {
                // another copy of this library in this JVM has it
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            channel.close();
            return null;
        }

        private FileChannel open() throws IOException {
            try {
                return FileChannel.open(
                        path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
            } catch (FileSystemException e) {
                throw new FileLockException(path, path + " can't be opened: " + e, e);
            }
        }

        @Override
        public Set<Watch> watches() {
            return Set.of(new Watch(path, Watch.Kind.FILE));
        }

        @Override
        public void abandon() {}
    }

    private final class RangeGrant implements Grant {
        private final FileChannel channel;
        private final FileIdentity identity;

        RangeGrant(FileChannel channel, FileIdentity identity) {
            this.channel = channel;
            this.identity = identity;
        }

        @Override
        public void release() throws IOException {
            channel.close();
        }

        @Override
        public void ensureValid() throws IOException {
            if (!channel.isOpen() || !identity.equals(named())) {
                throw new LockLostException(
                        path,
                        path
                                + " was deleted or replaced while it was locked, so another process can hold a lock of that name");
            }
        }

        @Override
        public LockBackend backend() {
            return LockBackend.NATIVE;
        }

        @Override
        public FileIdentity identity() {
            return identity;
        }
    }
}
