package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockModeChangeException;
import dev.filelock.spring.AsyncAcquisition.Asked;
import dev.filelock.spring.FileLockObservations.Observed;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.function.SingletonSupplier;
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
    private final SingletonSupplier<FileLockObservations> observations;

    /** Null where there are no transactions. */
    private final @Nullable TransactionAttributes transactions;

    private final Map<Method, ReactiveResult> results = new ConcurrentHashMap<>();

    ReactiveCalls(
            CallLocks locks,
            MinimumHolds minimumHolds,
            BeanFactory beans,
            SingletonSupplier<FileLockObservations> observations) {
        this.locks = locks;
        this.minimumHolds = minimumHolds;
        this.observations = observations;
        this.transactions = TransactionHolds.AVAILABLE ? new TransactionAttributes(beans) : null;
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
        private @Nullable ReactiveTransactionHolds transaction;
        private volatile @Nullable CoroutineHolds coroutine;
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
            Mono<Asked> asked = elsewhere(this::ask); // looks at the file system
            return transactions == null
                    ? asked
                    : ReactiveTransactionHolds.current()
                            .doOnNext(found -> transaction = found)
                            .then(asked);
        }

        private Asked ask() {
            named = locks.of(plan, call);
            return new Asked(
                    LockOrder.of(named),
                    locks.timeout(plan, named, transaction != null && transaction.keepsAny()),
                    plan.otherwise().tellsReason(),
                    transaction == null ? context() : transaction.within(context()));
        }

        @Override
        Publisher<Object> body(List<HeldLock> held) {
            ending = minimumHolds.endingFromNow(plan.minimumHold());
            observed.acquired(named);
            if (transaction != null && takesPart(transaction)) {
                transaction.keep(held, plan.locked());
            }
            return publisher(this::run);
        }

        private boolean takesPart(ReactiveTransactionHolds active) {
            return plan.release() == FileLocked.Release.TRANSACTION
                    && active.isActive()
                    && transactions != null
                    && !transactions.leaves(call.method(), call.targetClass());
        }

        private @Nullable Object run() throws Exception {
            ProxyMethodInvocation invocation = (ProxyMethodInvocation) call.invocation();
            if (!result.isCoroutine()) {
                return proceed(invocation.invocableClone());
            }
            CoroutineHolds carrying = new CoroutineHolds();
            coroutine = carrying;
            return carrying.carriedBy(proceed(
                    result.isSuspending()
                            ? invocation.invocableClone(carrying.argumentsCarrying(invocation.getArguments()))
                            : invocation.invocableClone()));
        }

        private @Nullable Object proceed(MethodInvocation anew) throws Exception {
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
        Mono<Void> stopped() {
            return coroutine == null ? Mono.empty() : coroutine.stopped();
        }

        @Override
        Publisher<Object> refused(FileLockException reason) {
            if (reason instanceof FileLockTimeoutException late) {
                observed.notAcquired();
                return publisher(() -> instead(late));
            }
            ReactiveTransactionHolds current = transaction;
            return Mono.error(
                    current != null && reason instanceof LockModeChangeException change
                            ? CallLocks.explained(change, current.takenBy(change.path()))
                            : reason);
        }

        private @Nullable Object instead(FileLockTimeoutException reason) {
            try {
                return plan.otherwise().answer(call, reason);
            } catch (Throwable e) {
                throw Call.asItIs(e);
            }
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
