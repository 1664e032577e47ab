package dev.filelock.os;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls of Windows. Text is UTF-16, little-endian, and ends in a NUL of two bytes. */
final class Kernel32 {
    private static final NativeLink<Boolean> LINK = new NativeLink<>(() -> {
        Native.register(
                Calls.class,
                NativeLibrary.getInstance(
                        "kernel32", Map.of(Library.OPTION_CALLING_CONVENTION, Function.ALT_CONVENTION)));
        return true;
    });

    private Kernel32() {}

    /** @throws NativeAccessException if the calls can't be made */
    static void require() {
        LINK.get();
    }

    static int lastError() {
        return Native.getLastError();
    }

    static byte[] text(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_16LE);
    }

    static boolean isInvalid(@Nullable Pointer handle) {
        return handle == null || Pointer.nativeValue(handle) == -1 || Pointer.nativeValue(handle) == 0xffffffffL;
    }

    static final class Calls {
        private Calls() {}

        static native @Nullable Pointer CreateFileW(
                byte[] name,
                int access,
                int share,
                @Nullable Pointer security,
                int disposition,
                int flags,
                @Nullable Pointer template);

        static native int GetFileInformationByHandle(Pointer file, byte[] information);

        static native int CloseHandle(Pointer handle);

        static native @Nullable Pointer OpenProcess(int access, int inheritHandle, int pid);

        static native int GetProcessTimes(Pointer process, long[] creation, long[] exit, long[] kernel, long[] user);

        static native int GetComputerNameExW(int format, byte @Nullable [] name, int[] size);
    }
}
