package dev.filelock.protocol.kernel;

import dev.filelock.LockOptions;
import dev.filelock.os.FileModes;
import org.jspecify.annotations.Nullable;

/** The permissions of lock files, as the bits of {@code chmod(2)}. */
final class Permissions {
    private static final int UMASK_DECIDES = 0666;

    private Permissions() {}

    static int toCreateWith(LockOptions options) {
        return options.filePermissions().map(FileModes::bits).orElse(UMASK_DECIDES);
    }

    /** Null if the umask decides. */
    static @Nullable Integer wanted(LockOptions options) {
        return options.filePermissions().map(FileModes::bits).orElse(null);
    }
}
