package dev.filelock.os;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of Linux for those who wait for something to happen. A {@link Pointer} stands for what is as wide as one, {@code size_t}
 * for example: JNA converts its {@code NativeLong} by a call back into Java.
 */
final class LinuxEvents {
    private static final NativeLink<Boolean> LINK = new NativeLink<>(() -> {
        UnixFiles.linked(); // and with it the calls that all Unix systems have
        Native.register(LinuxEvents.class, NativeLibrary.getProcess());
        return true;
    });

    private LinuxEvents() {}

    /**
     * Comes before the first call.
     *
     * @throws NativeAccessException if native calls can't be made
     */
    static void link() {
        LINK.get();
    }

    static native int inotify_init1(int flags);

    static native int inotify_add_watch(int descriptor, byte[] path, int mask);

    static native int inotify_rm_watch(int descriptor, int watch);

    static native int eventfd(int initial, int flags);

    static native int ppoll(Pointer descriptors, Pointer count, Pointer timeout, @Nullable Pointer signals);

    static native int read(int descriptor, byte[] buffer, Pointer size);

    static native int write(int descriptor, byte[] buffer, Pointer size);

    static native int utimensat(int directory, byte[] path, byte @Nullable [] times, int flags);
}
