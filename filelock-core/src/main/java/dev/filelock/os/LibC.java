package dev.filelock.os;

import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The calls that Linux and macOS have in common. Every pathname is a byte string that ends in NUL. A {@link Pointer} stands for what
 * is as wide as one, {@code size_t} for example: JNA converts its {@code NativeLong} by a call back into Java. No answer exceeds an
 * {@code int}, for nothing larger is asked for.
 */
final class LibC {
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int LOCK_UN = 8;

    private LibC() {}

    static native int close(int descriptor);

    static native int flock(int descriptor, int operation);

    static native int pread(int descriptor, byte[] buffer, Pointer size, Pointer offset);

    static native int write(int descriptor, byte[] buffer, Pointer size);

    static native int fchmod(int descriptor, int mode);

    static native int futimens(int descriptor, byte @Nullable [] times);

    static native int faccessat(int directory, byte[] path, int mode, int flags);

    static native int rename(byte[] from, byte[] to);

    static native int linkat(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags);

    static native int unlink(byte[] path);

    static native int unlinkat(int directory, byte[] name, int flags);

    static native int mkdir(byte[] path, int mode);

    static native int kill(int pid, int signal);

    static native int geteuid();

    static native int gethostname(byte[] name, Pointer size);

    static native String strerror(int errno);
}
