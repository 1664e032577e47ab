package dev.filelock.os;

import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link OsFiles} by system calls. */
final class UnixFiles implements OsFiles, FileIdentities {
    private static final NativeLink<UnixFiles> LINK = new NativeLink<>(() -> {
        UnixFiles files = new UnixFiles(Unix.link());
        new SelfTest(files).run();
        return files;
    });

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Room for some hundred entries of a directory. */
    private static final int LISTING = 8 * 1024;

    private final Unix unix;

    /** The files of this system, on the first call after linking and trying the system's calls. */
    static UnixFiles linked() {
        return LINK.get();
    }

    UnixFiles(Unix unix) {
        this.unix = unix;
    }

    @Override
    public Descriptor open(Path path, Set<Open> how, int permissions) throws IOException {
        byte[] name = UnixPaths.bytes(path);
        int flags = unix.openFlags().of(how);
        int descriptor;
        do {
            descriptor = unix.open(name, flags, permissions);
        } while (descriptor < 0 && Unix.interrupted());
        if (descriptor < 0) {
            throw unix.failure("open", readable(path));
        }
        return new UnixFile(unix, descriptor, path);
    }

    /** Where a directory of the path is none any more, nothing of that name is there either. */
    @Override
    public @Nullable FileStatus lstat(Path path) throws IOException {
        try {
            byte[] status = status("lstat", path, false);
            return status == null ? null : unix.status(status);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_DIRECTORY) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public @Nullable FileStatus stat(Path path) throws IOException {
        byte[] status = status("stat", path, true);
        return status == null ? null : unix.status(status);
    }

    @Override
    public @Nullable FileIdentity following(Path path) throws IOException {
        byte[] status = status("stat", path, true);
        return status == null ? null : unix.identity(status);
    }

    @Override
    public @Nullable FileIdentity notFollowing(Path path) throws IOException {
        byte[] status = status("lstat", path, false);
        return status == null ? null : unix.identity(status);
    }

    private byte @Nullable [] status(String call, Path path, boolean follow) throws OsException {
        byte[] name = UnixPaths.bytes(path);
        byte[] status = new byte[unix.statusSize()];
        while (unix.stat(name, follow, status) != 0) {
            if (unix.lastError() == OsError.NOT_FOUND) {
                return null;
            }
            if (!Unix.interrupted()) {
                throw unix.failure(call, readable(path));
            }
        }
        return status;
    }

    /** By a name that the kernel gives to a descriptor, so that the directory stays the same whatever its own names lead to. */
    @Override
    public Place place(Path path) throws IOException {
        Path directory = path.getParent();
        if (directory == null) {
            return OsFiles.super.place(path);
        }
        int descriptor = unix.openPlace(UnixPaths.bytes(directory));
        if (descriptor < 0) {
            return OsFiles.super.place(path); // whatever the matter is, the next step will say
        }
        UnixFile held = new UnixFile(unix, descriptor, directory);
        Path name = DESCRIPTORS.resolve(Integer.toString(descriptor));
        FileIdentity named = following(name);
        if (named == null || !named.equals(held.status().identity())) {
            held.close();
            return OsFiles.super.place(path); // no /proc here
        }
        return new Place(name.resolve(path.getFileName()), held::close);
    }

    /** For messages: what the directory is called that a path goes through by its descriptor. */
    private static Path readable(Path path) {
        if (!path.startsWith(DESCRIPTORS) || path.getParent() == null) {
            return path;
        }
        try {
            return path.getParent().toRealPath().resolve(path.getFileName());
        } catch (IOException e) {
            return path;
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        if (LibC.rename(UnixPaths.bytes(from), UnixPaths.bytes(to)) != 0) {
            OsException failure = unix.failure("rename", readable(from));
            throw failure.with(failure.error(), " (the new name is " + readable(to) + ")");
        }
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
        if (unix.link(UnixPaths.bytes(existing), UnixPaths.bytes(name)) != 0) {
            // EPERM is what a file system without hard links says; one that has them says it of files of other users
            // only
            boolean unsupported = Unix.notPermitted();
            OsException failure = unix.failure("link", existing);
            throw failure.with(
                    unsupported ? OsError.NOT_SUPPORTED : failure.error(), " (the new name is " + name + ")");
        }
    }

    @Override
    public boolean unlink(Path path) throws IOException {
        if (LibC.unlink(UnixPaths.bytes(path)) == 0) {
            return true;
        }
        OsError error = unix.lastError();
        if (error == OsError.NOT_FOUND || error == OsError.NOT_DIRECTORY) {
            return false;
        }
        throw unix.failure("unlink", readable(path));
    }

    @Override
    public boolean unlinkIf(Path path, FileIdentity expected) throws IOException {
        Path parent = path.getParent();
        int directory = parent == null ? -1 : unix.openPlace(UnixPaths.bytes(parent));
        if (directory < 0) {
            return OsFiles.super.unlinkIf(path, expected);
        }
        try {
            byte[] name = UnixPaths.bytes(path.getFileName());
            byte[] status = new byte[unix.statusSize()];
            if (unix.statIn(directory, name, status) == 0) {
                return unix.identity(status).equals(expected)
                        && (LibC.unlinkat(directory, name, 0) == 0 || nothing(path));
            }
            return nothing(path);
        } finally {
            LibC.close(directory);
        }
    }

    /** After a failure: false if nothing was there. */
    private boolean nothing(Path path) throws OsException {
        if (unix.lastError() == OsError.NOT_FOUND) {
            return false;
        }
        throw unix.failure("unlink", path);
    }

    @Override
    public void makeDirectory(Path path, int permissions) throws IOException {
        if (LibC.mkdir(UnixPaths.bytes(path), permissions) != 0) {
            throw unix.failure("mkdir", path);
        }
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return unix.listsItself() ? entries(directory) : Jdk.list(directory);
    }

    /** With half the system calls of the JDK, and none of its objects. */
    private List<String> entries(Path directory) throws IOException {
        int descriptor;
        do {
            descriptor = unix.open(
                    UnixPaths.bytes(directory),
                    unix.openFlags().directory() | unix.openFlags().closeOnExec(),
                    0);
        } while (descriptor < 0 && Unix.interrupted());
        if (descriptor < 0) {
            throw unix.failure("open", directory);
        }
        List<String> names = new ArrayList<>();
        byte[] entries = new byte[LISTING];
        try {
            int length;
            while ((length = unix.entries(descriptor, entries)) != 0) {
                if (length > 0) {
                    unix.addNames(entries, length, names);
                } else if (!Unix.interrupted()) {
                    throw unix.failure("list", directory);
                }
            }
        } finally {
            LibC.close(descriptor);
        }
        return names;
    }

    @Override
    public boolean writable(Path path) throws IOException {
        if (unix.writable(UnixPaths.bytes(path)) == 0) {
            return true;
        }
        OsError error = unix.lastError();
        if (error == OsError.ACCESS_DENIED || error == OsError.READ_ONLY) {
            return false;
        }
        throw unix.failure("access", path);
    }
}
