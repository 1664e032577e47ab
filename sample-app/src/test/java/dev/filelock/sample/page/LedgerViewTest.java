package dev.filelock.sample.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.sample.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What the page counts, from the lines of the ledger. */
class LedgerViewTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    @TempDir
    Path directory;

    private Path file;
    private LedgerView view;

    @BeforeEach
    void follow() {
        file = directory.resolve("alice.jsonl");
        view = new LedgerView(file, JSON);
    }

    @Test
    void anEmptyLedgerHasNoWaits() throws Exception {
        assertThat(view.follow(NOON).isEmpty()).isTrue();
        assertThat(view.tally()).isEqualTo(new Tally(0, 0, 0, List.of(), new Waits(null, null)));
    }

    @Test
    void turnsAndTheirWaitsAreCounted() throws Exception {
        append(turn(1, 0, 5), turn(2, 10, 250), turn(3, 20, 10), turn(4, 30, 11));
        assertThat(view.follow(NOON).turns()).hasSize(4);
        assertThat(view.tally()).isEqualTo(new Tally(4, 0, 0, List.of(), new Waits(10L, 250L)));
    }

    @Test
    void aLostLineAndAnOverlapAreCountedAndSaid() throws Exception {
        append(turn(1, 0, 0), turn(4, 10, 0), turn(5, 12, 0));
        view.follow(NOON);
        Tally tally = view.tally();
        assertThat(tally.lost()).isEqualTo(2);
        assertThat(tally.overlaps()).isEqualTo(1);
        assertThat(tally.faults()).hasSize(3).first().asString().isEqualTo("line 2 is turn 4 and follows turn 1");
    }

    @Test
    void aLineThatIsNoTurnIsLostAndTheNextOnesAreStillRead() throws Exception {
        append(turn(1, 0, 0));
        for (String line : List.of("<script>alert(1)</script>", "null", "{}", "[]", "{\"turn\":\"much\"}", "")) {
            Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
        }
        append(turn(2, 10, 0));
        assertThat(view.follow(NOON).turns()).extracting(Turn::turn).containsExactly(1L, 2L);
        assertThat(view.tally().lost()).isEqualTo(6);
        assertThat(view.tally().faults())
                .hasSize(LedgerView.MOST_FAULTS)
                .first()
                .isEqualTo("line 2 is torn: <script>alert(1)</script>");
    }

    @Test
    void oldTurnsAreCountedButNotShown() throws Exception {
        append(turn(1, 0, 500), turn(2, 10, 3));
        Instant later = NOON.plus(LedgerView.SHOWN);
        assertThat(view.follow(later.plusMillis(12)).turns())
                .extracting(Turn::turn)
                .containsExactly(2L);
        assertThat(view.tally()).isEqualTo(new Tally(2, 0, 0, List.of(), new Waits(3L, 3L)));
        view.follow(later.plus(Duration.ofSeconds(1)));
        assertThat(view.recent()).isEmpty();
        assertThat(view.tally().turns()).isEqualTo(2);
    }

    @Test
    void whoComesLaterGetsNoMoreThanFits() throws Exception {
        for (int i = 0; i < LedgerView.MOST_TURNS + 5; i++) {
            append(turn(i + 1, 10 * i, 1));
        }
        view.follow(NOON);
        assertThat(view.recent())
                .hasSize(LedgerView.MOST_TURNS)
                .first()
                .extracting(Turn::turn)
                .isEqualTo(6L);
    }

    @Test
    void aNewLedgerStartsTheCountAgain() throws Exception {
        append(turn(1, 0, 5), turn(3, 10, 5));
        view.follow(NOON);
        Files.delete(file);
        append(turn(1, 20, 7));
        LedgerView.Change change = view.follow(NOON);
        assertThat(change.fresh()).isTrue();
        assertThat(change.turns()).hasSize(1);
        assertThat(view.tally()).isEqualTo(new Tally(1, 0, 0, List.of(), new Waits(7L, 7L)));
    }

    @Test
    void theMedianOfAnEvenNumberIsInTheMiddleAndAClockSetBackIsNoNegativeWait() {
        assertThat(Waits.of(List.of(turn(1, 0, 10), turn(2, 0, 20)))).isEqualTo(new Waits(15L, 20L));
        assertThat(Waits.of(List.of(turn(1, 0, -10)))).isEqualTo(new Waits(0L, 0L));
    }

    @Test
    void turnsOfFormerVersionsDoNotSayHowLongTheyWaited() {
        Turn turn = JSON.readValue(
                "{\"turn\":1,\"language\":\"java\",\"pid\":1,\"start\":\"2026-06-01T12:00:00Z\",\"end\":\"2026-06-01T12:00:00Z\","
                        + "\"amount\":1,\"balance\":1}",
                Turn.class);
        assertThat(Waits.of(List.of(turn))).isEqualTo(new Waits(null, null));
    }

    static Turn turn(long turn, int startMillis, int waitedMillis) {
        Instant start = NOON.plusMillis(startMillis);
        return new Turn(turn, "java", 4711, start.minusMillis(waitedMillis), start, start.plusMillis(9), 1, turn);
    }

    private void append(Turn... turns) throws IOException {
        for (Turn turn : turns) {
            Files.writeString(
                    file, JSON.writeValueAsString(turn) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }
}
