package dev.filelock.bench;

import dev.filelock.FileLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Two threads that want one lock all the time; a fair lock makes them alternate, so each turn is a hand-off. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandOffBenchmark {
    private static final int TURNS = 2000;

    private Path directory;
    private FileLock fileLock;
    private final ReentrantLock fair = new ReentrantLock(true);

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = Files.createTempDirectory("filelock-bench");
        fileLock = FileLock.of(directory.resolve("bench.lock"));
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        Files.deleteIfExists(directory.resolve("bench.lock"));
        Files.delete(directory);
    }

    @Benchmark
    @OperationsPerInvocation(TURNS)
    public void reentrantLock() throws InterruptedException {
        alternate(fair);
    }

    @Benchmark
    @OperationsPerInvocation(TURNS)
    public void fileLock() throws InterruptedException {
        alternate(fileLock);
    }

    @Benchmark
    public void nativeUncontended() {
        fileLock.lock();
        fileLock.unlock();
    }

    private static void alternate(Lock lock) throws InterruptedException {
        Runnable half = () -> {
            for (int i = 0; i < TURNS / 2; i++) {
                lock.lock();
                lock.unlock();
            }
        };
        Thread other = new Thread(half);
        other.start();
        half.run();
        other.join();
    }
}
