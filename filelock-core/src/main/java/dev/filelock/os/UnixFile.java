package dev.filelock.os;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor. Every call holds the monitor, so that none can meet a descriptor number which a concurrent close has given
 * back and somebody else's open has got.
 */
final class UnixFile implements OsFiles.Descriptor {
    private static final int CLOSED = -1;

    private final Unix unix;
    private final Path path;
    private int descriptor;

    UnixFile(Unix unix, int descriptor, Path path) {
        this.unix = unix;
        this.descriptor = descriptor;
        this.path = path;
    }

    @Override
    public synchronized FileStatus status() throws IOException {
        byte[] status = new byte[unix.statusSize()];
        while (unix.fstat(opened("fstat"), status) != 0) {
            failUnlessInterrupted("fstat");
        }
        return unix.status(status);
    }

    @Override
    public synchronized byte[] read(int limit) throws IOException {
        byte[] content = {};
        while (content.length < limit) {
            byte[] part = new byte[limit - content.length];
            int count = LibC.pread(opened("read"), part, word(part.length), word(content.length));
            if (count == 0) {
                break;
            } else if (count > 0) {
                int length = content.length;
                content = Arrays.copyOf(content, length + count);
                System.arraycopy(part, 0, content, length, count);
            } else {
                failUnlessInterrupted("read");
            }
        }
        return content;
    }

    @Override
    public synchronized void write(byte[] bytes) throws IOException {
        byte[] rest = bytes;
        while (rest.length > 0) {
            int count = LibC.write(opened("write"), rest, word(rest.length));
            if (count > 0) {
                rest = Arrays.copyOfRange(rest, count, rest.length);
            } else if (count == 0) {
                throw new OsException(
                        OsError.INPUT_OUTPUT,
                        "write(" + path + ") failed: nothing was written, " + rest.length + " bytes are left");
            } else {
                failUnlessInterrupted("write");
            }
        }
    }

    @Override
    public synchronized boolean tryLockExclusive() throws IOException {
        while (LibC.flock(opened("flock"), LibC.LOCK_EX | LibC.LOCK_NB) != 0) {
            OsError error = unix.lastError();
            if (error == OsError.WOULD_BLOCK || error == OsError.ACCESS_DENIED) {
                return false;
            }
            failUnlessInterrupted("flock");
        }
        return true;
    }

    @Override
    public synchronized void unlock() throws IOException {
        while (LibC.flock(opened("flock"), LibC.LOCK_UN) != 0) {
            failUnlessInterrupted("flock");
        }
    }

    @Override
    public synchronized void changePermissions(int permissions) throws IOException {
        while (LibC.fchmod(opened("fchmod"), permissions) != 0) {
            failUnlessInterrupted("fchmod");
        }
    }

    @Override
    public synchronized void touch() throws IOException {
        while (LibC.futimens(opened("futimens"), null) != 0) {
            failUnlessInterrupted("futimens");
        }
    }

    @Override
    public synchronized byte @Nullable [] attribute(String name) throws IOException {
        byte[] value = new byte[1024];
        long length = unix.getAttribute(opened("fgetxattr"), terminated(name), value);
        if (length >= 0) {
            return Arrays.copyOf(value, (int) length);
        }
        if (unix.attributeMissing() || unix.lastError() == OsError.NOT_SUPPORTED) {
            return null;
        }
        throw unix.failure("fgetxattr " + name, path);
    }

    @Override
    public synchronized boolean setAttribute(String name, byte[] value) throws IOException {
        if (unix.setAttribute(opened("fsetxattr"), terminated(name), value) == 0) {
            return true;
        }
        if (unix.lastError() == OsError.NOT_SUPPORTED) {
            return false;
        }
        throw unix.failure("fsetxattr " + name, path);
    }

    /** Never tried again: the descriptor is gone even after an error, and its number may be somebody else's by then. */
    @Override
    public synchronized void close() throws IOException {
        if (descriptor == CLOSED) {
            return;
        }
        int closing = descriptor;
        descriptor = CLOSED;
        if (LibC.close(closing) != 0 && !Unix.interrupted()) {
            throw unix.failure("close", path);
        }
    }

    private int opened(String call) throws OsException {
        if (descriptor == CLOSED) {
            throw new OsException(OsError.OTHER, call + "(" + path + ") failed: this descriptor is closed");
        }
        return descriptor;
    }

    private void failUnlessInterrupted(String call) throws OsException {
        if (!Unix.interrupted()) {
            throw unix.failure(call, path);
        }
    }

    private static Pointer word(int number) {
        return Pointer.createConstant(number);
    }

    private static byte[] terminated(String name) {
        return (name + '\0').getBytes(StandardCharsets.US_ASCII);
    }
}
