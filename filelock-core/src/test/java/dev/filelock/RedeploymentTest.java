package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Applications that come and go in a container leave nothing in its JVM, and no lock behind. */
@EnabledOnOs(OS.LINUX)
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class RedeploymentTest {
    private static final Duration UNTIL_RELEASED = Duration.ofSeconds(30);
    private static final Duration UNTIL_IDLE = Duration.ofSeconds(60);

    /** Each look has the container's collector run, which the machine's other tests pay for. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    @TempDir
    private Path directory;

    @Test
    void anApplicationThatSharesTheLibraryIsCollected() throws Exception {
        try (ChildProcess container = JavaPeer.start(Container.class, directory.toString())) {
            assertThat(container.ask("drop an application that shares the library"))
                    .isEqualTo("collected");
        }
    }

    @Test
    void whatAnApplicationWithItsOwnCopyNeverClosedIsReleased() throws Exception {
        try (ChildProcess container =
                JavaPeer.start(Container.class, directory.toRealPath().toString())) {
            assertThat(container.ask("drop an application with a copy")).isEqualTo("dropped");
            for (LockBackend backend : LockBackend.values()) {
                FileLock lock = Deployed.lock(directory, backend);
                await(backend.toString())
                        .atMost(UNTIL_RELEASED)
                        .pollInterval(BETWEEN_LOOKS)
                        .untilAsserted(() -> {
                            container.ask("look for traces"); // which has the collector run
                            Optional<HeldLock> taken = lock.tryAcquire();
                            taken.ifPresent(HeldLock::close);
                            assertThat(taken).isPresent();
                        });
            }
            await().atMost(UNTIL_IDLE)
                    .pollInterval(BETWEEN_LOOKS)
                    .untilAsserted(
                            () -> assertThat(container.ask("look for traces")).isEqualTo("[]"));
        }
    }
}
