package dev.filelock.os;

import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An open file of Windows. The JDK shows no handle, so the file is known by the identity its path had right after it was opened.
 */
final class WindowsFile implements OsFiles.Descriptor {
    private final WindowsFiles files;
    private final Path path;
    private final FileChannel channel;
    private final @Nullable FileIdentity identity;

    WindowsFile(WindowsFiles files, Path path, FileChannel channel, @Nullable FileIdentity identity) {
        this.files = files;
        this.path = path;
        this.channel = channel;
        this.identity = identity;
    }

    @Override
    public FileStatus status() throws IOException {
        FileStatus status = files.lstat(path);
        if (status != null && status.identity().equals(identity)) {
            return status;
        }
        FileIdentity known = identity != null ? identity : new FileIdentity(-1, -1);
        return new FileStatus(known, FileStatus.Type.REGULAR, 0666, 0, 0, 0, Instant.EPOCH);
    }

    @Override
    public byte[] read(int limit) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(limit);
        shieldedFromInterrupts("read", () -> {
            while (content.hasRemaining() && channel.read(content, content.position()) > 0) {
                // goes on until the limit or the end of the file
            }
        });
        return Arrays.copyOf(content.array(), content.position());
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        shieldedFromInterrupts("write", () -> {
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
    }

    @Override
    public boolean tryLockExclusive() throws IOException {
        throw noFlock();
    }

    @Override
    public void unlock() throws IOException {
        throw noFlock();
    }

    private OsException noFlock() {
        return new OsException(OsError.NOT_SUPPORTED, "flock(" + path + ") failed: Windows has no flock");
    }

    @Override
    public void changePermissions(int permissions) throws IOException {
        Files.setAttribute(path, "dos:readonly", (permissions & 0200) == 0, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void touch() throws IOException {
        FileStatus status = files.lstat(path);
        if (status == null || !status.identity().equals(identity)) {
            throw new OsException(OsError.STALE, "touch(" + path + ") failed: the path names another file now");
        }
        FileTime now = FileTime.from(Instant.now());
        try {
            Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(now, now, null);
        } catch (IOException e) {
            throw Jdk.failure("touch", path, e);
        }
    }

    @Override
    public byte @Nullable [] attribute(String name) {
        return null;
    }

    @Override
    public boolean setAttribute(String name, byte[] value) {
        return false;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private interface Transfer {
        void run() throws IOException;
    }

    /** A channel closes itself under a thread whose interrupt flag is set. */
    private void shieldedFromInterrupts(String call, Transfer transfer) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            transfer.run();
        } catch (IOException e) {
            throw Jdk.failure(call, path, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
