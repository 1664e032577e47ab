package dev.filelock.os;

import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Permissions as the bits of {@code chmod(2)}. */
public final class FileModes {
    private FileModes() {}

    /** The constants are declared in the order of the bits, the owner's read permission first. */
    public static int bits(Set<PosixFilePermission> permissions) {
        return permissions.stream()
                .mapToInt(permission -> 0400 >> permission.ordinal())
                .sum();
    }
}
