package dev.filelock;

import java.time.Duration;

/**
 * Told of what happens to the locks it was registered with.
 *
 * <p>The methods are called on the thread that acquires, waits or releases, outside any internal lock; they should be quick.
 * Of an acquisition without a waiting thread they are told on its executor, in the same order.
 * Nested levels of a hold cause no calls. What {@link #acquired} throws undoes the acquisition and reaches the caller; what the
 * others throw is logged and goes no further.
 */
public interface LockListener {

    /**
     * An acquisition did not succeed at once and starts to wait.
     *
     * @param lock who waits, for what
     */
    default void waiting(WaitingLockInfo lock) {}

    /**
     * A wait that {@link #waiting} was told of goes on: told after a second and then at growing intervals, of at most ten seconds. For a
     * user interface that shows for whom it waits.
     *
     * @param lock who waits, for what, at which place in the queue, and who has the lock now
     * @param waited how long it has taken so far
     */
    default void stillWaiting(WaitingLockInfo lock, Duration waited) {}

    /**
     * A wait that {@link #waiting} was told of ended, however it did. Called once for each, before {@link #acquired},
     * {@link #timedOut} or {@link #failed}.
     *
     * @param lock who waited, for what
     */
    default void waited(WaitingLockInfo lock) {}

    /**
     * What a dead holder had left, or a lease that had run out, was removed, so that the lock can be had. Told before the acquisition ends, however it does.
     *
     * @param lock for whom it was removed
     * @param reason how that was known, in words
     */
    default void reclaimed(WaitingLockInfo lock, String reason) {}

    /**
     * A lock was acquired, once per hold. An exception releases the lock again and is thrown to the caller.
     *
     * @param lock the new hold
     * @param waited how long it took
     */
    default void acquired(HeldLockInfo lock, Duration waited) {}

    /**
     * A wait ended at its deadline, or a single attempt failed.
     *
     * @param lock who waited, for what
     * @param waited how long
     */
    default void timedOut(WaitingLockInfo lock, Duration waited) {}

    /**
     * A wait was ended by an interrupt, by its registry's close, or by a failure.
     *
     * @param lock who waited, for what
     * @param waited how long
     * @param cause why
     */
    default void failed(WaitingLockInfo lock, Duration waited, Throwable cause) {}

    /**
     * The last level of a hold was given back and the lock released.
     *
     * @param lock the hold as it was
     * @param held for how long
     */
    default void released(HeldLockInfo lock, Duration held) {}

    /**
     * A hold was lost before it was released.
     *
     * @param lock the hold as it was
     * @param reason why
     */
    default void lost(HeldLockInfo lock, LockLostException reason) {}
}
