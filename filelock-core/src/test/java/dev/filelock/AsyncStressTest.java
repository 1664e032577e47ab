package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.engine.Leaks;
import dev.filelock.testing.OpenDescriptors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Thousands of acquisitions that are acquired, cancelled, timed out and closed by whatever thread comes along: nobody overlaps,
 * every outcome is told once, and in the end nothing is left. Set {@code -Dfilelock.stress.seed=N} to run a seed again.
 */
@Timeout(300)
class AsyncStressTest {
    private static final int THREADS = 6;
    private static final int ROUNDS = 250;
    private static final int FILES = 5;

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final ExecutorService completing = Executors.newFixedThreadPool(2);
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
    private final Counters counters = new Counters();
    private final ConcurrentLinkedQueue<Throwable> surprises = new ConcurrentLinkedQueue<>();

    /** What one file's holders do while they have it: read, dawdle, write. */
    private static final class Guarded {
        int number;
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger entered = new AtomicInteger();
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void nothingIsLostAndNothingIsLeft(LockKind kind) throws Exception {
        long seed = Long.getLong("filelock.stress.seed", System.nanoTime());
        System.out.println("AsyncStressTest " + kind + " seed " + seed);
        Guarded[] guarded = new Guarded[FILES];
        FileLock[] locks = new FileLock[FILES];
        for (int i = 0; i < FILES; i++) {
            guarded[i] = new Guarded();
            locks[i] = kind.lock(
                    directory.resolve("stress-" + i + kind.suffix),
                    kind.options()
                            .listener(counters)
                            .pollInterval(Duration.ofMillis(5))
                            .build());
        }
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed + i);
                workers.add(threads.submit(() -> work(kind, random, locks, guarded)));
            }
            for (Future<?> worker : workers) {
                worker.get(250, TimeUnit.SECONDS);
            }
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(Leaks.held(directory)).isEmpty();
                assertThat(Leaks.waiting(directory)).isEmpty();
                assertThat(counters.acquired.get()).isEqualTo(counters.released.get());
                assertThat(counters.waiting.get()).isEqualTo(counters.waited.get());
                assertThat(counters.ended()).isEqualTo(THREADS * ROUNDS);
                assertThat(openFiles()).isLessThanOrEqualTo(kind.suffix.equals(".db") ? FILES : 0);
                assertThat(Leaks.filesInUse(directory)).isLessThanOrEqualTo(kind.suffix.equals(".db") ? FILES : 0);
            });
            assertThat(surprises).isEmpty();
            for (Guarded each : guarded) {
                if (!kind.mode.isShared()) {
                    assertThat(each.number).isEqualTo(each.entered.get());
                }
            }
            for (FileLock lock : locks) {
                lock.acquire(Duration.ofSeconds(30)).close();
            }
        } finally {
            threads.shutdownNow();
            completing.shutdownNow();
            later.shutdownNow();
        }
    }

    private Void work(LockKind kind, Random random, FileLock[] locks, Guarded[] guarded) throws Exception {
        List<CompletableFuture<?>> mine = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            int i = random.nextInt(FILES);
            if (random.nextInt(4) == 0) {
                inThread(kind, random, locks[i], guarded[i]);
            } else {
                mine.add(inFuture(kind, random, locks[i], guarded[i]));
            }
            if (mine.size() > 20) {
                finish(mine.remove(random.nextInt(mine.size())));
            }
        }
        for (CompletableFuture<?> each : mine) {
            finish(each);
        }
        return null;
    }

    private void inThread(LockKind kind, Random random, FileLock lock, Guarded guarded) throws Exception {
        try (HeldLock held = lock.acquire(timeout(random))) {
            enter(kind, guarded);
        } catch (FileLockTimeoutException e) {
            // one of the outcomes
        }
    }

    private CompletableFuture<?> inFuture(LockKind kind, Random random, FileLock lock, Guarded guarded) {
        CompletableFuture<HeldLock> future = lock.acquireAsync(timeout(random), completing);
        int closeAfter = random.nextInt(3);
        CompletableFuture<?> done = future.thenCompose(held -> {
            enter(kind, guarded);
            if (closeAfter == 0) {
                held.close();
                return CompletableFuture.completedFuture(null);
            }
            CompletableFuture<Void> closed = new CompletableFuture<>();
            later.schedule(
                    () -> {
                        try {
                            held.close();
                            closed.complete(null);
                        } catch (Throwable e) {
                            closed.completeExceptionally(e);
                        }
                    },
                    closeAfter,
                    TimeUnit.MILLISECONDS);
            return closed;
        });
        switch (random.nextInt(5)) {
            case 0 -> future.cancel(true);
            case 1 -> later.schedule(() -> future.cancel(true), random.nextInt(3000), TimeUnit.MICROSECONDS);
            case 2 -> future.orTimeout(random.nextInt(4000), TimeUnit.MICROSECONDS);
            default -> {}
        }
        return done;
    }

    private static Duration timeout(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Duration.ZERO;
            case 1 -> Duration.ofNanos(random.nextInt(5_000_000));
            default -> Duration.ofSeconds(120);
        };
    }

    private void enter(LockKind kind, Guarded guarded) {
        int others = guarded.inside.getAndIncrement();
        if (others > 0 && !kind.mode.isShared()) {
            surprises.add(new AssertionError("two holders at once"));
        }
        guarded.entered.incrementAndGet();
        int seen = guarded.number;
        Thread.yield();
        guarded.number = seen + 1;
        guarded.inside.decrementAndGet();
    }

    private void finish(CompletableFuture<?> future) throws Exception {
        try {
            future.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof CompletionException wrapped ? wrapped.getCause() : e.getCause();
            if (!(cause instanceof FileLockTimeoutException
                    || cause instanceof CancellationException
                    || cause instanceof TimeoutException)) {
                surprises.add(cause);
            }
        }
    }

    private int openFiles() throws IOException {
        return OpenDescriptors.canBeCounted() ? OpenDescriptors.in(directory).size() : 0;
    }

    private static final class Counters implements LockListener {
        final AtomicInteger waiting = new AtomicInteger();
        final AtomicInteger waited = new AtomicInteger();
        final AtomicInteger acquired = new AtomicInteger();
        final AtomicInteger released = new AtomicInteger();
        final AtomicInteger timedOut = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();

        int ended() {
            return acquired.get() + timedOut.get() + failed.get();
        }

        @Override
        public void waiting(WaitingLockInfo lock) {
            waiting.incrementAndGet();
        }

        @Override
        public void waited(WaitingLockInfo lock) {
            waited.incrementAndGet();
        }

        @Override
        public void acquired(HeldLockInfo lock, Duration time) {
            acquired.incrementAndGet();
        }

        @Override
        public void timedOut(WaitingLockInfo lock, Duration time) {
            timedOut.incrementAndGet();
        }

        @Override
        public void failed(WaitingLockInfo lock, Duration time, Throwable cause) {
            failed.incrementAndGet();
        }

        @Override
        public void released(HeldLockInfo lock, Duration time) {
            released.incrementAndGet();
        }
    }
}
