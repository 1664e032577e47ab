package dev.filelock.verify;

import static dev.filelock.LockMode.EXCLUSIVE;
import static dev.filelock.LockMode.READ;
import static dev.filelock.LockMode.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockBackend;
import dev.filelock.verify.Findings.Verdict;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreTest {
    private final Score score = new Score(List.of("a", "b"));

    @Test
    void findsNothingWrongWithTurnsOneAfterTheOther() {
        score.enters("a", EXCLUSIVE, 5, 100);
        score.leaves("a", 200);
        score.enters("b", EXCLUSIVE, 90, 230);
        score.leaves("b", 300);

        Findings findings = findings();
        assertThat(findings.verdict()).isEqualTo(Verdict.SAFE);
        assertThat(findings.turns()).isEqualTo(2);
        assertThat(findings.longestWait()).isEqualTo(90);
        assertThat(findings.handOffs()).containsExactly(30);
        assertThat(findings.remarks()).isEmpty();
    }

    @Test
    void countsNoHandOffFromAProcessToItself() {
        score.enters("a", EXCLUSIVE, 0, 100);
        score.leaves("a", 200);
        score.enters("a", EXCLUSIVE, 0, 210);

        assertThat(findings().handOffs()).isEmpty();
    }

    @Test
    void seesTwoInAtOnce() {
        score.enters("a", EXCLUSIVE, 0, 100);
        score.enters("b", EXCLUSIVE, 0, 110);

        assertThat(findings().verdict()).isEqualTo(Verdict.UNSAFE);
        assertThat(findings().overlaps()).isEqualTo(1);
        assertThat(findings().remarks()).containsExactly("b entered in mode EXCLUSIVE while a was in (EXCLUSIVE)");
    }

    @Test
    void letsReadersInTogether() {
        score.enters("a", READ, 0, 100);
        score.enters("b", READ, 0, 110);
        score.leaves("a", 120);
        score.leaves("b", 130);
        score.enters("a", WRITE, 0, 150);

        assertThat(findings().verdict()).isEqualTo(Verdict.SAFE);
        assertThat(findings().handOffs()).containsExactly(20);
    }

    @Test
    void seesAWriterAmongReadersAndAReaderBesideAWriter() {
        score.enters("a", READ, 0, 100);
        score.enters("b", WRITE, 0, 110);
        score.leaves("a", 120);
        score.enters("a", READ, 0, 130);

        assertThat(findings().overlaps()).isEqualTo(2);
    }

    @Test
    void tellsAFewOverlapsAndCountsTheRest() {
        score.enters("a", EXCLUSIVE, 0, 1);
        for (int i = 0; i < 8; i++) {
            score.enters("b", EXCLUSIVE, 0, 2);
        }

        assertThat(findings().overlaps()).isEqualTo(8);
        assertThat(findings().remarks()).hasSize(6).last().isEqualTo("and 3 more overlaps");
    }

    @Test
    void tellsABackendThatCanNotBeUsedFromOneThatFails() {
        score.unavailable("a", "no hard links here");
        assertThat(findings().verdict()).as("only one says so").isEqualTo(Verdict.FAILED);
        score.unavailable("b", "no hard links here");
        assertThat(findings().verdict()).isEqualTo(Verdict.UNAVAILABLE);
    }

    @Test
    void seesStarvation() {
        score.starves("b", "not acquired in 60 s");

        assertThat(findings().verdict()).isEqualTo(Verdict.STARVES);
        assertThat(findings().remarks()).containsExactly("b: not acquired in 60 s");
    }

    @Test
    void endsInTheStatusThatTheWorstBackendDeserves() {
        Findings safe = findings();
        score.fails("a", "it");
        Findings failed = findings();
        score.starves("a", "it");
        Findings starves = findings();

        assertThat(Report.status(List.of(safe))).isEqualTo(ExitStatus.KEPT);
        assertThat(Report.status(List.of(safe, failed))).isEqualTo(ExitStatus.NOT_TRIED);
        assertThat(Report.status(List.of(safe, failed, starves))).isEqualTo(ExitStatus.BROKEN);
        assertThat(Report.status(List.of())).isEqualTo(ExitStatus.NOT_TRIED);
    }

    private Findings findings() {
        return score.findings(new Round(LockBackend.NATIVE, "sub", Duration.ofSeconds(1)));
    }
}
