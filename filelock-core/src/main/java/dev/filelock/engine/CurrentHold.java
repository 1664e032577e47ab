package dev.filelock.engine;

import dev.filelock.HeldLock;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The holds under which the calls on this thread's stack run. */
final class CurrentHold {
    private static final ThreadLocal<@Nullable HeldLock> INNERMOST = new ThreadLocal<>();

    private CurrentHold() {}

    static Optional<HeldLock> find() {
        return Optional.ofNullable(INNERMOST.get());
    }

    static <T extends @Nullable Object> T call(HeldLock hold, Callable<T> body) throws Exception {
        HeldLock outer = INNERMOST.get();
        INNERMOST.set(hold);
        try {
            return body.call();
        } finally {
            if (outer == null) {
                INNERMOST.remove();
            } else {
                INNERMOST.set(outer);
            }
        }
    }
}
