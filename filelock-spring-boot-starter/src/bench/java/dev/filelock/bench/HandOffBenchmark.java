package dev.filelock.bench;

import dev.filelock.FileLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/** Two threads that want one lock all the time: one operation of a thread is about two turns. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandOffBenchmark {
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
    @Threads(2)
    public void reentrantLock() {
        fair.lock();
        fair.unlock();
    }

    @Benchmark
    @Threads(2)
    public void fileLock() {
        fileLock.lock();
        fileLock.unlock();
    }

    @Benchmark
    public void nativeUncontended() {
        fileLock.lock();
        fileLock.unlock();
    }
}
