package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.spring.AsyncAcquisition.Asked;
import dev.filelock.spring.FileLockObservations.Observed;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Locks methods whose work is done when what they return is subscribed to. Every subscription is a call of its own: it evaluates the
 * path, takes the locks, and runs the method.
 */
final class ReactiveCalls {
    /** Where Micrometer has the current observation in a context. */
    private static final String OBSERVATION = "micrometer.observation";

    private final CallLocks locks;
    private final MinimumHolds minimumHolds;
    private final Supplier<@Nullable FileLockObservations> observations;
    private final Map<Method, ReactiveResult> results = new ConcurrentHashMap<>();

    ReactiveCalls(CallLocks locks, MinimumHolds minimumHolds, Supplier<@Nullable FileLockObservations> observations) {
        this.locks = locks;
        this.minimumHolds = minimumHolds;
        this.observations = observations;
    }

    /** What the caller gets in place of what the method would return. */
    Object locked(CallPlan plan, Call call) {
        ReactiveResult result = results.computeIfAbsent(plan.locked().method(), ReactiveResult::of);
        return result.fromPublisher(
                result.isMultiValue()
                        ? LockedSubscription.many(context -> new Subscribed(plan, call, result, context))
                        : LockedSubscription.one(context -> new Subscribed(plan, call, result, context)));
    }

    private final class Subscribed extends LockedSubscription<Object> {
        private final CallPlan plan;
        private final Call call;
        private final ReactiveResult result;
        private final Observed observed;
        private List<FileLock> named = List.of();
        private Consumer<HeldLock> ending = HeldLock::close;

        Subscribed(CallPlan plan, Call call, ReactiveResult result, ContextView subscriber) {
            super(subscriber);
            this.plan = plan;
            this.call = call;
            this.result = result;
            this.observed =
                    FileLockObservations.begin(observations.get(), plan, subscriber.getOrDefault(OBSERVATION, null));
        }

        @Override
        Mono<Asked> asked() {
            return Mono.fromCallable(this::ask).subscribeOn(THREADS); // looks at the file system
        }

        private Asked ask() {
            named = locks.of(plan, call);
            return new Asked(
                    LockOrder.of(named),
                    locks.timeout(plan, named, false),
                    plan.otherwise().tellsReason(),
                    context());
        }

        @Override
        Publisher<Object> body(List<HeldLock> held) {
            ending = minimumHolds.endingFromNow(plan.minimumHold());
            observed.acquired(named);
            return publisher(this::run);
        }

        private @Nullable Object run() throws Exception {
            MethodInvocation anew = ((ProxyMethodInvocation) call.invocation()).invocableClone();
            return observed.call(() -> {
                try {
                    // Advice that asks for the current invocation finds it on the thread that runs it.
                    return ExposeInvocationInterceptor.INSTANCE.invoke(anew);
                } catch (Throwable e) {
                    throw Call.asItIs(e);
                }
            });
        }

        @Override
        Publisher<Object> late(FileLockTimeoutException reason) {
            observed.notAcquired();
            return publisher(() -> {
                try {
                    return plan.otherwise().answer(call, reason);
                } catch (Throwable e) {
                    throw Call.asItIs(e);
                }
            });
        }

        private Publisher<Object> publisher(Callable<@Nullable Object> source) {
            return result.isMultiValue()
                    ? Flux.from(result.toPublisher(source)).contextWrite(this::observing)
                    : Mono.from(result.toPublisher(source)).contextWrite(this::observing);
        }

        private Context observing(Context context) {
            Object observation = observed.observation();
            return observation == null ? context : context.put(OBSERVATION, observation);
        }

        @Override
        Consumer<HeldLock> ending() {
            return ending;
        }

        @Override
        void ended(@Nullable Throwable failure) {
            observed.end(failure);
        }
    }
}
