package dev.filelock.sample.page;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/**
 * A copy of the ledger, as on a file system that many hosts share. No kernel there frees the lock of a dead process, so its lock is a
 * STRICT one: what a crash leaves behind keeps everybody out until somebody has looked and removes it.
 */
final class Archive {
    static final LockBackend BACKEND = LockBackend.STRICT;

    private final Path copy;
    private final FileLock lock;

    Archive(Path data, String account, FileLock lock) throws IOException {
        this.copy = data.resolve(name(account) + ".jsonl");
        Files.createDirectories(copy.getParent());
        this.lock = lock;
    }

    /** What a registry calls the lock. */
    static String name(String account) {
        return "archive/" + account;
    }

    /** The same lock without a registry. */
    static FileLock lock(Path data, String account) {
        return FileLock.builder(data.resolve(name(account) + ".lock"))
                .backend(BACKEND)
                .build();
    }

    /** Whoever calls this has the ledger's lock, too: half a line must not be copied. */
    void copy(Path ledger) throws IOException {
        if (Files.exists(ledger)) {
            Files.copy(ledger, copy, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    HeldLock acquire(Duration longest) throws InterruptedException {
        return lock.acquire(longest);
    }

    /** The records of processes that are dead. */
    List<LockClaim> leftovers() {
        return lock.claims().stream()
                .filter(claim -> claim.liveness() == LockClaim.Liveness.DEAD)
                .toList();
    }

    /**
     * Removes what the dead have left, after a person has looked.
     *
     * @return how many records that were
     */
    long breakLeftovers() {
        return leftovers().stream().filter(lock::forceBreak).count();
    }
}
