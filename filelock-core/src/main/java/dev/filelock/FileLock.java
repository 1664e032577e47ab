package dev.filelock;

import dev.filelock.engine.Engine;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file that excludes other processes as well as other threads.
 *
 * <pre>{@code
 * FileLock lock = FileLock.of(Path.of("data.txt.lock"), Duration.ofSeconds(10));
 * try (HeldLock held = lock.acquire()) {
 *     Files.writeString(data, "safe write\n", StandardOpenOption.APPEND);
 * }
 * }</pre>
 *
 * <p>A {@code FileLock} is an immutable view of the file and is safe for use by any number of threads. Two objects that
 * name one file, however spelled, are one lock: a thread that holds it through one of them re-enters through the other.
 * Inside this JVM waiters are served first come, first served; among processes in no order.
 *
 * <p>A lock file is a companion of the data it guards, never the data itself: see {@link #guarding(Path)}.
 *
 * <p><b>Timeouts</b> are a bound on the monotonic clock: negative waits for ever, zero makes exactly one attempt, positive
 * waits at most that long, null stands for the default this lock was built with (to wait for ever unless set).
 *
 * <p>The methods of {@link Lock} ignore the default timeout, as that interface demands. Levels taken by them are given back by
 * {@link #unlock()}, levels taken by {@code acquire} by closing their handle.
 */
public interface FileLock extends Lock {

    /**
     * A lock on the given file that waits for ever by default.
     *
     * @param path the lock file; relative paths follow the working directory of the JVM; missing parent directories are
     *     created on acquisition
     * @return an exclusive lock with the default options
     * @throws IllegalArgumentException if the path has no file name
     */
    static FileLock of(Path path) {
        return builder(path).build();
    }

    /**
     * A lock on the given file with a default timeout.
     *
     * @param path the lock file
     * @param timeout negative: wait for ever; zero: one attempt; positive: wait at most that long
     * @return an exclusive lock
     * @throws IllegalArgumentException if the path has no file name
     */
    static FileLock of(Path path, Duration timeout) {
        return builder(path).timeout(timeout).build();
    }

    /**
     * A lock that stands for a data file: it locks the companion {@code <name>.lock} beside it and never opens the data file.
     *
     * @param dataFile the file to guard; it need not exist
     * @return an exclusive lock on {@code dataFile} with {@code .lock} appended to its name
     * @throws IllegalArgumentException if the path has no file name
     */
    static FileLock guarding(Path dataFile) {
        Path name = dataFile.getFileName();
        if (name == null || name.toString().isEmpty()) {
            throw new IllegalArgumentException("'" + dataFile + "' has no file name, so it can't be guarded by a lock");
        }
        return of(Engine.companion(dataFile));
    }

    /**
     * Starts building a lock with options of its own.
     *
     * @param path the lock file
     * @return a builder for an exclusive lock
     */
    static Builder builder(Path path) {
        return new Builder(path);
    }

    /**
     * Acquires the lock, waiting as long as its default timeout says.
     *
     * @return the hold, to be closed
     * @throws FileLockTimeoutException if the lock was not had in time
     * @throws LockModeChangeException if the calling thread holds the file in another mode
     * @throws LockProtocolException if what is on disk is not a lock file of this backend, or a lock can't be kept there
     * @throws FileLockException if the file system refused, or the lock can't be had for another reason than contention
     * @throws IllegalStateException if the registry this lock came from was closed
     * @throws InterruptedException if the thread was interrupted before or while waiting; nothing is held then
     */
    HeldLock acquire() throws InterruptedException;

    /**
     * Acquires the lock, waiting at most the given time.
     *
     * @param timeout null: this lock's default; negative: wait for ever; zero: one attempt; positive: wait at most that long
     * @return the hold, to be closed
     * @throws FileLockTimeoutException if the lock was not had in time
     * @throws LockModeChangeException if the calling thread holds the file in another mode
     * @throws LockProtocolException if what is on disk is not a lock file of this backend, or a lock can't be kept there
     * @throws FileLockException if the file system refused, or the lock can't be had for another reason than contention
     * @throws IllegalStateException if the registry this lock came from was closed
     * @throws InterruptedException if the thread was interrupted before or while waiting; nothing is held then
     */
    HeldLock acquire(@Nullable Duration timeout) throws InterruptedException;

    /**
     * Makes one attempt and never waits, whatever the default timeout.
     *
     * @return the hold, or empty if somebody else has the lock or is waiting for it in this JVM
     * @throws FileLockException as {@link #acquire()}, but never {@link FileLockTimeoutException}
     * @throws IllegalStateException if the registry this lock came from was closed
     */
    Optional<HeldLock> tryAcquire();

    /**
     * Acquires the lock without a thread that waits, for as long as its default timeout says. As
     * {@link #acquireAsync(Duration, Executor)} with the executor that {@link CompletableFuture} uses by default.
     *
     * @return a future of the hold
     */
    default CompletableFuture<HeldLock> acquireAsync() {
        return acquireAsync(null);
    }

    /**
     * Acquires the lock without a thread that waits. As {@link #acquireAsync(Duration, Executor)} with the executor that
     * {@link CompletableFuture} uses by default.
     *
     * @param timeout null: this lock's default; negative: wait for ever; zero: one attempt; positive: wait at most that long
     * @return a future of the hold
     */
    default CompletableFuture<HeldLock> acquireAsync(@Nullable Duration timeout) {
        return acquireAsync(timeout, new CompletableFuture<>().defaultExecutor());
    }

    /**
     * Acquires the lock without a thread that waits. Returns at once and does no I/O on the calling thread.
     *
     * <p>The hold belongs to its handle and to no thread: any thread may close it, and nobody re-enters it but through
     * {@link HeldLock#again()} or inside {@link HeldLock#call}. A second acquisition queues behind the first, also in the thread
     * that made both. Acquisitions with and without a thread share one queue, first come, first served.
     *
     * <p>The future completes exceptionally with what {@link #acquire(Duration)} would throw: {@link FileLockTimeoutException},
     * another {@link FileLockException}, or {@link IllegalStateException} if the registry was closed. <b>Cancelling it</b>, or
     * completing it in any other way ({@link CompletableFuture#orTimeout orTimeout} does so too), ends the acquisition: it leaves
     * the queue, and a lock it may have got at that moment is released. So the lock is held if and only if the future gave a
     * hold. Futures derived from this one, by {@link CompletableFuture#thenApply thenApply} for example, don't pass a
     * cancellation on.
     *
     * @param timeout null: this lock's default; negative: wait for ever; zero: one attempt; positive: wait at most that long,
     *     counted from this call
     * @param executor runs what was made dependent on the future without an executor of its own, and the listeners; should it
     *     refuse, the acquisition fails with what it threw. One that runs tasks on the thread that submits them would have
     *     them on threads that other locks wait for
     * @return a future of the hold, to be closed
     */
    CompletableFuture<HeldLock> acquireAsync(@Nullable Duration timeout, Executor executor);

    /**
     * Makes one attempt that never waits, off the calling thread. As {@link #tryAcquireAsync(Executor)} with the executor that
     * {@link CompletableFuture} uses by default.
     *
     * @return a future of the hold, or of empty
     */
    default CompletableFuture<Optional<HeldLock>> tryAcquireAsync() {
        return tryAcquireAsync(new CompletableFuture<>().defaultExecutor());
    }

    /**
     * Makes one attempt that never waits, off the calling thread. Ownership, cancelling and the executor are those of
     * {@link #acquireAsync(Duration, Executor)}.
     *
     * @param executor runs what was made dependent on the future without an executor of its own, and the listeners
     * @return a future of the hold, or of empty if somebody else has the lock or is waiting for it in this JVM; it never completes
     *     with {@link FileLockTimeoutException}
     */
    CompletableFuture<Optional<HeldLock>> tryAcquireAsync(Executor executor);

    /**
     * Acquires as {@link #acquire()} does, runs the body with the hold as {@link FileLocks#current()}, and releases.
     *
     * <p>An exception of the body is what the caller sees; a failure to release is then added to it as suppressed.
     *
     * @param body what to run under the lock
     * @param <T> the body's result
     * @return what the body returned
     * @throws Exception whatever {@link #acquire()} or the body threw
     */
    <T extends @Nullable Object> T execute(Callable<T> body) throws Exception;

    /**
     * The same lock under another label for listeners, logs and {@link HeldLockInfo}.
     *
     * @param label a name of low cardinality, such as the operation that takes the lock
     * @return a view of the same lock
     */
    FileLock labelled(String label);

    /**
     * The same lock, of whose acquisitions through the returned object one more listener is told. So a user interface can follow one
     * acquisition: {@code lock.notifying(progress).acquire()}.
     *
     * @param listener told after the listeners that this lock has
     * @return a view of the same lock
     */
    FileLock notifying(LockListener listener);

    /**
     * The lock file.
     *
     * @return the path this lock was built with, made absolute
     */
    Path path();

    /**
     * The mode in which this object acquires.
     *
     * @return the mode, never null
     */
    LockMode mode();

    /**
     * What this lock was built with.
     *
     * @return the options, never null
     */
    LockOptions options();

    /**
     * Tells whether the calling thread holds the lock in this object's mode, through this or another object, or runs inside
     * {@link HeldLock#call} of such a hold.
     *
     * <p>It says nothing about other processes.
     *
     * @return true if at least one level is held
     */
    boolean isHeldByCurrentThread();

    /**
     * Who has the lock now, in this JVM or in another process, here or on another host.
     *
     * <p>It disturbs nobody: no file is locked, and none is opened that carries a kernel lock. It never waits for the lock, and at
     * most a second for the file system. Whoever is known to have the lock but can't be named is a holder without a process id, whose
     * remark says why.
     *
     * @return an unmodifiable list, empty if nobody is seen to have it. That is no promise: it is a look at a moment, and the system
     *     does not show the kernel locks of other hosts and PID namespaces
     * @throws IllegalStateException if the registry this lock came from was closed
     */
    List<LockHolder> holders();

    /**
     * The records on disk by which processes, this one included, have the lock or are about to take it: for looking after a crash
     * that left some behind.
     *
     * <p>They are read and nothing is changed. {@link LockBackend#NATIVE} and {@link LockBackend#SQLITE} keep no records: the kernel
     * has their locks, and drops them when a process dies.
     *
     * @return an unmodifiable list, empty if there are none
     * @throws FileLockException if they can't be read
     */
    List<LockClaim> claims();

    /**
     * Removes a record that a crash left behind; this lets other processes have the lock.
     *
     * <p>Exactly the given record is removed, or nothing: one that took its place meanwhile is not touched. If the process that
     * wrote it still works, here or elsewhere, two have the lock at once, so make sure first that it has ended; a record whose
     * process is known to live is refused. Under {@link LockBackend#STRICT} a crash leaves two records, and each has to be removed.
     *
     * @param claim one of {@link #claims()}
     * @return true if it was removed; false if it is not there any more
     * @throws IllegalArgumentException if it is no record of this lock
     * @throws UnsupportedOperationException if this lock's backend keeps no records
     * @throws FileLockException if the process that wrote it still lives on this host, or the file system refused
     */
    boolean forceBreak(LockClaim claim);

    /**
     * Acquires the lock and waits for ever, ignoring both the default timeout and interrupts; an interrupt that arrives
     * meanwhile is restored.
     *
     * @throws FileLockException as {@link #acquire()}, but never {@link FileLockTimeoutException}
     */
    @Override
    void lock();

    /**
     * Acquires the lock and waits for ever, ignoring the default timeout.
     *
     * @throws FileLockException as {@link #acquire()}, but never {@link FileLockTimeoutException}
     * @throws InterruptedException if the thread was interrupted before or while waiting
     */
    @Override
    void lockInterruptibly() throws InterruptedException;

    /**
     * Makes one attempt and never waits.
     *
     * @return true if the lock is now held
     * @throws FileLockException as {@link #acquire()}, but never {@link FileLockTimeoutException}
     */
    @Override
    boolean tryLock();

    /**
     * Acquires the lock if it can be had in the given time.
     *
     * @param time how long to wait at most; zero or less makes one attempt, as {@link Lock} says
     * @param unit the unit of {@code time}
     * @return true if the lock is now held
     * @throws FileLockException as {@link #acquire()}, but never {@link FileLockTimeoutException}
     * @throws InterruptedException if the thread was interrupted before or while waiting
     */
    @Override
    boolean tryLock(long time, TimeUnit unit) throws InterruptedException;

    /**
     * Gives back one level that the calling thread took by a method of {@link Lock}.
     *
     * @throws IllegalMonitorStateException if the calling thread has no such level; levels with a {@link HeldLock} are closed
     *     through it
     * @throws FileLockException if the lock could not be released on disk; the release is then retried in the background
     */
    @Override
    void unlock();

    /**
     * Not supported: processes can't signal each other through a lock file.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    Condition newCondition();

    /** Builds a {@link FileLock}. Not safe for use by several threads. */
    final class Builder {
        private final Path path;
        private final LockOptions.Builder options = LockOptions.builder();

        private Builder(Path path) {
            this.path = Objects.requireNonNull(path, "path");
        }

        /**
         * Chooses the on-disk protocol.
         *
         * @param backend a backend with {@link LockMode#EXCLUSIVE}; {@link LockBackend#NATIVE} unless set
         * @return this builder
         */
        public Builder backend(LockBackend backend) {
            options.backend(backend);
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
         * Says what happens on a file system that has no kernel locks at all.
         *
         * @param fallback true (the default): use {@link LockBackend#SOFT} there, with one warning; false: fail
         * @return this builder
         */
        public Builder fallbackToSoft(boolean fallback) {
            options.fallbackToSoft(fallback);
            return this;
        }

        /**
         * Chooses the kernel lock that {@link LockBackend#NATIVE} uses on Unix.
         *
         * @param access {@link NativeAccess#REQUIRE} unless set
         * @return this builder
         */
        public Builder nativeAccess(NativeAccess access) {
            options.nativeAccess(access);
            return this;
        }

        /**
         * Sets how long a {@link LockBackend#LEASE} lasts without a refresh. All processes that lock one path must use the same.
         *
         * @param duration greater than the heartbeat, at most 365 days; 30 seconds unless set
         * @return this builder
         * @throws IllegalArgumentException if the duration is zero, negative or longer than that
         */
        public Builder leaseDuration(Duration duration) {
            options.leaseDuration(duration);
            return this;
        }

        /**
         * Sets the time between two refreshes of a {@link LockBackend#LEASE}.
         *
         * @param heartbeat at least a millisecond, and less than the duration; a third of that unless set
         * @return this builder
         * @throws IllegalArgumentException if the heartbeat is shorter than a millisecond
         */
        public Builder leaseHeartbeat(Duration heartbeat) {
            options.leaseHeartbeat(heartbeat);
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
         * @return an exclusive lock
         * @throws IllegalArgumentException if the path has no file name, the backend has no exclusive mode, or the lease's heartbeat
         *     is not less than its duration
         */
        public FileLock build() {
            return Engine.instance().fileLock(path, LockMode.EXCLUSIVE, options.build());
        }
    }
}
