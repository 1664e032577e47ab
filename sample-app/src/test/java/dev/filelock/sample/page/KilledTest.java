package dev.filelock.sample.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.sample.Turn;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the ledger tells about a process that was killed. */
class KilledTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    private static final Killed KILLED = new Killed(4711, NOON, NOON.plusMillis(500), null);

    @Test
    void nobodyMayHaveHadTheLockSince() {
        assertThat(KILLED.seenIn(List.of())).contains(KILLED);
        assertThat(KILLED.seenIn(List.of(turn(1, -50, -20)))).contains(KILLED);
    }

    @Test
    void theNextTurnTellsHowSoonTheLockPassedOn() {
        assertThat(KILLED.seenIn(List.of(turn(1, -50, -20), turn(2, 503, 550), turn(3, 560, 570))))
                .contains(new Killed(4711, NOON, NOON.plusMillis(500), new Killed.Next(2, "python", 3)));
    }

    @Test
    void aDeathThatWasNoticedLateDoesNotOverlapWithTheNextTurn() {
        assertThat(KILLED.seenIn(List.of(turn(2, 480, 550))))
                .contains(new Killed(4711, NOON, NOON.plusMillis(480), new Killed.Next(2, "python", 0)));
    }

    @Test
    void whoFinishedItsTurnWasNotKilledInIt() {
        assertThat(KILLED.seenIn(List.of(turn(4711, 0, 499), turn(2, 503, 550))))
                .isEmpty();
    }

    private static Turn turn(long pid, int startMillis, int endMillis) {
        return new Turn(pid, "python", pid, NOON, NOON.plusMillis(startMillis), NOON.plusMillis(endMillis), 1, pid);
    }
}
