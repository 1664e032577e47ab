package dev.filelock.spring;

import dev.filelock.FileLock;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As a bean, makes every call of a locked method an observation, and so a span of a trace where there is tracing: from before the
 * lock is asked for until it has been given back.
 *
 * <p>It is called {@value #NAME}. Its events {@code acquired}, {@code notAcquired} and {@code released} show how much of the time was
 * waiting, and how much was work under the lock. Key values of low cardinality are {@code label}, {@code mode}, {@code directory} and
 * {@code outcome}; of high cardinality {@code path}, the lock files' names. A handler that fails once a lock is asked for is logged, and
 * changes nothing.
 */
public final class FileLockObservations {
    /** The observations' name. */
    public static final String NAME = "filelock.call";

    private static final Logger log = LoggerFactory.getLogger(FileLockObservations.class);

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
        return begin(observations, plan, null);
    }

    /**
     * Begins to observe a call.
     *
     * @param parent the observation that it is a part of; null: that of the current thread
     */
    static Observed begin(@Nullable FileLockObservations observations, CallPlan plan, @Nullable Object parent) {
        return observations == null || observations.registry.isNoop()
                ? Observed.NOTHING
                : new OfObservation(observations.start(plan, parent));
    }

    private Observation start(CallPlan plan, @Nullable Object parent) {
        LockPlan first = plan.locks().get(0);
        return Observation.createNotStarted(NAME, registry)
                .parentObservation(parent instanceof Observation known ? known : registry.getCurrentObservation())
                .contextualName("lock " + first.label())
                .lowCardinalityKeyValue("label", first.label())
                .lowCardinalityKeyValue(
                        "mode", joined(plan, each -> each.mode().name().toLowerCase(Locale.ROOT)))
                .lowCardinalityKeyValue(
                        "directory", joined(plan, each -> each.directory() == null ? "default" : each.directory()))
                .lowCardinalityKeyValue("outcome", "failed")
                .start();
    }

    private static String joined(CallPlan plan, Function<LockPlan, String> part) {
        return plan.locks().stream().map(part).distinct().collect(Collectors.joining(","));
    }

    /** One call. */
    interface Observed {
        Observed NOTHING = new Observed() {};

        /** Runs a part of the call in the scope of its observation. */
        default <T extends @Nullable Object> T call(Callable<T> part) throws Exception {
            return part.call();
        }

        /** What a context carries of it, or null. */
        default @Nullable Object observation() {
            return null;
        }

        default void acquired(List<FileLock> locks) {}

        default void notAcquired() {}

        default void failed(Throwable failure) {}

        /** The locks have been given back, or none was had. */
        default void end() {}

        /** As {@link #end()}, and says with which failure the call ended, if it did. */
        default void end(@Nullable Throwable failure) {
            if (failure != null) {
                failed(failure);
            }
            end();
        }
    }

    private static final class OfObservation implements Observed {
        private final Observation observation;
        private volatile boolean held;

        OfObservation(Observation observation) {
            this.observation = observation;
        }

        @Override
        public <T extends @Nullable Object> T call(Callable<T> part) throws Exception {
            try (Observation.Scope scope = observation.openScope()) {
                return part.call();
            }
        }

        @Override
        public Object observation() {
            return observation;
        }

        @Override
        public void acquired(List<FileLock> locks) {
            held = true;
            tell(() -> {
                observation.lowCardinalityKeyValue("outcome", "acquired");
                observation.highCardinalityKeyValue(
                        "path",
                        locks.stream().map(lock -> lock.path().toString()).collect(Collectors.joining(",")));
                observation.event(Observation.Event.of("acquired"));
            });
        }

        @Override
        public void notAcquired() {
            tell(() -> {
                observation.lowCardinalityKeyValue("outcome", "timeout");
                observation.event(Observation.Event.of("notAcquired"));
            });
        }

        @Override
        public void failed(Throwable failure) {
            tell(() -> observation.error(failure));
        }

        @Override
        public void end() {
            if (held) {
                tell(() -> observation.event(Observation.Event.of("released")));
            }
            tell(observation::stop);
        }

        /** A handler that fails must not keep a lock from being given back, nor hide how the work ended. */
        private static void tell(Runnable news) {
            try {
                news.run();
            } catch (Throwable e) {
                log.warn("A handler of the observation {} failed", NAME, e);
            }
        }
    }
}
