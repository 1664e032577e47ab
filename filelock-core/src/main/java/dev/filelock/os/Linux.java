package dev.filelock.os;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import dev.filelock.protocol.FileIdentity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Linux, with glibc from 2.28 or musl. {@code statx} rather than {@code stat}: its layout is the same on every processor, and older
 * versions of glibc export no {@code fstat} at all.
 */
final class Linux extends Unix {
    static final int AT_FDCWD = -100;
    private static final int AT_EACCESS = 0x200;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int W_OK = 2;

    /** The same on all processors that Linux runs on today, but for Alpha, Sparc and PA-RISC. */
    private static final int O_PATH = 0x200000;

    private static final byte[] EMPTY_PATH = {0};

    /** These pass variable arguments as they pass fixed ones, so {@code open} can be called without the detour. */
    private static final Set<String> UNIFORM_ARGUMENTS = Set.of("x86-64", "x86", "aarch64", "arm", "riscv64", "s390x");

    private static final Errors ERRORS = new Errors(11, 38, Set.of(95, 524), 37, 40, 36, 116, 122, 61);

    // In a struct linux_dirent64.
    private static final int ENTRY_LENGTH = 16;
    private static final int ENTRY_NAME = 19;

    private final @Nullable VariadicOpen variadicOpen;

    /** The number of the call; negative where it is not known, or words are not as wide as a {@code long}. */
    private final long getdents64 = getdents64(Platform.ARCH);

    private Linux(OpenFlags flags, @Nullable VariadicOpen variadicOpen) {
        super(flags, ERRORS);
        this.variadicOpen = variadicOpen;
    }

    static Linux link(NativeLibrary process) {
        OpenFlags flags = openFlags(Platform.ARCH);
        Native.register(Calls.class, process);
        return new Linux(
                flags,
                UNIFORM_ARGUMENTS.contains(Platform.ARCH)
                        ? null
                        : Native.load(Platform.C_LIBRARY_NAME, VariadicOpen.class));
    }

    static OpenFlags openFlags(String processor) {
        switch (processor) {
            case "x86":
            case "x86-64":
            case "riscv64":
            case "s390x":
            case "loongarch64":
                return new OpenFlags(0100, 0200, 04000, 0200000, 0400000, 02000000, 0400);
            case "aarch64":
            case "arm":
            case "ppc64":
            case "ppc64le":
                return new OpenFlags(0100, 0200, 04000, 0040000, 0100000, 02000000, 0400);
            default:
                throw new UnsupportedOperationException(
                        "the constants of Linux on the processor '" + processor + "' are not known");
        }
    }

    @Override
    int open(byte[] path, int flags, int mode) {
        return variadicOpen == null ? Calls.open(path, flags, mode) : variadicOpen.open(path, flags, mode);
    }

    @Override
    int openPlace(byte[] directory) {
        return open(directory, O_PATH | openFlags().directory() | openFlags().closeOnExec(), 0);
    }

    @Override
    int stat(byte[] path, boolean follow, byte[] status) {
        return Calls.statx(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status);
    }

    @Override
    int statIn(int directory, byte[] name, byte[] status) {
        return Calls.statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status);
    }

    @Override
    boolean listsItself() {
        return getdents64 >= 0;
    }

    /** {@code getdents64(2)}, for which older versions of glibc have no function. */
    @Override
    int entries(int directory, byte[] buffer) {
        return (int) Calls.syscall(getdents64, directory, buffer, buffer.length);
    }

    @Override
    void addNames(byte[] entries, int length, List<String> names) {
        ByteBuffer all = ByteBuffer.wrap(entries, 0, length).order(ByteOrder.nativeOrder());
        for (int entry = 0; entry < length; entry += Short.toUnsignedInt(all.getShort(entry + ENTRY_LENGTH))) {
            int end = entry + ENTRY_NAME;
            while (entries[end] != 0) {
                end++;
            }
            String name = UnixPaths.text(entries, entry + ENTRY_NAME, end);
            if (!name.equals(".") && !name.equals("..")) {
                names.add(name);
            }
        }
    }

    private static long getdents64(String processor) {
        return switch (processor) {
            case "x86-64" -> 217;
            case "aarch64", "riscv64" -> 61;
            default -> -1;
        };
    }

    @Override
    int fstat(int descriptor, byte[] status) {
        return Calls.statx(descriptor, EMPTY_PATH, AT_EMPTY_PATH, STATX_BASIC_STATS, status);
    }

    @Override
    int statusSize() {
        return 256;
    }

    @Override
    FileIdentity identity(byte[] status) {
        return identity(ByteBuffer.wrap(status).order(ByteOrder.nativeOrder()));
    }

    private static FileIdentity identity(ByteBuffer statx) {
        return new FileIdentity(LinuxDevice.number(statx.getInt(136), statx.getInt(140)), statx.getLong(32));
    }

    @Override
    FileStatus status(byte[] status) {
        ByteBuffer statx = ByteBuffer.wrap(status).order(ByteOrder.nativeOrder());
        int mode = Short.toUnsignedInt(statx.getShort(28));
        return new FileStatus(
                identity(statx),
                type(mode),
                mode & 07777,
                Integer.toUnsignedLong(statx.getInt(16)),
                statx.getLong(40),
                statx.getInt(20),
                Instant.ofEpochSecond(statx.getLong(112), statx.getInt(120)));
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
        return Calls.fgetxattr(descriptor, name, value, new NativeLong(value.length))
                .longValue();
    }

    @Override
    int setAttribute(int descriptor, byte[] name, byte[] value) {
        return Calls.fsetxattr(descriptor, name, value, new NativeLong(value.length), 0);
    }

    /** Where the processor passes variable arguments in a way of their own. */
    private interface VariadicOpen extends Library {
        int open(byte[] path, int flags, Object... mode);
    }

    private static final class Calls {
        static native int open(byte[] path, int flags, int mode);

        static native long syscall(long number, long directory, byte[] buffer, long size);

        static native int statx(int directory, byte[] path, int flags, int mask, byte[] status);

        static native NativeLong fgetxattr(int descriptor, byte[] name, byte[] value, NativeLong size);

        static native int fsetxattr(int descriptor, byte[] name, byte[] value, NativeLong size, int flags);
    }
}
