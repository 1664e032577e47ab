package dev.filelock.sample;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of a ledger, written by whoever had the lock. {@code append_ledger.py} writes the same.
 *
 * @param turn 1 for the first line, then one more for each, so that a lost line is a gap
 * @param language {@code java} or {@code python}
 * @param pid the process that wrote the line
 * @param asked when the process asked for the lock; null in lines of former versions
 * @param start when it had the lock
 * @param end when it wrote the line; no later turn may start before it
 * @param amount what this turn added
 * @param balance the balance before, read from the file, plus the amount
 */
public record Turn(
        long turn,
        String language,
        long pid,
        @Nullable Instant asked,
        Instant start,
        Instant end,
        int amount,
        long balance) {
    /** What stands before the first line. */
    static final Turn NONE = new Turn(0, "java", 0, null, Instant.EPOCH, Instant.EPOCH, 0, 0);

    /** A line that lacks one of these is no turn. */
    public Turn {
        Objects.requireNonNull(language, "language");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(end, "end");
    }

    Turn next(Instant asked, Instant start, int amount) {
        return new Turn(turn + 1, "java", ProcessHandle.current().pid(), asked, start, now(), amount, balance + amount);
    }

    /** In microseconds, as Python counts: a finer time would seem to come after Python's later one. */
    public static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }
}
