package dev.filelock;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A waiter of this JVM at one moment.
 *
 * @param path the lock file, absolute
 * @param directory the name of its registry's directory, or null for a default directory and for locks of no registry
 * @param mode the mode it asks for
 * @param backend the protocol in use
 * @param label what the lock is wanted for, or null
 * @param thread the name of the waiting thread, or null where no thread waits
 * @param since when it began
 * @param timeout how long it waits at most; negative: for ever; zero: a single attempt
 * @param position its place in the queue of this JVM for the file: 1 is who contends for it with other processes, the others have it
 *     after those ahead of them; 0 if it is not in the queue any more
 * @param blockedBy who has the lock, as far as it can be known without disturbing it; empty where nobody was asked for
 */
public record WaitingLockInfo(
        Path path,
        @Nullable String directory,
        LockMode mode,
        LockBackend backend,
        @Nullable String label,
        @Nullable String thread,
        Instant since,
        Duration timeout,
        int position,
        List<LockHolder> blockedBy) {

    /** Copies the list. */
    public WaitingLockInfo {
        blockedBy = List.copyOf(blockedBy);
    }
}
