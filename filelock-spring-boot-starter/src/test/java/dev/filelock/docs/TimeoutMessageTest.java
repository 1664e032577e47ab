package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The README's first screen is what really happens. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells who holds a kernel lock")
class TimeoutMessageTest {
    private static final Duration BRIEFLY = Duration.ofMillis(200);

    @TempDir
    Path directory;

    @Test
    void theTimeoutOfALockHeldByFlockReadsAsInTheReadme() throws Exception {
        Path file = directory.resolve("report.lock");
        Process holder = new ProcessBuilder(
                        Peers.onPath("flock"), file.toString(), "sh", "-c", "echo held; exec sleep 60")
                .start();
        assertThat(messageWhileHeld(holder, file)).isIn(messagesInReadme());
    }

    @Test
    void theTimeoutOfALockHeldByPythonReadsAsInTheReadme() throws Exception {
        Path file = directory.resolve("report.lock");
        Path script = directory.resolve("import.py");
        String body = Page.named("README.md").snippets().stream()
                .filter(snippet -> snippet.language().equals("python"))
                .findFirst()
                .orElseThrow()
                .text()
                .replace("/var/lib/app/locks/report.lock", file.toString());
        Files.writeString(
                script,
                "import time\ndef import_data():\n    print('held', flush=True)\n    time.sleep(60)\n" + body + "\n");
        Process holder = new ProcessBuilder(Peers.pythonWithFilelock(), script.toString()).start();
        assertThat(messageWhileHeld(holder, file)).isIn(messagesInReadme());
    }

    private static String messageWhileHeld(Process holder, Path file) throws Exception {
        try {
            String held = holder.inputReader(StandardCharsets.UTF_8).readLine();
            assertThat(held)
                    .as(() -> "the holder did not get the lock: " + errorsOf(holder))
                    .isEqualTo("held");
            FileLock lock = FileLock.of(file);
            FileLockTimeoutException timeout = catchThrowableOfType(
                    FileLockTimeoutException.class, () -> lock.acquire(BRIEFLY).close());
            assertThat(timeout).isNotNull();
            return normal(timeout.toString());
        } finally {
            holder.descendants().forEach(ProcessHandle::destroyForcibly); // what flock started has the lock too
            holder.destroyForcibly().waitFor();
        }
    }

    private static String errorsOf(Process process) {
        return process.errorReader(StandardCharsets.UTF_8).lines().toList().toString();
    }

    private static List<String> messagesInReadme() {
        List<String> messages = Page.named("README.md").snippets().stream()
                .filter(snippet -> snippet.language().equals("text"))
                .flatMap(snippet -> snippet.text().lines())
                .filter(line -> line.startsWith(FileLockTimeoutException.class.getName()))
                .map(TimeoutMessageTest::normal)
                .toList();
        assertThat(messages).hasSize(2);
        return messages;
    }

    /** Without what differs from run to run: the path, the time allowed, the process id, the user, the version in Python's name. */
    private static String normal(String message) {
        return message.replaceAll(": /\\S*/", ": /")
                .replaceAll("not acquired in .*?: ", "not acquired in TIME: ")
                .replaceAll("pid \\d+", "pid N")
                .replaceAll("of user \\S+", "of user NAME")
                .replaceAll("python[0-9.]*", "python3");
    }
}
