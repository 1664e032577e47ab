package dev.filelock.spring;

import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Another application that uses the same lock files, and so sees from outside when a lock is held. */
final class Neighbour implements AutoCloseable {
    private final LockRegistry registry;

    Neighbour(Path directory) {
        this.registry = LockRegistry.builder().directory(directory).build();
    }

    /** Asked on a thread of its own, so that no hold of a thread or a call chain answers. */
    boolean findsFree(String name) {
        return CompletableFuture.supplyAsync(() -> {
                    Optional<HeldLock> held = registry.lock(name).tryAcquire();
                    held.ifPresent(HeldLock::close);
                    return held.isPresent();
                })
                .join();
    }

    HeldLock take(String name) throws InterruptedException {
        return registry.lock(name).acquire();
    }

    @Override
    public void close() {
        registry.close();
    }
}
