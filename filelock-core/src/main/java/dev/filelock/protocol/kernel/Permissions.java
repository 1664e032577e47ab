package dev.filelock.protocol.kernel;

import dev.filelock.LockOptions;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The permissions of lock files, as the bits of {@code chmod(2)}. */
final class Permissions {
    private static final int UMASK_DECIDES = 0666;

    private Permissions() {}

    static int toCreateWith(LockOptions options) {
        return options.filePermissions().map(Permissions::bits).orElse(UMASK_DECIDES);
    }

    /** Null if the umask decides. */
    static @Nullable Integer wanted(LockOptions options) {
        return options.filePermissions().map(Permissions::bits).orElse(null);
    }

    /** The constants are declared in the order of the bits, the owner's read permission first. */
    private static int bits(Set<PosixFilePermission> permissions) {
        return permissions.stream()
                .mapToInt(permission -> 0400 >> permission.ordinal())
                .sum();
    }
}
