package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockListener;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.ChangeSignals;
import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The release of another process is signalled, whatever the backend and whoever held the lock, long before the next poll is due. */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
@Execution(ExecutionMode.CONCURRENT)
class SignalledHandOffTest {
    /** The pauses double: the next poll is about as far away as the wait has lasted. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(2);

    private static final String PYTHON = """
            import filelock, sys
            path = sys.argv[1]
            with %s:
                print('held', flush=True)
                sys.stdin.readline()
            print('released', flush=True)
            sys.stdin.readline()
            """;

    /** Counts what the system's own watcher does. */
    private static final class Counting implements Watcher {
        private final Watcher system = ChangeSignals.watcher();
        final AtomicInteger armed = new AtomicInteger();
        final AtomicInteger signals = new AtomicInteger();

        @Override
        public @Nullable Lookout lookout() {
            Lookout lookout = system.lookout();
            return lookout == null ? null : new CountingLookout(lookout);
        }

        private final class CountingLookout implements Lookout {
            private final Lookout lookout;

            CountingLookout(Lookout lookout) {
                this.lookout = lookout;
            }

            @Override
            public void watch(Set<Watch> watches) {
                armed.incrementAndGet();
                lookout.watch(watches);
            }

            @Override
            public boolean await(long nanos) {
                boolean changed = lookout.await(nanos);
                if (changed) {
                    signals.incrementAndGet();
                }
                return changed;
            }

            @Override
            public void wake() {
                lookout.wake();
            }

            @Override
            public void close() {
                lookout.close();
            }
        }

        @Override
        public Subscription subscribe(Runnable signal) {
            Subscription subscription = system.subscribe(() -> {
                signals.incrementAndGet();
                signal.run();
            });
            return new Subscription() {
                @Override
                public void watch(Set<Watch> watches) {
                    armed.incrementAndGet();
                    subscription.watch(watches);
                }

                @Override
                public void close() {
                    subscription.close();
                }
            };
        }
    }

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Counting watcher = new Counting();
    private Engine engine;

    @BeforeEach
    void makeEngine() {
        engine = Backends.engine(watcher);
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** Another JVM that holds a lock until it reads a line. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            LockBackend backend = LockBackend.valueOf(arguments[1]);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            Engine engine = Backends.engine(Watcher.NONE);
            HeldLock held = lock(engine, Path.of(arguments[0]), backend, Duration.ofMillis(50))
                    .acquire();
            System.out.println("held");
            in.readLine();
            held.close();
            System.out.println("released");
            in.readLine();
        }
    }

    private static FileLock lock(Engine engine, Path path, LockBackend backend, Duration pollInterval) {
        LockMode mode = backend.modes().contains(LockMode.EXCLUSIVE) ? LockMode.EXCLUSIVE : LockMode.WRITE;
        LockOptions.Builder options = LockOptions.builder().pollInterval(pollInterval);
        return engine.fileLock(
                path,
                mode,
                (mode == LockMode.EXCLUSIVE ? options.backend(backend) : options.readWriteBackend(backend)).build());
    }

    private Path path(LockBackend backend) {
        return directory.resolve("x" + backend.suffix());
    }

    /** A poll that is due in the moment of the release may come before the signal: then it is tried again. */
    private void handsOverByASignal(
            Supplier<ChildProcess> holders, LockBackend backend, boolean looksOutItself, Consumer<ChildProcess> release)
            throws Exception {
        boolean signalled = false;
        for (int tries = 0; tries < 3 && !signalled; tries++) {
            try (ChildProcess holder = holders.get()) {
                signalled = isHandedOverByASignal(holder, backend, looksOutItself, release);
            }
        }
        assertThat(signalled).isTrue();
    }

    private boolean isHandedOverByASignal(
            ChildProcess holder, LockBackend backend, boolean looksOutItself, Consumer<ChildProcess> release)
            throws Exception {
        holder.expectLine("held");
        watcher.armed.set(0);
        watcher.signals.set(0);
        FileLock lock = lock(engine, path(backend), backend, Duration.ofHours(1));
        Future<HeldLock> waiter = looksOutItself ? threads.submit(() -> lock.acquire()) : lock.acquireAsync();
        await().until(() -> watcher.armed.get() > 0);
        await().during(LONG_ENOUGH).until(() -> !waiter.isDone());
        int signals = watcher.signals.get();
        assertThat(signals).as("a waiter wakes neither itself nor others").isLessThan(5);
        assertThat(waiter).isNotDone();
        release.accept(holder);
        waiter.get(60, TimeUnit.SECONDS).close();
        return watcher.signals.get() > signals;
    }

    private static void tellToRelease(ChildProcess holder) {
        holder.writeLine("release").expectLine("released");
    }

    @ParameterizedTest
    @CsvSource({"NATIVE, true", "NATIVE, false", "SOFT, true", "STRICT, true", "SQLITE, false"})
    void byAnotherJvm(LockBackend backend, boolean looksOutItself) throws Exception {
        handsOverByASignal(
                () -> JavaPeer.start(Holder.class, path(backend).toString(), backend.name()),
                backend,
                looksOutItself,
                SignalledHandOffTest::tellToRelease);
    }

    @ParameterizedTest
    @CsvSource({
        "NATIVE, true, filelock.FileLock(path)",
        "SOFT, false, filelock.SoftFileLock(path)",
        "SQLITE, false, filelock.ReadWriteLock(path).write_lock()"
    })
    void byPython(LockBackend backend, boolean looksOutItself, String python) throws Exception {
        handsOverByASignal(
                () -> PythonPeer.start(
                        String.format(PYTHON, python), path(backend).toString()),
                backend,
                looksOutItself,
                SignalledHandOffTest::tellToRelease);
    }

    @Test
    void byFlockOfTheShell() throws Exception {
        assumeThat(Files.isExecutable(Path.of("/usr/bin/flock"))).isTrue();
        handsOverByASignal(
                () -> ChildProcess.start(
                        "sh",
                        "-c",
                        "flock \"$0\" sh -c 'echo held; read line'; echo released; read line",
                        path(LockBackend.NATIVE).toString()),
                LockBackend.NATIVE,
                true,
                SignalledHandOffTest::tellToRelease);
    }

    @Test
    void byAHolderThatIsKilled() throws Exception {
        handsOverByASignal(
                () -> JavaPeer.start(Holder.class, path(LockBackend.NATIVE).toString(), "NATIVE"),
                LockBackend.NATIVE,
                false,
                ChildProcess::kill);
    }

    /** Another JVM that waits for a lock. */
    static final class WaiterWithin {
        private WaiterWithin() {}

        public static void main(String[] arguments) throws Exception {
            LockOptions options = LockOptions.builder()
                    .listener(new LockListener() {
                        @Override
                        public void waiting(WaitingLockInfo info) {
                            System.out.println("waiting");
                        }
                    })
                    .build();
            FileLock lock =
                    FileLock.builder(Path.of(arguments[0])).options(options).build();
            lock.acquire().close();
            System.out.println("by its thread");
            lock.acquireAsync().get(60, TimeUnit.SECONDS).close();
            System.out.println("without one");
        }
    }

    /** The limits of inotify(7) in a user namespace of its own, so that nobody else runs into them. */
    @ParameterizedTest
    @CsvSource({"max_inotify_instances, 0", "max_inotify_instances, 1", "max_inotify_watches, 0"})
    void beyondTheLimitsOfTheSystemWaitersPoll(String limit, int most) throws Exception {
        String setLimit = "echo " + most + " > /proc/sys/user/" + limit;
        assumeThat(new ProcessBuilder("unshare", "-Ur", "sh", "-c", setLimit)
                        .start()
                        .waitFor())
                .isZero();
        List<String> command = new ArrayList<>(List.of("unshare", "-Ur", "sh", "-c", setLimit + "; exec \"$@\"", "sh"));
        command.addAll(JavaPeer.command(List.of()));
        command.addAll(
                List.of(WaiterWithin.class.getName(), path(LockBackend.NATIVE).toString()));
        FileLock lock = lock(engine, path(LockBackend.NATIVE), LockBackend.NATIVE, Duration.ofMillis(50));
        HeldLock held = lock.acquire();
        try (ChildProcess waiter = ChildProcess.start(command)) {
            waiter.expectLine("waiting");
            held.close();
            waiter.expectLine("by its thread");
            waiter.expectLine("without one");
        }
    }
}
