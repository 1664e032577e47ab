package dev.filelock;

import dev.filelock.engine.Engine;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A pair of locks on one file: many readers, or one writer, over all processes.
 *
 * <pre>{@code
 * ReadWriteFileLock catalog = ReadWriteFileLock.of(Path.of("catalog.db"));
 * try (HeldLock held = catalog.readLock().acquire()) {
 *     // any number of readers, no writer
 * }
 * }</pre>
 *
 * <p>A thread may nest holds of the mode it has; changing from one to the other while holding is refused with
 * {@link LockModeChangeException}. A waiting writer is not overtaken. Immutable and safe for use by any number of threads;
 * ownership and timeouts are those of {@link FileLock}.
 */
public interface ReadWriteFileLock extends ReadWriteLock {

    /**
     * A read-write lock on the given file that waits for ever by default.
     *
     * @param path the lock file; its name must end in {@code .db} under {@link LockBackend#SQLITE}, the default
     * @return a lock with the default options
     * @throws IllegalArgumentException if the path does not suit the backend
     */
    static ReadWriteFileLock of(Path path) {
        return builder(path).build();
    }

    /**
     * A read-write lock on the given file with a default timeout.
     *
     * @param path the lock file; its name must end in {@code .db} under {@link LockBackend#SQLITE}, the default
     * @param timeout negative: wait for ever; zero: one attempt; positive: wait at most that long
     * @return a lock with that timeout
     * @throws IllegalArgumentException if the path does not suit the backend
     */
    static ReadWriteFileLock of(Path path, Duration timeout) {
        return builder(path).timeout(timeout).build();
    }

    /**
     * Starts building a lock with options of its own.
     *
     * @param path the lock file
     * @return a builder
     */
    static Builder builder(Path path) {
        return new Builder(path);
    }

    /**
     * The lock for readers.
     *
     * @return a lock whose mode is {@link LockMode#READ}
     */
    @Override
    FileLock readLock();

    /**
     * The lock for writers.
     *
     * @return a lock whose mode is {@link LockMode#WRITE}
     */
    @Override
    FileLock writeLock();

    /**
     * The lock file.
     *
     * @return the path this lock was built with, made absolute
     */
    Path path();

    /** Builds a {@link ReadWriteFileLock}. Not safe for use by several threads. */
    final class Builder {
        private final Path path;
        private final LockOptions.Builder options = LockOptions.builder();

        private Builder(Path path) {
            this.path = Objects.requireNonNull(path, "path");
        }

        /**
         * Chooses the on-disk protocol.
         *
         * @param backend a backend with {@link LockMode#READ} and {@link LockMode#WRITE}; {@link LockBackend#SQLITE} unless
         *     set
         * @return this builder
         * @throws IllegalArgumentException if the backend has no readers and writers
         */
        public Builder backend(LockBackend backend) {
            options.readWriteBackend(backend);
            return this;
        }

        /**
         * Sets the default timeout.
         *
         * @param timeout negative: wait for ever (the default); zero: one attempt; positive: wait at most that long
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            options.timeout(timeout);
            return this;
        }

        /**
         * Sets the upper bound on the time between two attempts of a waiter.
         *
         * @param interval greater than zero; 50 ms unless set
         * @return this builder
         * @throws IllegalArgumentException if the interval is zero or negative
         */
        public Builder pollInterval(Duration interval) {
            options.pollInterval(interval);
            return this;
        }

        /**
         * Sets the exact permissions of lock files; unless set, the umask and access control lists decide.
         *
         * @param permissions must let the owner read and write
         * @return this builder
         * @throws IllegalArgumentException if the owner could not read and write
         */
        public Builder filePermissions(Set<PosixFilePermission> permissions) {
            options.filePermissions(permissions);
            return this;
        }

        /**
         * Sets how often a holder under {@link LockBackend#GENERATION} gives a sign of life.
         *
         * @param heartbeat at least 1 ms, and shorter than the stale threshold; the same in all processes; 30 s unless set
         * @return this builder
         */
        public Builder generationHeartbeat(Duration heartbeat) {
            options.generationHeartbeat(heartbeat);
            return this;
        }

        /**
         * Sets how long a participant under {@link LockBackend#GENERATION} has to be seen without a sign of life before others
         * take its place.
         *
         * @param threshold longer than the heartbeat, at most 365 days, the same in all processes; three times the heartbeat unless
         *     set
         * @return this builder
         */
        public Builder staleThreshold(Duration threshold) {
            options.staleThreshold(threshold);
            return this;
        }

        /**
         * Names what the lock is taken for, in logs, listeners and {@link HeldLockInfo}.
         *
         * @param label a name of low cardinality
         * @return this builder
         */
        public Builder label(String label) {
            options.label(label);
            return this;
        }

        /**
         * Adds a listener that is told of this lock's acquisitions.
         *
         * @param listener called on the threads that acquire and release
         * @return this builder
         */
        public Builder listener(LockListener listener) {
            options.listener(listener);
            return this;
        }

        /**
         * Takes all options from the given ones, in place of what was set before.
         *
         * @param options what to copy
         * @return this builder
         */
        public Builder options(LockOptions options) {
            this.options.from(options);
            return this;
        }

        /**
         * Builds the lock; touches no disk.
         *
         * @return a read-write lock
         * @throws IllegalArgumentException if the path does not suit the backend, or options do not suit each other
         */
        public ReadWriteFileLock build() {
            return Engine.instance().readWriteLock(path, options.build());
        }
    }
}
