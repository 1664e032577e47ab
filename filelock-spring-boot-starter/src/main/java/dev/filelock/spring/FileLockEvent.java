package dev.filelock.spring;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockLostException;
import dev.filelock.WaitingLockInfo;
import java.time.Duration;

/**
 * What rarely happens to locks, published to {@link org.springframework.context.event.EventListener}s of the application. For
 * everything else there is {@link dev.filelock.LockListener}.
 *
 * <p>A listener runs on the thread that acquires, or on one of the library's, and should be quick, or {@code @Async}. What it throws
 * is logged and does no harm to the lock.
 */
public sealed interface FileLockEvent {

    /**
     * A lock was acquired after a wait long enough to be logged.
     *
     * @param lock the hold
     * @param waited how long it took
     */
    record WaitedLong(HeldLockInfo lock, Duration waited) implements FileLockEvent {}

    /**
     * A wait was in vain. A single attempt that found the lock taken is not one.
     *
     * @param lock who waited, for what, and who was in the way
     * @param waited how long
     */
    record TimedOut(WaitingLockInfo lock, Duration waited) implements FileLockEvent {}

    /**
     * A hold was lost before it was released.
     *
     * @param lock the hold as it was
     * @param reason why
     */
    record Lost(HeldLockInfo lock, LockLostException reason) implements FileLockEvent {}

    /**
     * What a dead holder had left was removed.
     *
     * @param lock for whom it was removed
     * @param reason how it was known to be dead
     */
    record Reclaimed(WaitingLockInfo lock, String reason) implements FileLockEvent {}
}
