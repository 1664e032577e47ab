package dev.filelock.testing;

import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The system's files, but a test can act before a call is made: fail it, or change the disk as another process might just then. */
public class TamperedFiles implements OsFiles {
    private final OsFiles system = OsFiles.system();

    /** Called before each call but the closing one, with its name and what it is about. Does nothing unless overridden. */
    public void before(String call, Path path) throws IOException {}

    /** Called after each successful close. Does nothing unless overridden. */
    public void closed(Path path) throws IOException {}

    public static OsException failure(OsError error) {
        return new OsException(error, "failed by the test: " + error);
    }

    @Override
    public boolean hasFlock() {
        return system.hasFlock();
    }

    @Override
    public Descriptor open(Path path, Set<Open> how, int permissions) throws IOException {
        before(how.contains(Open.CREATE) ? "create" : how.contains(Open.WRITE) ? "open to write" : "open", path);
        return new TamperedDescriptor(path, how, system.open(path, how, permissions));
    }

    @Override
    public @Nullable FileStatus lstat(Path path) throws IOException {
        before("lstat", path);
        return system.lstat(path);
    }

    @Override
    public @Nullable FileStatus stat(Path path) throws IOException {
        before("stat", path);
        return system.stat(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        before("rename", from);
        system.rename(from, to);
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
        before("link", name);
        system.link(existing, name);
    }

    @Override
    public boolean unlink(Path path) throws IOException {
        before("unlink", path);
        return system.unlink(path);
    }

    @Override
    public void makeDirectory(Path path, int permissions) throws IOException {
        before("mkdir", path);
        system.makeDirectory(path, permissions);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        before("list", directory);
        return system.list(directory);
    }

    @Override
    public boolean writable(Path path) throws IOException {
        before("writable", path);
        return system.writable(path);
    }

    private final class TamperedDescriptor implements Descriptor {
        private final Path path;
        private final Set<Open> how;
        private final Descriptor file;

        TamperedDescriptor(Path path, Set<Open> how, Descriptor file) {
            this.path = path;
            this.how = how;
            this.file = file;
        }

        @Override
        public FileStatus status() throws IOException {
            before("fstat", path);
            return file.status();
        }

        @Override
        public byte[] read(int limit) throws IOException {
            before("read", path);
            return file.read(limit);
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            before("write", path);
            file.write(bytes);
        }

        @Override
        public boolean tryLockExclusive() throws IOException {
            before(how.contains(Open.WRITE) ? "flock to write" : "flock", path);
            return file.tryLockExclusive();
        }

        @Override
        public void unlock() throws IOException {
            before("unlock", path);
            file.unlock();
        }

        @Override
        public void changePermissions(int permissions) throws IOException {
            before("fchmod", path);
            file.changePermissions(permissions);
        }

        @Override
        public void touch() throws IOException {
            before("touch", path);
            file.touch();
        }

        @Override
        public byte @Nullable [] attribute(String name) throws IOException {
            before("fgetxattr", path);
            return file.attribute(name);
        }

        @Override
        public boolean setAttribute(String name, byte[] value) throws IOException {
            before("fsetxattr", path);
            return file.setAttribute(name, value);
        }

        @Override
        public void close() throws IOException {
            file.close();
            closed(path);
        }
    }
}
