package dev.filelock.engine;

import dev.filelock.LockHolder;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watcher;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread that waits in its call, and polls itself while it is the head unless it is virtual or the protocol waits inside. */
final class ThreadWaiter extends Waiter {
    private final Thread thread;
    private final boolean quiet;

    /** Where the thread waits, or is about to; null if it parks. Set with the entry's mutex. */
    private volatile Watcher.@Nullable Lookout lookout;

    /** @param quiet running out of time is an outcome, not a failure */
    ThreadWaiter(Request request, Deadline deadline, Level level, boolean waitsInsidePoll, boolean quiet) {
        this(request, deadline, level, waitsInsidePoll, quiet, Thread.currentThread());
    }

    private ThreadWaiter(
            Request request, Deadline deadline, Level level, boolean waitsInsidePoll, boolean quiet, Thread thread) {
        super(
                request,
                deadline,
                level,
                thread,
                !waitsInsidePoll && !VirtualThreads.isVirtual(thread),
                CallChain.current());
        this.thread = thread;
        this.quiet = quiet;
    }

    /**
     * Waits until this waiter is settled or its deadline has passed, when it still is in the queue.
     *
     * @return null if the deadline passed
     */
    @Nullable Hold await(LockEntry entry, boolean interruptible) throws InterruptedException {
        boolean interrupted = false;
        boolean changed = false;
        WaitReport report = null;
        try {
            while (true) {
                Contest.Poll now = null;
                long pause;
                entry.mutex.lock();
                try {
                    lookout = null;
                    if (changed) {
                        changed = false;
                        entry.contest.changed();
                    }
                    if (settled()) {
                        return outcome();
                    }
                    if (interrupted && interruptible) {
                        interrupted = false;
                        throw new InterruptedException("interrupted while waiting for " + request.path());
                    }
                    pause = deadline.remaining();
                    if (pause <= 0) {
                        return null;
                    }
                    if (report == null) {
                        report = new WaitReport(this);
                    }
                    if (wait != null && !report.due() && drivesItself && entry.contest.isUpTo(this)) {
                        long untilPoll = entry.contest.untilPoll();
                        if (untilPoll <= 0) {
                            now = entry.contest.begin();
                        } else {
                            pause = Math.min(pause, untilPoll);
                            lookout = entry.contest.lookout();
                        }
                    }
                } finally {
                    entry.mutex.unlock();
                }
                if (wait == null) {
                    WaitGraph.Wait begun = entry.waits().begin(this, entry);
                    wait = begun;
                    entry.waits().breakCircle(begun);
                } else if (report.due()) {
                    if (report.takeTurn(entry.diagnosis)) {
                        report.make(entry.diagnosis, blockers(entry)).run();
                    }
                } else if (now != null) {
                    entry.contest.poll(now, Patience.NONE);
                } else {
                    changed = sleep(Math.min(pause, report.nanosUntilDue()));
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            WaitGraph.Wait begun = wait;
            if (begun != null) {
                entry.waits().end(begun);
            }
            if (report != null) {
                report.end();
            }
            if (interrupted) {
                thread.interrupt();
            }
        }
    }

    /** A file system that hangs must not hold this thread beyond its deadline. */
    private List<LockHolder> blockers(LockEntry entry) {
        long patience = Math.min(EntryDiagnosis.PATIENCE_NANOS, Math.max(0, deadline.remaining()));
        return entry.diagnosis.blockers(patience).join();
    }

    /** Whether it is known that something watched has changed. */
    private boolean sleep(long nanos) {
        Watcher.Lookout mine = lookout;
        if (mine != null) {
            return mine.await(nanos);
        }
        LockSupport.parkNanos(this, nanos);
        return false;
    }

    private @Nullable Hold outcome() {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
        return hold;
    }

    @Override
    boolean givesUpQuietly() {
        return quiet && !deadline.isEndless();
    }

    @Override
    void wake() {
        deliver();
    }

    @Override
    void deliver() {
        if (thread == Thread.currentThread()) {
            return;
        }
        Watcher.Lookout sleeping = lookout;
        if (sleeping != null) {
            sleeping.wake();
        } else {
            LockSupport.unpark(thread);
        }
    }
}
