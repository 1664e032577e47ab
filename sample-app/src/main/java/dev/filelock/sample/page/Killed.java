package dev.filelock.sample.page;

import dev.filelock.sample.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that was killed while it had the ledger's lock, so that it wrote no line.
 *
 * @param since when it had the lock
 * @param end when it was killed; never later than the next turn began
 * @param next who had the lock next, null if nobody yet
 */
record Killed(
        long pid, Instant since, Instant end, @Nullable Next next) {
    /**
     * The turn that followed.
     *
     * @param millis how long after the kill it began
     */
    record Next(long pid, String language, long millis) {}

    /**
     * Completes it by what the ledger tells.
     *
     * @param turns in their order
     * @return empty if the process had finished that turn after all and died a moment later
     */
    Optional<Killed> seenIn(List<Turn> turns) {
        for (Turn turn : turns) {
            if (turn.pid() == pid && !turn.end().isBefore(since)) {
                return Optional.empty();
            }
            if (turn.start().isAfter(since)) {
                long millis = Math.max(0, TimeUnit.MILLISECONDS.convert(Duration.between(end, turn.start())));
                Instant over = turn.start().isBefore(end) ? turn.start() : end;
                return Optional.of(new Killed(pid, since, over, new Next(turn.pid(), turn.language(), millis)));
            }
        }
        return Optional.of(this);
    }
}
