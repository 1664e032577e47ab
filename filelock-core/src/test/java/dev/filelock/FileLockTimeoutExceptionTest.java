package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The exception says what a person needs to go on: which lock, how long, and who has it. */
class FileLockTimeoutExceptionTest {
    private static final Path PATH = Path.of("data.txt.lock").toAbsolutePath();
    private static final LockHolder PYTHON =
            new LockHolder(4711L, "build-3", "python3 import.py", "alice", null, null, null);
    private static final LockHolder THREAD = new LockHolder(12L, null, null, null, "http-1", null, null);

    private static FileLockTimeoutException after(Duration timeout, LockHolder... holders) {
        return new FileLockTimeoutException(PATH, timeout, Duration.ofMillis(10_003), List.of(holders));
    }

    @Test
    void itNamesLockTimeAndHolder() {
        assertThat(after(Duration.ofSeconds(10), PYTHON))
                .hasMessage(PATH
                        + " not acquired in 10 s: held by pid 4711 (python3 import.py) of user alice on host build-3");
    }

    @Test
    void itNamesAllReaders() {
        assertThat(after(Duration.ofSeconds(10), PYTHON, THREAD))
                .hasMessageEndingWith(
                        "held by pid 4711 (python3 import.py) of user alice on host build-3, and by thread 'http-1' of "
                                + "this JVM (pid 12)");
    }

    @Test
    void itSaysWhenNobodyCouldBeNamed() {
        assertThat(after(Duration.ofMillis(100)))
                .hasMessage(PATH + " not acquired in 100 ms: held by an unknown process");
    }

    @Test
    void aSingleAttemptHasNoTime() {
        assertThat(after(Duration.ZERO, PYTHON))
                .hasMessageStartingWith(PATH + " not acquired at once: held by pid 4711");
    }

    @Test
    void itCarriesWhatItKnows() {
        List<LockHolder> holders = new ArrayList<>(List.of(PYTHON));
        FileLockTimeoutException timeout =
                new FileLockTimeoutException(PATH, Duration.ofSeconds(10), Duration.ofMillis(10_003), holders);
        holders.clear();
        assertThat(timeout.path()).isEqualTo(PATH);
        assertThat(timeout.waited()).isEqualTo(Duration.ofMillis(10_003));
        assertThat(timeout.holders()).containsExactly(PYTHON);
    }

    @Test
    void itCanBeSentToAnotherProcess() throws Exception {
        FileLockTimeoutException sent = after(Duration.ofSeconds(10), PYTHON);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(sent);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            FileLockTimeoutException received = (FileLockTimeoutException) in.readObject();
            assertThat(received).hasMessage(sent.getMessage());
            assertThat(received.path()).isEqualTo(PATH);
            assertThat(received.waited()).isEqualTo(sent.waited());
            assertThat(received.holders()).isEmpty();
        }
    }
}
