package dev.filelock.sample.page;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.WaitingLockInfo;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Wakes the page whenever a lock of this service changes hands. The listener's methods run on the threads that use the locks,
 * so they do no more than that.
 */
@Component
class LockChanges implements LockListener {
    private final Semaphore changes = new Semaphore(0);

    void signal() {
        changes.release();
    }

    /** Returns after the time, or as soon as something has changed since the last call. */
    void await(Duration longest) throws InterruptedException {
        if (changes.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS)) {
            changes.drainPermits();
        }
    }

    @Override
    public void waiting(WaitingLockInfo lock) {
        signal();
    }

    @Override
    public void acquired(HeldLockInfo lock, Duration waited) {
        signal();
    }

    @Override
    public void timedOut(WaitingLockInfo lock, Duration waited) {
        signal();
    }

    @Override
    public void failed(WaitingLockInfo lock, Duration waited, Throwable cause) {
        signal();
    }

    @Override
    public void released(HeldLockInfo lock, Duration held) {
        signal();
    }

    @Override
    public void lost(HeldLockInfo lock, LockLostException reason) {
        signal();
    }
}
