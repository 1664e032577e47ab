package dev.filelock.spring;

import dev.filelock.FileLock;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * As a bean, makes every call of a locked method an observation, and so a span of a trace where there is tracing: from before the
 * lock is asked for until it has been given back.
 *
 * <p>It is called {@value #NAME}. Its events {@code acquired}, {@code notAcquired} and {@code released} show how much of the time was
 * waiting, and how much was work under the lock. Key values of low cardinality are {@code label}, {@code mode}, {@code directory} and
 * {@code outcome}; of high cardinality {@code path}, the lock files' names.
 */
public final class FileLockObservations {
    /** The observations' name. */
    public static final String NAME = "filelock.call";

    private final ObservationRegistry registry;

    /**
     * Makes observations.
     *
     * @param registry whose handlers see them
     */
    public FileLockObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    /** Begins to observe a call on the current thread, or does nothing if there are no observations. */
    static Observed begin(@Nullable FileLockObservations observations, CallPlan plan) {
        return observations == null || observations.registry.isNoop() ? Observed.NOTHING : observations.begin(plan);
    }

    private Observed begin(CallPlan plan) {
        LockPlan first = plan.locks().get(0);
        Observation observation = Observation.createNotStarted(NAME, registry)
                .contextualName("lock " + first.label())
                .lowCardinalityKeyValue("label", first.label())
                .lowCardinalityKeyValue(
                        "mode", joined(plan, each -> each.mode().name().toLowerCase(Locale.ROOT)))
                .lowCardinalityKeyValue(
                        "directory", joined(plan, each -> each.directory() == null ? "default" : each.directory()))
                .lowCardinalityKeyValue("outcome", "failed")
                .start();
        return new OfObservation(observation, observation.openScope());
    }

    private static String joined(CallPlan plan, Function<LockPlan, String> part) {
        return plan.locks().stream().map(part).distinct().collect(Collectors.joining(","));
    }

    /** One call. */
    interface Observed {
        Observed NOTHING = new Observed() {};

        default void acquired(List<FileLock> locks) {}

        default void notAcquired() {}

        default void failed(Throwable failure) {}

        /** The call ends with that stage, on whatever thread, rather than now. */
        default void endsWith(CompletionStage<?> work) {}

        default void end() {}
    }

    private static final class OfObservation implements Observed {
        private final Observation observation;
        private final Observation.Scope scope;
        private boolean held;
        private boolean outlasts;

        OfObservation(Observation observation, Observation.Scope scope) {
            this.observation = observation;
            this.scope = scope;
        }

        @Override
        public void acquired(List<FileLock> locks) {
            held = true;
            observation.lowCardinalityKeyValue("outcome", "acquired");
            observation.highCardinalityKeyValue(
                    "path", locks.stream().map(lock -> lock.path().toString()).collect(Collectors.joining(",")));
            observation.event(Observation.Event.of("acquired"));
        }

        @Override
        public void notAcquired() {
            observation.lowCardinalityKeyValue("outcome", "timeout");
            observation.event(Observation.Event.of("notAcquired"));
        }

        @Override
        public void failed(Throwable failure) {
            observation.error(failure);
        }

        @Override
        public void endsWith(CompletionStage<?> work) {
            outlasts = true;
            work.whenComplete((value, error) -> {
                if (error != null) {
                    failed(error);
                }
                stop();
            });
        }

        @Override
        public void end() {
            scope.close();
            if (!outlasts) {
                stop();
            }
        }

        private void stop() {
            if (held) {
                observation.event(Observation.Event.of("released"));
            }
            observation.stop();
        }
    }
}
