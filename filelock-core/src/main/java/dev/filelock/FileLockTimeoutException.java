package dev.filelock;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** The lock was not had in time. The message names the lock, the time waited and the holder as far as it is known. */
public final class FileLockTimeoutException extends FileLockException {
    private static final long serialVersionUID = 1L;

    private final Duration waited;
    private final transient List<LockHolder> holders;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param timeout the time allowed; zero if there was a single attempt
     * @param waited how long was really waited
     * @param holders who has the lock, as far as it is known
     */
    public FileLockTimeoutException(Path path, Duration timeout, Duration waited, List<LockHolder> holders) {
        super(path, message(path, timeout, holders));
        this.waited = waited;
        this.holders = List.copyOf(holders);
    }

    private static String message(Path path, Duration timeout, List<LockHolder> holders) {
        String effort =
                timeout.isZero() ? " not acquired at once: " : " not acquired in " + LockHolder.inWords(timeout) + ": ";
        return path + effort + describe(holders);
    }

    /**
     * Names holders in one line.
     *
     * @param holders who has a lock
     * @return such as {@code held by pid 4711 (python3 import.py) of user alice for 42 s}
     */
    static String describe(List<LockHolder> holders) {
        if (holders.isEmpty()) {
            return "held by an unknown process";
        }
        Instant now = Instant.now();
        return holders.stream()
                .map(holder -> holder.describe(now))
                .collect(Collectors.joining(", and by ", "held by ", ""));
    }

    /**
     * How long the caller waited.
     *
     * @return zero or more
     */
    public Duration waited() {
        return waited;
    }

    /**
     * Who had the lock when time was up.
     *
     * @return at least one; who could not be named has no process id, and a remark that says why; empty after deserialisation
     */
    @SuppressWarnings("NullAway") // a transient field is null after deserialisation
    public List<LockHolder> holders() {
        return holders == null ? List.of() : holders;
    }
}
