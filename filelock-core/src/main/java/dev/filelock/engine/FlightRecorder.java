package dev.filelock.engine;

import dev.filelock.LockBackend;
import org.jspecify.annotations.Nullable;

/**
 * Waits and holds as events of the JDK's flight recorder. Nothing is begun while nothing is recorded, which costs a look at a flag;
 * a runtime without the module {@code jdk.jfr} does without. The events' classes are loaded once somebody has used the recorder:
 * that takes some 50 ms, which would be a quarter of a JVM's first lock.
 */
final class FlightRecorder {
    private static final boolean THERE =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    /** An event that has begun. Hides the classes of the recorder, which may not be there to load. */
    interface Recording {
        /** Ends the event and records it if it has lasted as long as the recorder's settings ask for. Ended once, by any thread. */
        void end(Request request, LockBackend backend, String outcome);
    }

    /** Null if waits are not recorded now. */
    static @Nullable Recording beginWait() {
        return isUsed() ? FlightEvents.beginWait() : null;
    }

    /** Null if holds are not recorded now. */
    static @Nullable Recording beginHold() {
        return isUsed() ? FlightEvents.beginHold() : null;
    }

    private static boolean isUsed() {
        return THERE && jdk.jfr.FlightRecorder.isInitialized();
    }

    static void end(@Nullable Recording recording, Request request, LockBackend backend, String outcome) {
        if (recording != null) {
            recording.end(request, backend, outcome);
        }
    }
}
