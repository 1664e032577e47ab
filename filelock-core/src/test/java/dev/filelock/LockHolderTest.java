package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A holder is put into words by what is known of it, and nothing else. */
class LockHolderTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private static String describe(
            @Nullable Long pid,
            @Nullable String host,
            @Nullable String process,
            @Nullable String thread,
            @Nullable Instant since,
            @Nullable String remark) {
        return new LockHolder(pid, host, process, null, thread, since, remark).describe(NOW);
    }

    @Test
    void aProcessOfAnotherHost() {
        assertThat(describe(4711L, "build-3", "python3 import.py", null, NOW.minusSeconds(42), null))
                .isEqualTo("pid 4711 (python3 import.py) on host build-3 for 42 s");
    }

    @Test
    void theUserOfAProcess() {
        assertThat(new LockHolder(4711L, null, "sleep", "alice", null, NOW, null).describe(NOW))
                .isEqualTo("pid 4711 (sleep) of user alice for 0 ms");
        assertThat(new LockHolder(null, "build-3", null, "alice", null, null, null).describe(NOW))
                .isEqualTo("an unknown process of user alice on host build-3");
    }

    @Test
    void whyNothingIsKnown() {
        assertThat(LockHolder.unknown("it is on another host").describe(NOW))
                .isEqualTo("an unknown process (it is on another host)");
    }

    @Test
    void aThreadOfThisJvm() {
        assertThat(describe(4711L, null, "java app.jar", "http-1", NOW.minusSeconds(42), null))
                .isEqualTo("thread 'http-1' of this JVM (pid 4711) for 42 s");
        assertThat(describe(null, null, null, "http-1", null, null)).isEqualTo("thread 'http-1' of this JVM");
    }

    @Test
    void whateverIsKnown() {
        assertThat(describe(4711L, null, null, null, null, null)).isEqualTo("pid 4711");
        assertThat(describe(null, "build-3", null, null, null, null)).isEqualTo("an unknown process on host build-3");
        assertThat(describe(null, null, "lost with its pid", null, null, null)).isEqualTo("an unknown process");
        assertThat(describe(4711L, null, "sleep", null, NOW, "a zombie: its parent has not reaped it"))
                .isEqualTo("pid 4711 (sleep) for 0 ms (a zombie: its parent has not reaped it)");
    }

    @Test
    void aClockThatWasSetBackMakesNoNegativeAge() {
        assertThat(describe(1L, null, null, null, NOW.plusSeconds(100), null)).isEqualTo("pid 1 for 0 ms");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 ms",
        "PT0.0004S, 0 ms",
        "PT0.999S, 999 ms",
        "PT1S, 1 s",
        "PT1.099S, 1 s",
        "PT1.5S, 1.5 s",
        "PT9.999S, 9.9 s",
        "PT10S, 10 s",
        "PT10.9S, 10 s",
        "PT9M59S, 599 s",
        "PT10M, 10 min",
        "PT9H59M, 599 min",
        "PT10H, 10 h",
        "PT239H, 239 h",
        "PT240H, 10 days",
        "P365D, 365 days",
    })
    void timesHaveTheUnitThatAReaderWouldChoose(Duration time, String words) {
        assertThat(LockHolder.inWords(time)).isEqualTo(words);
    }

    @Test
    void noTimeIsTooLongForWords() {
        assertThat(LockHolder.inWords(Duration.ofSeconds(Long.MAX_VALUE))).endsWith(" days");
        assertThat(describe(1L, null, null, null, Instant.MIN, null)).endsWith(" days");
    }
}
