package dev.filelock.engine;

import dev.filelock.LockListener;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners of what can't be undone: what they throw is logged and goes no further. */
final class Listeners {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private Listeners() {}

    static void tell(Request request, Consumer<LockListener> event) {
        for (LockListener listener : request.options().listeners()) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                log.warn("A listener of {} failed", request.path(), e);
            }
        }
    }
}
