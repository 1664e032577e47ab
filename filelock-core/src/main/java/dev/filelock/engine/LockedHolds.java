package dev.filelock.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The levels that a thread took by {@code lock()} or {@code tryLock()}, the last one last, so that {@code unlock()} need not ask the
 * system which file its path names.
 */
final class LockedHolds {
    private final ThreadLocal<@Nullable List<Hold>> levels = new ThreadLocal<>();

    void add(Hold hold) {
        List<Hold> mine = levels.get();
        if (mine == null) {
            mine = new ArrayList<>(2);
            levels.set(mine);
        }
        mine.add(hold);
    }

    /** The last one of that path and mode; null if there is none, which a path in another spelling does not tell for certain. */
    @Nullable Hold last(Request request) {
        List<Hold> mine = levels.get();
        for (int i = mine == null ? -1 : mine.size() - 1; i >= 0; i--) {
            Hold hold = mine.get(i);
            if (hold.tenure.mode == request.mode()
                    && (hold.request.path().equals(request.path()) || hold.entry.path.equals(request.path()))) {
                return hold;
            }
        }
        return null;
    }

    void remove(Hold hold) {
        List<Hold> mine = levels.get();
        if (mine != null) {
            mine.remove(mine.lastIndexOf(hold));
            if (mine.isEmpty()) {
                levels.remove();
            }
        }
    }
}
