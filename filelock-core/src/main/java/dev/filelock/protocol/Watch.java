package dev.filelock.protocol;

import java.nio.file.Path;

/**
 * A file or directory whose change may mean that a lock is free.
 *
 * @param path what to watch; not followed if it is a symbolic link
 * @param kind which changes matter
 */
public record Watch(Path path, Kind kind) {

    /** Which changes matter. */
    public enum Kind {
        /** The file was closed after writing, its attributes changed, or it was deleted or renamed. */
        FILE,

        /**
         * As {@link #FILE}, or the file was closed after reading: for a lock that ends with a descriptor, by protocols that don't
         * close one themselves at each try.
         */
        LOCKED_FILE,

        /** Entries of the directory appeared, vanished or were renamed. */
        DIRECTORY
    }
}
