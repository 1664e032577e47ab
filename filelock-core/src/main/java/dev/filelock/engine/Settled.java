package dev.filelock.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The waiters settled under the mutex, to be told of it outside. */
final class Settled {
    private @Nullable Waiter first;
    private @Nullable List<Waiter> others;

    void add(Waiter waiter) {
        if (first == null) {
            first = waiter;
            return;
        }
        if (others == null) {
            others = new ArrayList<>();
        }
        others.add(waiter);
    }

    void deliver() {
        if (first != null) {
            first.deliver();
        }
        if (others != null) {
            others.forEach(Waiter::deliver);
        }
    }
}
