package dev.filelock;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** An application in a class loader of its own, which does as it is told by two words. */
public final class Deployed implements Predicate<String> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path directory;

    public Deployed(String directory) {
        this.directory = Path.of(directory);
    }

    /** "use" or "leave", and a backend. */
    @Override
    public boolean test(String words) {
        LockBackend backend = LockBackend.valueOf(words.substring(words.indexOf(' ') + 1));
        FileLock lock = lock(directory, backend);
        if (words.startsWith("use")) {
            HeldLock held = lock.tryAcquire().orElseThrow();
            CompletableFuture<HeldLock> next = lock.acquireAsync(PATIENCE);
            held.close();
            next.join().close();
        } else {
            lock.acquireAsync(PATIENCE).join().ensureValid(); // no thread is its owner, so nobody can still be at work
        }
        return true;
    }

    static FileLock lock(Path directory, LockBackend backend) {
        Path path = directory.resolve(backend + backend.suffix());
        if (!backend.supports(LockMode.READ)) {
            return FileLock.builder(path)
                    .options(LockOptions.builder().backend(backend).build())
                    .build();
        }
        return ReadWriteFileLock.builder(path)
                .options(LockOptions.builder().readWriteBackend(backend).build())
                .build()
                .writeLock();
    }
}
