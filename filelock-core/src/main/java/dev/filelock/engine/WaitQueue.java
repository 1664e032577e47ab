package dev.filelock.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The waiters of one file in the order of their arrival; any of them may leave at any time. Guarded by the entry's mutex. */
final class WaitQueue {
    private @Nullable Waiter first;
    private @Nullable Waiter last;

    boolean isEmpty() {
        return first == null;
    }

    /** The one who contends with other processes. */
    @Nullable Waiter head() {
        return first;
    }

    void add(Waiter waiter) {
        waiter.ahead = last;
        if (last == null) {
            first = waiter;
        } else {
            last.behind = waiter;
        }
        last = waiter;
        waiter.queued = true;
    }

    /** Does nothing if the waiter is not in the queue. */
    void remove(Waiter waiter) {
        if (!waiter.queued) {
            return;
        }
        waiter.queued = false;
        Waiter ahead = waiter.ahead;
        Waiter behind = waiter.behind;
        if (ahead == null) {
            first = behind;
        } else {
            ahead.behind = behind;
        }
        if (behind == null) {
            last = ahead;
        } else {
            behind.ahead = ahead;
        }
        waiter.ahead = null;
        waiter.behind = null;
    }

    /** From 1; 0 if it is not in the queue. */
    int positionOf(Waiter waiter) {
        int position = waiter.queued ? 1 : 0;
        for (Waiter other = waiter.ahead; other != null; other = other.ahead) {
            position++;
        }
        return position;
    }

    /** A copy, first to last. */
    List<Waiter> toList() {
        List<Waiter> waiters = new ArrayList<>();
        for (Waiter waiter = first; waiter != null; waiter = waiter.behind) {
            waiters.add(waiter);
        }
        return waiters;
    }
}
