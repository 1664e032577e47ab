package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a read-write lock promises: many readers or one writer, over threads and processes. */
@Timeout(120)
abstract class ReadWriteContract {
    @TempDir
    Path directory;

    private final LockKind readers;
    private final LockKind writers;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    ReadWriteContract(LockKind readers) {
        this.readers = readers;
        this.writers = readers.competing();
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private Path path() {
        return directory.resolve("catalog" + readers.suffix);
    }

    private ReadWriteFileLock lock() {
        return ReadWriteFileLock.builder(path())
                .options(readers.options().build())
                .build();
    }

    @Test
    void readersOfSeveralProcessesShareAndAWriterWaitsForAllOfThem() throws Exception {
        ReadWriteFileLock lock = lock();
        try (ChildProcess reader = Peer.start(readers, path());
                ChildProcess writer = Peer.start(writers, path())) {
            HeldLock held = lock.readLock().acquire();
            assertThat(reader.ask("try 60000")).isEqualTo("held");
            assertThat(writer.ask("try 100")).startsWith("timeout");
            held.close();
            assertThat(writer.ask("try 100")).startsWith("timeout");
            assertThat(reader.ask("release")).isEqualTo("released");
            assertThat(writer.ask("try 60000")).isEqualTo("held");
            assertThatThrownBy(() -> lock.readLock().acquire(Duration.ofMillis(100)))
                    .isInstanceOf(FileLockTimeoutException.class)
                    .hasMessageContaining("held by pid " + writer.pid());
        }
    }

    @Test
    void aWaitingWriterKeepsNewReadersOfOtherProcessesOut() throws Exception {
        ReadWriteFileLock lock = lock();
        try (ChildProcess first = Peer.start(readers, path());
                ChildProcess second = Peer.start(readers, path())) {
            first.writeLine("acquire").expectLine("held");
            Future<HeldLock> writer = threads.submit(() -> lock.writeLock().acquire());
            await().untilAsserted(() -> {
                String answer = second.ask("try 50");
                if (answer.equals("held")) {
                    second.ask("release"); // it came before the writer waited
                }
                assertThat(answer).startsWith("timeout");
            });
            assertThat(first.ask("release")).isEqualTo("released");
            writer.get(60, TimeUnit.SECONDS).close();
            assertThat(second.ask("try 60000")).isEqualTo("held");
        }
    }

    @Test
    void aThreadNeitherUpgradesNorDowngrades() throws Exception {
        ReadWriteFileLock lock = lock();
        try (HeldLock held = lock.readLock().acquire()) {
            assertThatThrownBy(() -> lock.writeLock().acquire())
                    .isInstanceOf(LockModeChangeException.class)
                    .hasMessageContaining("READ")
                    .hasMessageContaining("WRITE");
        }
        try (HeldLock held = lock.writeLock().acquire();
                HeldLock again = lock.writeLock().acquire()) {
            assertThatThrownBy(() -> lock.readLock().tryLock()).isInstanceOf(LockModeChangeException.class);
        }
    }

    @Test
    void aReadersAndAWritersTurnsFollowEachOtherWithoutEnd() throws Exception {
        ReadWriteFileLock lock = lock();
        int[] value = {0, 0};
        Future<Integer> reader = threads.submit(() -> {
            int torn = 0;
            for (int i = 0; i < 300; i++) {
                try (HeldLock held = lock.readLock().acquire()) {
                    torn += value[0] == value[1] ? 0 : 1;
                }
            }
            return torn;
        });
        for (int i = 0; i < 300; i++) {
            try (HeldLock held = lock.writeLock().acquire()) {
                value[0]++;
                Thread.yield();
                value[1]++;
            }
        }
        assertThat(reader.get(60, TimeUnit.SECONDS)).isZero();
    }
}
