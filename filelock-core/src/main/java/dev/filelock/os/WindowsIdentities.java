package dev.filelock.os;

import com.sun.jna.Pointer;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Volume serial number and file index, asked of a handle that neither disturbs nor is disturbed by anybody. Where native calls
 * can't be made, a digest of the lower-cased real path stands in: two names of one file by hard link are then two files, and a
 * file that replaced another one is taken for it.
 */
final class WindowsIdentities implements FileIdentities {
    private static final int SHARE_ALL = 7;
    private static final int OPEN_EXISTING = 3;
    private static final int FILE_FLAG_BACKUP_SEMANTICS = 0x02000000;
    private static final int FILE_FLAG_OPEN_REPARSE_POINT = 0x00200000;
    private static final int ERROR_FILE_NOT_FOUND = 2;
    private static final int ERROR_PATH_NOT_FOUND = 3;
    private static final int ERROR_ACCESS_DENIED = 5;
    private static final int LONGEST_PLAIN_PATH = 247;

    @Override
    public @Nullable FileIdentity following(Path path) throws IOException {
        return identity(path, true);
    }

    @Override
    public @Nullable FileIdentity notFollowing(Path path) throws IOException {
        return identity(path, false);
    }

    private static @Nullable FileIdentity identity(Path path, boolean follow) throws IOException {
        try {
            Kernel32.require();
        } catch (NativeAccessException e) {
            return substitute(path, follow);
        }
        return byHandle(path, follow);
    }

    private static @Nullable FileIdentity byHandle(Path path, boolean follow) throws OsException {
        int flags = FILE_FLAG_BACKUP_SEMANTICS | (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
        Pointer handle = Kernel32.Calls.CreateFileW(
                Kernel32.text(nativeName(path)), 0, SHARE_ALL, null, OPEN_EXISTING, flags, null);
        if (handle == null || Kernel32.isInvalid(handle)) {
            int error = Kernel32.lastError();
            if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) {
                return null;
            }
            throw failure("CreateFile", path, error);
        }
        try {
            byte[] information = new byte[52];
            if (Kernel32.Calls.GetFileInformationByHandle(handle, information) == 0) {
                throw failure("GetFileInformationByHandle", path, Kernel32.lastError());
            }
            ByteBuffer fields = ByteBuffer.wrap(information).order(ByteOrder.LITTLE_ENDIAN);
            long index = Integer.toUnsignedLong(fields.getInt(44)) << 32 | Integer.toUnsignedLong(fields.getInt(48));
            return new FileIdentity(Integer.toUnsignedLong(fields.getInt(28)), index);
        } finally {
            Kernel32.Calls.CloseHandle(handle);
        }
    }

    private static OsException failure(String call, Path path, int error) {
        return new OsException(
                error == ERROR_ACCESS_DENIED ? OsError.ACCESS_DENIED : OsError.OTHER,
                call + "(" + path + ") failed: Windows error " + error);
    }

    /** Windows takes long names only in this form. */
    static String nativeName(Path path) {
        String name = path.toAbsolutePath().normalize().toString();
        if (name.length() <= LONGEST_PLAIN_PATH || name.startsWith("\\\\?\\")) {
            return name;
        }
        return name.startsWith("\\\\") ? "\\\\?\\UNC" + name.substring(1) : "\\\\?\\" + name;
    }

    static @Nullable FileIdentity substitute(Path path, boolean follow) throws IOException {
        try {
            Path real = follow ? path.toRealPath() : path.toRealPath(LinkOption.NOFOLLOW_LINKS);
            UUID digest = UUID.nameUUIDFromBytes(
                    real.toString().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
            return new FileIdentity(digest.getMostSignificantBits(), digest.getLeastSignificantBits());
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
