package dev.filelock.sample;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One line of a ledger, written by whoever had the lock. {@code append_ledger.py} writes the same.
 *
 * @param turn 1 for the first line, then one more for each, so that a lost line is a gap
 * @param language {@code java} or {@code python}
 * @param pid the process that wrote the line
 * @param start when the process had the lock
 * @param end when it wrote the line; no later turn may start before it
 * @param amount what this turn added
 * @param balance the balance before, read from the file, plus the amount
 */
record Turn(long turn, String language, long pid, Instant start, Instant end, int amount, long balance) {
    /** What stands before the first line. */
    static final Turn NONE = new Turn(0, "java", 0, Instant.EPOCH, Instant.EPOCH, 0, 0);

    Turn next(Instant start, int amount) {
        return new Turn(turn + 1, "java", ProcessHandle.current().pid(), start, now(), amount, balance + amount);
    }

    /** In microseconds, as Python counts: a finer time would seem to come after Python's later one. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }
}
