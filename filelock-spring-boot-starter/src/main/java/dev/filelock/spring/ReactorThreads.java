package dev.filelock.spring;

import org.springframework.util.ClassUtils;
import reactor.core.scheduler.Schedulers;

/** Knows the threads of Reactor that must not wait, where the application has Reactor. */
final class ReactorThreads {
    /** Whether the application has Reactor. */
    static final boolean REACTOR_PRESENT =
            ClassUtils.isPresent("reactor.core.scheduler.Schedulers", ReactorThreads.class.getClassLoader());

    private ReactorThreads() {}

    /**
     * Refuses to take the locks of a method on a thread that others depend on, since that may wait.
     *
     * @throws IllegalStateException on such a thread
     */
    static void refuseNonBlocking(LockedMethod locked) {
        if (REACTOR_PRESENT && Delegate.isNonBlocking()) {
            throw new IllegalStateException(
                    locked + " waits for its lock on the thread that calls it, but "
                            + Thread.currentThread().getName()
                            + " is a thread of Reactor that must not wait; call it with "
                            + "Mono.fromFuture(() -> …).subscribeOn(Schedulers.boundedElastic()), or use FileLock.acquireAsync");
        }
    }

    /** Loaded only where Reactor is. */
    private static final class Delegate {
        static boolean isNonBlocking() {
            return Schedulers.isInNonBlockingThread();
        }
    }
}
