package dev.filelock;

import java.nio.file.Path;
import java.time.Duration;

/**
 * A lease on the file has another duration than this lock. Peers that disagree on when a lease has run out can't share a lock, so
 * nothing was changed; give all of them the same duration.
 */
public final class LeaseMismatchException extends FileLockException {
    private static final long serialVersionUID = 1L;

    private final Duration duration;
    private final Duration peerDuration;

    /**
     * Makes an exception.
     *
     * @param path the lock file
     * @param duration of this lock's leases
     * @param peerDuration of the lease on the file
     * @param message what happened and what to do about it; names the path
     */
    public LeaseMismatchException(Path path, Duration duration, Duration peerDuration, String message) {
        super(path, message);
        this.duration = duration;
        this.peerDuration = peerDuration;
    }

    /**
     * The duration of this lock's leases.
     *
     * @return greater than zero
     */
    public Duration duration() {
        return duration;
    }

    /**
     * The duration of the lease on the file.
     *
     * @return to the nanosecond, and no longer than a {@link Duration} can be
     */
    public Duration peerDuration() {
        return peerDuration;
    }
}
