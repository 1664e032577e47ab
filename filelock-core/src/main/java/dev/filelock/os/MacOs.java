package dev.filelock.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import dev.filelock.protocol.FileIdentity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** macOS on Intel and Apple processors; both are little-endian and have 64 bits. */
final class MacOs extends Unix {
    private static final int AT_FDCWD = -2;
    private static final int AT_EACCESS = 0x10;
    private static final int W_OK = 2;
    private static final int CTL_KERN = 1;
    private static final int KERN_PROC = 14;
    private static final int KERN_PROC_PID = 1;

    private static final OpenFlags FLAGS = new OpenFlags(0x200, 0x800, 0x4, 0x100000, 0x100, 0x1000000, 0x20000);
    private static final Errors ERRORS = new Errors(35, 78, Set.of(45, 102), 77, 62, 63, 70, 69, 93);

    private final VariadicOpen variadicOpen;

    private MacOs(VariadicOpen variadicOpen) {
        super(FLAGS, ERRORS);
        this.variadicOpen = variadicOpen;
    }

    static MacOs link() {
        boolean intel = Platform.isIntel();
        Native.register(
                Calls.class,
                NativeLibrary.getProcess(Map.of(Library.OPTION_FUNCTION_MAPPER, (com.sun.jna.FunctionMapper)
                        (library, method) -> symbol(method.getName(), intel))));
        return new MacOs(Native.load(Platform.C_LIBRARY_NAME, VariadicOpen.class));
    }

    /** On Intel the plain names are those of the old calls, with inodes of 32 bits. */
    static String symbol(String call, boolean intel) {
        return intel && call.endsWith("stat") ? call + "$INODE64" : call;
    }

    @Override
    int open(byte[] path, int flags, int mode) {
        return variadicOpen.open(path, flags, mode);
    }

    @Override
    int stat(byte[] path, boolean follow, byte[] status) {
        return follow ? Calls.stat(path, status) : Calls.lstat(path, status);
    }

    @Override
    int fstat(int descriptor, byte[] status) {
        return Calls.fstat(descriptor, status);
    }

    @Override
    int statusSize() {
        return 144;
    }

    @Override
    FileIdentity identity(byte[] status) {
        return identity(ByteBuffer.wrap(status).order(ByteOrder.nativeOrder()));
    }

    private static FileIdentity identity(ByteBuffer stat) {
        return new FileIdentity(stat.getInt(0), stat.getLong(8));
    }

    @Override
    FileStatus status(byte[] status) {
        ByteBuffer stat = ByteBuffer.wrap(status).order(ByteOrder.nativeOrder());
        int mode = Short.toUnsignedInt(stat.getShort(4));
        return new FileStatus(
                identity(stat),
                type(mode),
                mode & 07777,
                Short.toUnsignedInt(stat.getShort(6)),
                stat.getLong(96),
                stat.getInt(16),
                Instant.ofEpochSecond(stat.getLong(48), stat.getLong(56)));
    }

    @Override
    int writable(byte[] path) {
        return LibC.faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
    }

    @Override
    int link(byte[] existing, byte[] name) {
        return LibC.linkat(AT_FDCWD, existing, AT_FDCWD, name, 0);
    }

    @Override
    long getAttribute(int descriptor, byte[] name, byte[] value) {
        return Calls.fgetxattr(descriptor, name, value, value.length, 0, 0);
    }

    @Override
    int setAttribute(int descriptor, byte[] name, byte[] value) {
        return Calls.fsetxattr(descriptor, name, value, value.length, 0, 0);
    }

    /** The {@code kinfo_proc} of a process, or null if there is none or it can't be read. */
    static byte @Nullable [] processInfo(int pid) {
        byte[] info = new byte[1024];
        long[] length = {info.length};
        int result = Calls.sysctl(new int[] {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid}, 4, info, length, null, 0);
        return result == 0 && length[0] > 0 ? info : null;
    }

    private interface VariadicOpen extends Library {
        int open(byte[] path, int flags, Object... mode);
    }

    private static final class Calls {
        static native int stat(byte[] path, byte[] status);

        static native int lstat(byte[] path, byte[] status);

        static native int fstat(int descriptor, byte[] status);

        static native long fgetxattr(int descriptor, byte[] name, byte[] value, long size, int position, int options);

        static native int fsetxattr(int descriptor, byte[] name, byte[] value, long size, int position, int options);

        static native int sysctl(
                int[] name, int names, byte[] info, long[] length, byte @Nullable [] newInfo, long newLength);
    }
}
