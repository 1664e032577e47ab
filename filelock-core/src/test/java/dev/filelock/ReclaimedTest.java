package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.os.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listeners hear of it when what a dead holder left is removed, once. */
@Timeout(60)
class ReclaimedTest {
    @TempDir
    Path directory;

    @Test
    void aListenerHearsOfEachMarkerThatIsReclaimedAndOfNoOther() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        LockListener listener = new LockListener() {
            @Override
            public void reclaimed(WaitingLockInfo lock, String reason) {
                events.add("reclaimed for " + lock.label() + ": " + reason);
            }

            @Override
            public void acquired(HeldLockInfo lock, Duration waited) {
                events.add("acquired");
            }
        };
        Path path = directory.resolve("x.lock");
        LockRegistry registry = LockRegistry.builder()
                .directory(directory)
                .options(LockOptions.builder().backend(LockBackend.SOFT).build())
                .listener(listener)
                .build();
        FileLock lock = registry.lock("x").labelled("job");
        lock.acquire().close();
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Files.writeString(path, ended.pid() + "\n" + Processes.system().hostField() + "\n");
        lock.acquire(Duration.ofSeconds(20)).close();
        lock.acquire().close();
        assertThat(events).hasSize(4);
        assertThat(events.get(0)).isEqualTo("acquired");
        assertThat(events.get(1)).startsWith("reclaimed for job: ").contains(String.valueOf(ended.pid()));
        assertThat(events.subList(2, 4)).containsOnly("acquired");
    }
}
