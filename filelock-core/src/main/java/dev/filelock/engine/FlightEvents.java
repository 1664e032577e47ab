package dev.filelock.engine;

import dev.filelock.LockBackend;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** The events. Loaded only where the flight recorder is there. */
final class FlightEvents {
    private FlightEvents() {}

    static FlightRecorder.@Nullable Recording beginWait() {
        Wait event = new Wait();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    static FlightRecorder.@Nullable Recording beginHold() {
        Hold event = new Hold();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    /** What both tell. */
    @Category("File locks")
    abstract static class LockEvent extends Event implements FlightRecorder.Recording {
        @Label("Lock File")
        @Nullable String path;

        @Label("Label")
        @Description("What the lock was taken for")
        @Nullable String label;

        @Label("Directory")
        @Description("The name of the lock's directory, if it has one")
        @Nullable String directory;

        @Label("Mode")
        @Nullable String mode;

        @Label("Backend")
        @Nullable String backend;

        @Label("Outcome")
        @Nullable String outcome;

        @Override
        public void end(Request request, LockBackend inUse, String ended) {
            end();
            if (shouldCommit()) {
                path = request.path().toString();
                label = request.options().label().orElse(null);
                directory = request.scope().directoryName();
                mode = request.mode().name();
                backend = inUse.name();
                outcome = ended;
                commit();
            }
        }
    }

    @Name("dev.filelock.Wait")
    @Label("File Lock Wait")
    @Description("An acquisition of a file lock, from its call until it had the lock or gave up")
    @Threshold("10 ms")
    static final class Wait extends LockEvent {}

    @Name("dev.filelock.Hold")
    @Label("File Lock Hold")
    @Description("A file lock, from its acquisition until its release")
    @Threshold("10 ms")
    static final class Hold extends LockEvent {}
}
