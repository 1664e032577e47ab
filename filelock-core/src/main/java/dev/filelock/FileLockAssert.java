package dev.filelock;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets code that must run under a lock say so: where the lock is missing, the call fails instead of doing its work unlocked.
 *
 * <pre>{@code
 * @FileLocked("ledger/#{#account}")
 * public void append(String account, String line) {
 *     FileLockAssert.assertHeld(); // fails if somebody calls this.append(...), past the proxy that takes the lock
 *     ...
 * }
 * }</pre>
 *
 * <p>It costs a look at the running thread and touches no disk; {@link HeldLock#ensureValid()} asks the disk. A unit test that calls
 * such code without its lock says so with {@link #assumeHeld()}.
 */
public final class FileLockAssert {
    private static final Set<Assumption> ASSUMED = ConcurrentHashMap.newKeySet();

    private FileLockAssert() {}

    /**
     * Checks that the calling code runs under some lock: inside {@link FileLock#execute}, {@link HeldLock#call}, or a method annotated
     * with {@code @FileLocked} that was called through its Spring proxy.
     *
     * @throws IllegalStateException if it runs under none
     */
    public static void assertHeld() {
        if (FileLocks.find().isEmpty() && !isAssumed()) {
            throw missing("No file lock is held by the running call");
        }
    }

    /**
     * Checks that the calling code runs under a certain lock: that the thread holds it in its mode, or that it is {@link
     * FileLocks#current()}, which may be in mode WRITE where READ is asked for.
     *
     * @param lock such as {@code registry.lock("report")}
     * @throws IllegalStateException if it does not
     */
    public static void assertHeld(FileLock lock) {
        if (!lock.isHeldByCurrentThread() && !isCurrent(lock) && !isAssumed()) {
            throw missing(lock.path() + " is not held by the running call in mode " + lock.mode());
        }
    }

    private static boolean isCurrent(FileLock lock) {
        return FileLocks.find()
                .filter(held -> held.path().equals(lock.path()))
                .filter(held ->
                        held.mode() == lock.mode() || (held.mode() == LockMode.WRITE && lock.mode() == LockMode.READ))
                .isPresent();
    }

    private static IllegalStateException missing(String what) {
        return new IllegalStateException(
                what + ". A method with @FileLocked takes its lock only when it is called through its Spring "
                        + "proxy, so not from within the same object; other code runs under a lock inside FileLock.execute or HeldLock.call. "
                        + "A unit test that calls it without the lock says so with FileLockAssert.assumeHeld()");
    }

    /**
     * Makes all checks pass that the calling thread makes until the returned object is closed. For unit tests only.
     *
     * @return to be closed when the test is over, by any thread
     */
    public static Assumption assumeHeld() {
        Assumption assumption = new Assumption(Thread.currentThread());
        ASSUMED.add(assumption);
        return assumption;
    }

    private static boolean isAssumed() {
        return !ASSUMED.isEmpty()
                && ASSUMED.stream().anyMatch(assumption -> assumption.thread == Thread.currentThread());
    }

    /** That the lock is held, though it is not: on one thread, until it is closed. */
    public static final class Assumption implements AutoCloseable {
        private final Thread thread;

        private Assumption(Thread thread) {
            this.thread = thread;
        }

        /** Lets the checks check again. */
        @Override
        public void close() {
            ASSUMED.remove(this);
        }
    }
}
