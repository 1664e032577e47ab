package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** An audit that finds nothing means something only if it finds what can go wrong. */
class AuditTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    private static final Turn FIRST = turn(1, 0, 5, 5);
    private static final Turn SECOND = turn(2, 10, 7, 12);
    private static final Turn THIRD = turn(3, 20, 1, 13);

    @Test
    void aLedgerInOrderHasNoFaults() {
        assertThat(audit(FIRST, SECOND, THIRD)).isEqualTo(new Audit(3, 13, List.of()));
        assertThat(Audit.of("", JSON).faults()).isEmpty();
    }

    @Test
    void aLostLineIsFound() {
        assertThat(audit(FIRST, THIRD).faults()).contains("line 2 is turn 3 and follows turn 1");
    }

    @Test
    void lostMoneyIsFound() {
        assertThat(audit(FIRST, turn(2, 10, 7, 7)).faults()).containsExactly("line 2 has balance 7, not 5 + 7");
    }

    @Test
    void twoTurnsAtOnceAreFound() {
        assertThat(audit(FIRST, turn(2, 3, 7, 12)).faults())
                .singleElement()
                .asString()
                .startsWith("line 2 starts at")
                .contains("before the turn of pid 4711 ended");
    }

    @Test
    void tornLinesAreFound() {
        String text = text(FIRST, SECOND);
        assertThat(Audit.of(text.substring(0, text.length() - 1), JSON).faults())
                .containsExactly("line 2 is torn: its end is missing");
        assertThat(Audit.of(text.substring(3), JSON).faults()).anyMatch(fault -> fault.startsWith("line 1 is torn: "));
    }

    private static Turn turn(long turn, int startMillis, int amount, long balance) {
        Instant start = NOON.plusMillis(startMillis);
        return new Turn(turn, "java", 4711, null, start, start.plusMillis(9), amount, balance);
    }

    private static Audit audit(Turn... turns) {
        return Audit.of(text(turns), JSON);
    }

    private static String text(Turn... turns) {
        return Arrays.stream(turns)
                .map(turn -> JSON.writeValueAsString(turn) + "\n")
                .collect(Collectors.joining());
    }
}
