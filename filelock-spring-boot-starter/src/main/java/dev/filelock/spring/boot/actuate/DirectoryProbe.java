package dev.filelock.spring.boot.actuate;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a directory on a thread of its own, since a file system that hangs must not hang the health check with it. While one look
 * is stuck no other is begun.
 */
final class DirectoryProbe {
    /** How long a look may take. */
    static final Duration LIMIT = Duration.ofSeconds(1);

    /**
     * What was found.
     *
     * @param exists whether there is a directory
     * @param writable whether this process may make files in it
     * @param fileSystem its kind, as the system calls it; null if that can't be told
     * @param kernelLocks whether the kernel can lock files in it, in words; null where nobody asked for such locks
     */
    record Findings(
            boolean exists,
            boolean writable,
            @Nullable String fileSystem,
            @Nullable String kernelLocks) {}

    private static final Logger log = LoggerFactory.getLogger(DirectoryProbe.class);

    private final Path directory;
    private final LockRegistry registry;
    private final ReentrantLock mutex = new ReentrantLock();
    private @Nullable FutureTask<Findings> running;

    /** Found out once, since it takes a file to find out. */
    private volatile @Nullable String kernelLocks;

    DirectoryProbe(LockRegistry registry) {
        this.registry = registry;
        this.directory = registry.directory();
    }

    /**
     * Looks, or waits for the look that is under way.
     *
     * @throws TimeoutException if the file system does not answer in time
     */
    Findings look() throws TimeoutException, ExecutionException, InterruptedException {
        return current().get(TimeUnit.NANOSECONDS.convert(LIMIT), TimeUnit.NANOSECONDS);
    }

    private FutureTask<Findings> current() {
        mutex.lock();
        try {
            FutureTask<Findings> task = running;
            if (task == null || task.isDone()) {
                task = new FutureTask<>(this::examine);
                running = task;
                Thread thread = new Thread(task, "filelock-health");
                thread.setDaemon(true);
                thread.start();
            }
            return task;
        } finally {
            mutex.unlock();
        }
    }

    private Findings examine() {
        if (!Files.isDirectory(directory)) {
            return new Findings(false, false, null, null);
        }
        boolean writable = Files.isWritable(directory);
        String locks = kernelLocks;
        if (locks == null && writable && registry.options().backend() == LockBackend.NATIVE) {
            locks = tryKernelLock();
        }
        return new Findings(true, writable, fileSystem(), locks);
    }

    private @Nullable String fileSystem() {
        try {
            return Files.getFileStore(directory).type();
        } catch (IOException | SecurityException e) {
            return null;
        }
    }

    /** With a file that nobody else knows, so that it can be deleted again. */
    private @Nullable String tryKernelLock() {
        Path file = directory.resolve(".filelock-health-" + UUID.randomUUID() + ".lock");
        FileLock lock = FileLock.builder(file)
                .backend(LockBackend.NATIVE)
                .nativeAccess(registry.options().nativeAccess())
                .fallbackToSoft(true)
                .timeout(Duration.ZERO)
                .build();
        try (HeldLock held = lock.acquire()) {
            String found = held.info().fellBack() ? "none" : "supported";
            kernelLocks = found;
            return found;
        } catch (FileLockException e) {
            return "unknown: " + e.getMessage(); // and asked again
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            delete(file);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.debug("{} is left; pruning removes it", file, e);
        }
    }
}
