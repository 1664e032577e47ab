package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.filelock.engine.Leaks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of virtual threads on one lock: they are served, and while they wait they occupy no carrier. */
@Timeout(240)
class VirtualThreadsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "SQLITE_WRITE"})
    void tenThousandWaitOnOneLockWithoutPinningACarrier(LockKind kind) throws Exception {
        ExecutorService virtual = virtualThreads();
        FileLock lock = kind.lock(directory.resolve("crowd" + kind.suffix));
        int[] counter = {0};
        List<Future<?>> all = new ArrayList<>();
        HeldLock held = lock.acquire();
        for (int i = 0; i < 10_000; i++) {
            all.add(virtual.submit(() -> {
                try (HeldLock mine = lock.acquire()) {
                    counter[0]++;
                }
                return null;
            }));
        }
        await().atMost(60, TimeUnit.SECONDS)
                .until(() -> Leaks.waiting(directory).size() == 10_000);
        assertThat(virtual.submit(() -> "ran").get(60, TimeUnit.SECONDS)).isEqualTo("ran");
        held.close();
        for (Future<?> each : all) {
            each.get(120, TimeUnit.SECONDS);
        }
        virtual.shutdown();
        assertThat(counter[0]).isEqualTo(10_000);
    }

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        boolean exist = Runtime.version().feature() >= 21;
        assumeTrue(exist, "there are no virtual threads before JDK 21");
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }
}
