package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The torture itself is run by {@code mvn -Ptorture verify}; this shows that it can fail. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class TortureTest {
    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();

    @Test
    void locksThatDoNotExcludeAreFoundOut() throws Exception {
        try (Crowd crowd = crowd(true, LockBackend.NATIVE, LockBackend.SQLITE)) {
            crowd.start();
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                crowd.collect();
                assertThat(Oracle.judge(ledger, List.of()).violations())
                        .anyMatch(violation -> violation.startsWith("NATIVE: OVERLAP"))
                        .anyMatch(violation -> violation.startsWith("SQLITE: OVERLAP"));
            });
        }
    }

    @Test
    void locksThatExcludeAreNotAndWhatTheyLeaveIsSeen() throws Exception {
        try (Crowd crowd = crowd(false, LockBackend.NATIVE, LockBackend.SOFT)) {
            crowd.start();
            Traces traces = new Traces(directory.resolve("locks"), crowd.livingPids(), crowd.killed());
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                crowd.collect();
                assertThat(ledger.acquisitions()).isGreaterThan(200);
                assertThat(traces.of(crowd.living().get(0))).anyMatch(trace -> trace.contains("inotify"));
                assertThat(traces.onDisk()).anyMatch(trace -> trace.contains("soft.lock"));
            });
            crowd.living().forEach(Contestant::tellToStop);
            crowd.living().forEach(player -> player.awaitStopped(Duration.ofSeconds(60)));
            crowd.collect();
            assertThat(Oracle.judge(ledger, List.of()).violations()).isEmpty();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(traces.onDisk()).isEmpty());
        }
    }

    private Crowd crowd(boolean apart, LockBackend... backends) throws Exception {
        Path notes = Files.createDirectory(directory.resolve("notes"));
        Path locks = Files.createDirectory(directory.resolve("locks"));
        for (LockBackend backend : backends) {
            SharedNumber.create(new Arena(backend, locks).number(notes));
        }
        Setup setup = new Setup(
                directory,
                1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                List.of(backends),
                2,
                1,
                0,
                List.of(),
                false,
                apart);
        return new Crowd(setup, notes, locks, ledger, new Random(1));
    }
}
