package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.LogRecorder;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A wait says for whom it waits, again and again, to the log and to whoever wants to show it. */
@Timeout(120)
class WaitingTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    Path directory;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private FileLock lock() {
        return FileLock.of(directory.resolve("x.lock"));
    }

    /** What a user interface would show. */
    private static final class Progress implements LockListener {
        final List<WaitingLockInfo> waiting = new CopyOnWriteArrayList<>();
        final List<WaitingLockInfo> still = new CopyOnWriteArrayList<>();
        final List<Duration> waited = new CopyOnWriteArrayList<>();
        final List<String> last = new CopyOnWriteArrayList<>();

        @Override
        public void waiting(WaitingLockInfo lock) {
            waiting.add(lock);
        }

        @Override
        public void stillWaiting(WaitingLockInfo lock, Duration so) {
            // nothing of the library is locked meanwhile, or this would hang
            assertThat(CompletableFuture.supplyAsync(
                                    () -> FileLock.of(lock.path()).tryAcquire())
                            .join())
                    .isEmpty();
            still.add(lock);
            waited.add(so);
        }

        @Override
        public void waited(WaitingLockInfo lock) {
            last.add("waited");
        }

        @Override
        public void acquired(HeldLockInfo lock, Duration so) {
            last.add("acquired");
        }
    }

    @Test
    void whoeverWantsToShowItIsToldForWhomHowLongAndAtWhichPlace() throws Exception {
        Progress first = new Progress();
        Progress second = new Progress();
        Progress withoutThread = new Progress();
        HeldLock held = lock().acquire();
        Future<HeldLock> one = threads.submit(() -> lock().notifying(first).acquire());
        await().until(() -> first.waiting.size() == 1);
        Future<HeldLock> two = threads.submit(() -> lock().notifying(second).acquire());
        await().until(() -> second.waiting.size() == 1);
        CompletableFuture<HeldLock> three = lock().notifying(withoutThread).acquireAsync();
        await().until(() -> !first.still.isEmpty() && !second.still.isEmpty() && !withoutThread.still.isEmpty());

        Map<Progress, Integer> places = new ConcurrentHashMap<>(Map.of(first, 1, second, 2, withoutThread, 3));
        places.forEach((progress, place) -> {
            assertThat(progress.waiting.get(0).position()).isEqualTo(place);
            WaitingLockInfo told = progress.still.get(0);
            assertThat(told.position()).isEqualTo(place);
            assertThat(told.blockedBy())
                    .extracting(LockHolder::thread)
                    .containsExactly(Thread.currentThread().getName());
            assertThat(progress.waited.get(0)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        });

        held.close();
        one.get(60, TimeUnit.SECONDS).close();
        two.get(60, TimeUnit.SECONDS).close();
        three.get(60, TimeUnit.SECONDS).close();
        places.keySet().forEach(progress -> assertThat(progress.last).containsExactly("waited", "acquired"));
    }

    @Test
    void theLogNamesTheHolderAgainAndAgain() throws Exception {
        FileLock lock = FileLock.builder(directory.resolve("x.lock"))
                .options(LockOptions.builder()
                        .logWaitingAfter(Duration.ofMillis(50))
                        .build())
                .build();
        try (LogRecorder log = LogRecorder.of("dev.filelock");
                ChildProcess python = PythonPeer.start(
                        "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n print('held')\n sys.stdin.readline()\n",
                        lock.path().toString())) {
            python.expectLine("held");
            Future<HeldLock> blocking = threads.submit(() -> lock.acquire());
            await().until(() -> lines(log).size() >= 2);
            python.endInput();
            blocking.get(60, TimeUnit.SECONDS).close();
            assertThat(lines(log).subList(0, 2))
                    .allSatisfy(line -> assertThat(line)
                            .matches("Waiting for \\Q" + lock.path() + "\\E since \\d+ ms: held by pid " + python.pid()
                                    + " \\(python.*\\) of user \\Q" + System.getProperty("user.name") + "\\E"));
        }
    }

    @Test
    void theLogTellsOfAWaitWithoutAThreadToo() throws Exception {
        FileLock lock = FileLock.builder(directory.resolve("x.lock"))
                .options(LockOptions.builder().logWaitingAfter(Duration.ZERO).build())
                .build();
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            HeldLock held = lock.acquire();
            CompletableFuture<HeldLock> next = lock.acquireAsync();
            await().until(() -> lines(log).size() >= 2);
            held.close();
            next.get(60, TimeUnit.SECONDS).close();
            assertThat(lines(log).get(1))
                    .contains("held by thread '" + Thread.currentThread().getName() + "'");
        }
    }

    private static List<String> lines(LogRecorder log) {
        return log.events(Level.INFO).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.startsWith("Waiting"))
                .toList();
    }
}
