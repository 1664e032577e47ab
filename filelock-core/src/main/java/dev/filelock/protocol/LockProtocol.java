package dev.filelock.protocol;

import dev.filelock.LockOptions;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** One on-disk way of excluding other processes. Safe for use by any number of threads. */
public interface LockProtocol {

    /**
     * The state this JVM keeps for one lock file. Touches no disk.
     *
     * @param path absolute; the engine opens each file once, however its path is spelled
     * @param options those that belong to the file are read here, never later
     */
    LockFile open(Path path, LockOptions options);

    /**
     * Tells which lock a directory entry may be a record of, without opening it.
     *
     * @param entry its name
     * @param status of the entry itself, if it is a link
     * @return the name of the lock file, which is in the same directory; null if this protocol makes no such entry
     */
    default @Nullable String lockOf(String entry, BasicFileAttributes status) {
        return null;
    }

    /**
     * Whether {@link Attempt#poll} waits inside the call, through its {@link Patience}. Such calls are made only on platform
     * threads of the engine's own, because the wait would pin a virtual thread's carrier.
     */
    default boolean waitsInsidePoll() {
        return false;
    }
}
