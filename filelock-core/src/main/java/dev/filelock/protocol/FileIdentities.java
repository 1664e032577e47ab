package dev.filelock.protocol;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds out which file a path names. Safe for use by any number of threads. */
public interface FileIdentities {

    /**
     * The identity of what the path names, symbolic links in the last component followed.
     *
     * @return null if there is nothing of that name
     * @throws IOException if that can't be found out
     */
    @Nullable FileIdentity following(Path path) throws IOException;

    /**
     * The identity of what the path names, a symbolic link in the last component not followed.
     *
     * @return null if there is nothing of that name
     * @throws IOException if that can't be found out
     */
    @Nullable FileIdentity notFollowing(Path path) throws IOException;

    /** The spelling that all names of one file in one directory share: on Windows its lower case, elsewhere the name itself. */
    default String canonicalName(String fileName) {
        return fileName;
    }
}
