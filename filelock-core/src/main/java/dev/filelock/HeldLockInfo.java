package dev.filelock;

import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A hold of this JVM at one moment.
 *
 * @param path the lock file, absolute
 * @param directory the name of its registry's directory, or null for a default directory and for locks of no registry
 * @param mode the mode in which it is held
 * @param backend the protocol in use; {@link LockBackend#SOFT} where {@link LockBackend#NATIVE} fell back to it
 * @param fellBack whether the backend is a substitute for the one that was asked for
 * @param label what the lock was taken for, or null
 * @param thread the name of the thread that owns the hold, or null where the hold is owned by its handle
 * @param since when it was acquired
 * @param holdCount the number of levels not yet given back; zero where only the release on disk is still being retried
 * @param fencingToken the fencing token, where the backend has one
 */
public record HeldLockInfo(
        Path path,
        @Nullable String directory,
        LockMode mode,
        LockBackend backend,
        boolean fellBack,
        @Nullable String label,
        @Nullable String thread,
        Instant since,
        int holdCount,
        OptionalLong fencingToken) {}
