package dev.filelock.os;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One instance of inotify(7): a descriptor that tells of changes to files. Closed by whoever opened it; the rest by any thread. */
final class Inotify {
    static final int NOT_FOUND = 2;
    private static final int INTERRUPTED = 4;
    private static final int NOTHING = 11;

    static final int OVERFLOW = 0x4000;
    static final int IGNORED = 0x8000;

    private static final int CLOSE_NOWRITE = 0x10;
    private static final int ATTRIB_CLOSE_WRITE_DELETE_SELF_MOVE_SELF = 0x4 | 0x8 | 0x400 | 0x800;
    private static final int CREATE_DELETE_MOVED_DELETE_SELF = 0x100 | 0x200 | 0x40 | 0x80 | 0x400;
    private static final int ONLY_DIRECTORY = 0x01000000;
    private static final int DONT_FOLLOW = 0x02000000;
    private static final int ADD_TO_MASK = 0x20000000;

    private static final int EVENT_HEADER = 16;
    private static final int BUFFER = 16 * 1024;

    /** A change to something watched. */
    record Event(int watch, int mask) {}

    private final int descriptor;

    private Inotify(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens an instance.
     *
     * @throws IOException if this user has too many, for example
     * @throws NativeAccessException if native calls can't be made
     */
    static Inotify open() throws IOException {
        LinuxEvents.link();
        Unix.OpenFlags flags = Linux.openFlags(Platform.ARCH);
        int descriptor = LinuxEvents.inotify_init1(flags.closeOnExec() | flags.nonBlocking());
        if (descriptor < 0) {
            throw new IOException("inotify_init1 failed: " + LibC.strerror(Native.getLastError()));
        }
        return new Inotify(descriptor);
    }

    /**
     * Watches what a path names now; the same number for the same file.
     *
     * @return if it can't be watched, the number of the error, negative
     */
    int add(Watch watch) {
        int number = LinuxEvents.inotify_add_watch(
                descriptor, UnixPaths.bytes(watch.path()), mask(watch.kind()) | DONT_FOLLOW | ADD_TO_MASK);
        return number < 0 ? -Native.getLastError() : number;
    }

    private static int mask(Watch.Kind kind) {
        return switch (kind) {
            case FILE -> ATTRIB_CLOSE_WRITE_DELETE_SELF_MOVE_SELF;
            case LOCKED_FILE -> ATTRIB_CLOSE_WRITE_DELETE_SELF_MOVE_SELF | CLOSE_NOWRITE;
            case DIRECTORY -> CREATE_DELETE_MOVED_DELETE_SELF | ONLY_DIRECTORY;
        };
    }

    void remove(int watch) {
        LinuxEvents.inotify_rm_watch(descriptor, watch);
    }

    /** What can be polled for readability, which means that there are events. */
    int descriptor() {
        return descriptor;
    }

    /** The events there are; none is no error. One thread at a time. */
    List<Event> events() throws IOException {
        byte[] buffer = new byte[BUFFER];
        int length = LinuxEvents.read(descriptor, buffer, Pointer.createConstant(BUFFER));
        if (length < 0) {
            int error = Native.getLastError();
            if (error == NOTHING || error == INTERRUPTED) {
                return List.of();
            }
            throw new IOException("reading inotify events failed: " + LibC.strerror(error));
        }
        ByteBuffer events = ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
        List<Event> all = new ArrayList<>();
        while (events.remaining() >= EVENT_HEADER) {
            all.add(new Event(events.getInt(), events.getInt()));
            events.getInt(); // the cookie
            int name = events.getInt();
            events.position(events.position() + name);
        }
        return all;
    }

    void close() {
        LibC.close(descriptor);
    }

    /** Sets the times of what a path names to now, without opening it and so without dropping {@code fcntl} locks. */
    static boolean touch(Path path) {
        LinuxEvents.link();
        return LinuxEvents.utimensat(Linux.AT_FDCWD, UnixPaths.bytes(path), null, Linux.AT_SYMLINK_NOFOLLOW) == 0;
    }
}
