package dev.filelock.os;

import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.DosFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@link OsFiles} by the JDK's own file access: enough for marker files and for telling files apart. There is no {@code flock}
 * here, there are no permissions but read-only, and no extended attributes.
 */
final class WindowsFiles implements OsFiles {
    static final WindowsFiles INSTANCE = new WindowsFiles();

    private final FileIdentities identities = new WindowsIdentities();

    private WindowsFiles() {}

    @Override
    public boolean hasFlock() {
        return false;
    }

    @Override
    public Descriptor open(Path path, Set<Open> how, int permissions) throws IOException {
        if (how.contains(Open.DIRECTORY)) {
            throw new OsException(OsError.NOT_SUPPORTED, "open(" + path + ") failed: Windows opens no directories");
        }
        Set<OpenOption> options = new HashSet<>();
        options.add(LinkOption.NOFOLLOW_LINKS);
        if (how.contains(Open.READ)) {
            options.add(StandardOpenOption.READ);
        }
        if (how.contains(Open.WRITE) || how.contains(Open.CREATE)) {
            options.add(StandardOpenOption.WRITE);
        }
        if (how.contains(Open.CREATE)) {
            options.add(how.contains(Open.EXCLUSIVE) ? StandardOpenOption.CREATE_NEW : StandardOpenOption.CREATE);
        }
        try {
            FileChannel channel = FileChannel.open(path, options);
            try {
                return new WindowsFile(this, path, channel, identities.notFollowing(path));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (FileAlreadyExistsException e) {
            throw Jdk.failure("open", path, e);
        } catch (IOException e) {
            throw Jdk.failure(openError(path, e), "open", path, e);
        }
    }

    private OsError openError(Path path, IOException failure) throws IOException {
        FileStatus status = lstat(path);
        if (status != null && status.type() == FileStatus.Type.DIRECTORY) {
            return OsError.IS_DIRECTORY;
        } else if (status != null && status.type() == FileStatus.Type.SYMBOLIC_LINK) {
            return OsError.SYMBOLIC_LINK;
        }
        return Jdk.error(failure);
    }

    @Override
    public @Nullable FileStatus lstat(Path path) throws IOException {
        return status("lstat", path, identities.notFollowing(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public @Nullable FileStatus stat(Path path) throws IOException {
        return status("stat", path, identities.following(path));
    }

    private static @Nullable FileStatus status(
            String call, Path path, @Nullable FileIdentity identity, LinkOption... options) throws OsException {
        if (identity == null) {
            return null;
        }
        try {
            DosFileAttributes attributes = Files.readAttributes(path, DosFileAttributes.class, options);
            return new FileStatus(
                    identity,
                    type(attributes),
                    attributes.isReadOnly() ? 0444 : 0666,
                    1,
                    attributes.size(),
                    0,
                    attributes.lastModifiedTime().toInstant());
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw Jdk.failure(call, path, e);
        }
    }

    private static FileStatus.Type type(DosFileAttributes attributes) {
        if (attributes.isSymbolicLink()) {
            return FileStatus.Type.SYMBOLIC_LINK;
        } else if (attributes.isOther()) {
            return FileStatus.Type.OTHER;
        }
        return attributes.isDirectory() ? FileStatus.Type.DIRECTORY : FileStatus.Type.REGULAR;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw Jdk.failure("rename to " + to + " ", from, e);
        }
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
        try {
            Files.createLink(name, existing);
        } catch (UnsupportedOperationException e) {
            throw new OsException(OsError.NOT_SUPPORTED, "link(" + existing + ") failed: " + e.getMessage());
        } catch (IOException e) {
            throw Jdk.failure("link to " + name + " ", existing, e);
        }
    }

    @Override
    public boolean unlink(Path path) throws IOException {
        FileStatus status = lstat(path);
        if (status != null && status.type() == FileStatus.Type.DIRECTORY) {
            throw new OsException(OsError.IS_DIRECTORY, "unlink(" + path + ") failed: it is a directory");
        }
        try {
            return Files.deleteIfExists(path);
        } catch (IOException e) {
            throw Jdk.failure("unlink", path, e);
        }
    }

    @Override
    public void makeDirectory(Path path, int permissions) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (IOException e) {
            throw Jdk.failure("mkdir", path, e);
        }
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return Jdk.list(directory);
    }

    @Override
    public boolean writable(Path path) {
        return Files.isWritable(path);
    }
}
