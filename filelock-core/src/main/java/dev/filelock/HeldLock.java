package dev.filelock;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One level of a lock that is held: close it to give the level back.
 *
 * <p>Use it in a {@code try} statement:
 *
 * <pre>{@code
 * try (HeldLock held = lock.acquire()) {
 *     // nobody else is in here, in any process
 * }
 * }</pre>
 *
 * <p>The lock itself is released when the last level of its owner is closed. A handle may be closed from any thread and
 * all methods may be called from any thread.
 */
public interface HeldLock extends AutoCloseable {

    /**
     * The lock file.
     *
     * @return the path as the lock was built with, made absolute
     */
    Path path();

    /**
     * The mode in which the lock is held.
     *
     * @return the mode, never null
     */
    LockMode mode();

    /**
     * Tells whether the hold still stands: it is not closed, it is not lost, and the lock file on disk is still the one
     * that was locked.
     *
     * @return false where {@link #ensureValid()} would throw
     */
    boolean isValid();

    /**
     * Throws unless the hold still stands, so that work which must not run unlocked can check just before it commits. It looks at
     * all that the lock consists of on disk: the file, its directory, and what peers read in it.
     *
     * @throws LockLostException if the hold was lost, or if any of that was deleted, replaced or changed, so that another process
     *     can hold a lock of the same name; {@link LockLostException#reason()} says which
     * @throws IllegalStateException if this handle was closed
     * @throws FileLockException if the lock file can't be examined
     */
    void ensureValid();

    /**
     * A number that grows with every grant of this lock, for storage that can refuse late writers.
     *
     * @return the token, or empty where the backend has none ({@link LockBackend#NATIVE}, {@link LockBackend#SOFT},
     *     {@link LockBackend#SQLITE})
     */
    OptionalLong fencingToken();

    /**
     * Completes, normally and with the reason, if the hold is lost before it is released.
     *
     * <p>The holds of most backends end only with their process; for these the stage never completes. What depends on it runs on a
     * thread of this library that others need, too: hand on what takes time, as with {@code thenRunAsync}.
     *
     * @return a stage that never completes exceptionally
     */
    CompletionStage<LockLostException> lost();

    /**
     * Adds a level to this hold without queueing, for work that is handed on: the lock is released when both this handle
     * and the returned one are closed.
     *
     * @return a new handle on the same hold
     * @throws IllegalStateException if this handle was closed
     * @throws LockLostException if the hold was lost
     */
    HeldLock again();

    /**
     * Parts this level from the thread that acquired it, for a hold that outlasts the work it was taken for: the thread no
     * longer re-enters the lock through it but waits for it like anybody else. Handles made by {@link #again()} from now on
     * are parted too; other levels of the thread are not. Doing it twice changes nothing.
     *
     * @throws IllegalStateException if this handle was closed
     */
    void detach();

    /**
     * Runs the body on the calling thread with this handle as {@link FileLocks#current()}; does not close it.
     *
     * <p>What the body acquires on that thread, with or without waiting, re-enters this hold if it is the same file in the same
     * mode, whoever owns the hold; another mode is {@link LockModeChangeException}. The same goes for the holds under which this
     * handle was acquired: whoever hands on the innermost handle, to another thread or a later step, hands on them all.
     * {@link FileLock#lock()} and {@link FileLock#tryLock()} need a hold of the calling thread and throw
     * {@link LockDeadlockException} where this hold is not.
     *
     * @param body what to run
     * @param <T> the body's result
     * @return what the body returned
     * @throws Exception whatever the body threw
     */
    <T extends @Nullable Object> T call(Callable<T> body) throws Exception;

    /**
     * Describes the hold.
     *
     * @return a snapshot
     */
    HeldLockInfo info();

    /**
     * Gives this level back; the last level releases the lock. Closing a closed handle does nothing, but if an earlier close
     * failed, it tries again.
     *
     * @throws FileLockException if the lock could not be released on disk; the release is then retried in the background
     *     until it succeeds
     */
    @Override
    void close();
}
