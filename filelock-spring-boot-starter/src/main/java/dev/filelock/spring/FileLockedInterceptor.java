package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLockObservations.Observed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.function.SingletonSupplier;

/** Takes the locks, runs the method, gives the locks back. */
final class FileLockedInterceptor implements MethodInterceptor {
    private final LockPlans plans;
    private final RegistryLookup registries;
    private final BeanFactory beans;
    private final MinimumHolds minimumHolds;
    private final TransactionHolds transactions;
    private final Duration maxWaitInTransaction;
    private final SingletonSupplier<FileLockObservations> observations;
    private final Map<LockPlan, BoundPlan> bound = new ConcurrentHashMap<>();

    FileLockedInterceptor(
            LockPlans plans,
            RegistryLookup registries,
            BeanFactory beans,
            MinimumHolds minimumHolds,
            TransactionHolds transactions,
            Duration maxWaitInTransaction) {
        this.plans = plans;
        this.registries = registries;
        this.beans = beans;
        this.minimumHolds = minimumHolds;
        this.transactions = transactions;
        this.maxWaitInTransaction = maxWaitInTransaction;
        this.observations = SingletonSupplier.ofNullable(
                () -> beans.getBeanProvider(FileLockObservations.class).getIfUnique());
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Call call = Call.of(invocation);
        CallPlan plan = plans.find(call.method(), call.targetClass());
        if (plan == null) {
            return invocation.proceed();
        }
        Observed observed = FileLockObservations.begin(observations.get(), plan);
        try {
            return invoke(plan, call, observed);
        } catch (Throwable e) {
            observed.failed(e);
            throw e;
        } finally {
            observed.end();
        }
    }

    private @Nullable Object invoke(CallPlan plan, Call call, Observed observed) throws Throwable {
        boolean asynchronous = plan.work() == Work.WITH_STAGE;
        if (asynchronous) {
            ReactorThreads.refuseNonBlocking(plan.locked());
        }
        List<FileLock> locks = locks(plan, call);
        Holds holds;
        try {
            holds = acquire(plan, locks);
        } catch (FileLockTimeoutException e) { // never the method's own, which may throw one too
            observed.notAcquired();
            if (asynchronous && plan.otherwise() == Otherwise.THROW) {
                return failed(e, observed);
            }
            return plan.otherwise().answer(call, e);
        } catch (FileLockException e) {
            if (asynchronous) {
                return failed(e, observed);
            }
            throw e;
        }
        observed.acquired(locks);
        return run(plan, call, holds, observed);
    }

    /** Who waits for a stage looks there for failures, too. */
    private static CompletableFuture<?> failed(FileLockException failure, Observed observed) {
        observed.failed(failure);
        return CompletableFuture.failedFuture(failure);
    }

    // ---- which locks

    /** In the order of the annotations. */
    private List<FileLock> locks(CallPlan plan, Call call) {
        List<FileLock> locks = new ArrayList<>(plan.locks().size());
        for (LockPlan each : plan.locks()) {
            BoundPlan of = bind(each);
            for (LockName name : each.path().resolve(call, beans)) {
                locks.add(of.lock(name));
            }
        }
        return locks;
    }

    private BoundPlan bind(LockPlan plan) {
        BoundPlan known = bound.get(plan);
        return known != null ? known : bound.computeIfAbsent(plan, this::bindNew);
    }

    private BoundPlan bindNew(LockPlan plan) {
        LockRegistry registry = plan.registryIn(registries.get());
        return new BoundPlan(plan, registry, plan.optionsIn(registry));
    }

    private record BoundPlan(LockPlan plan, LockRegistry registry, LockOptions options) {
        FileLock lock(LockName name) {
            return registry.lock(name, plan.mode(), options);
        }
    }

    // ---- acquisition

    private Holds acquire(CallPlan plan, List<FileLock> locks) {
        List<HeldLock> held;
        try {
            held = new Acquisition(plan, timeout(plan, locks)).takeAll(LockOrder.of(locks));
        } catch (LockModeChangeException e) {
            throw explained(e);
        }
        return new Holds(held, ending(plan));
    }

    private Duration timeout(CallPlan plan, List<FileLock> locks) {
        Duration timeout = plan.timeout() != null ? plan.timeout() : shortestConfigured(locks);
        // Two threads may want what the other keeps for its transaction.
        return timeout.isNegative() && transactions.threadKeepsAny() ? maxWaitInTransaction : timeout;
    }

    private static Duration shortestConfigured(List<FileLock> locks) {
        Duration shortest = LockOptions.FOREVER;
        for (FileLock lock : locks) {
            Duration configured = lock.options().timeout();
            if (shortest.isNegative() || (!configured.isNegative() && configured.compareTo(shortest) < 0)) {
                shortest = configured;
            }
        }
        return shortest;
    }

    private LockModeChangeException explained(LockModeChangeException e) {
        String taker = transactions.takenBy(e.path());
        if (taker == null) {
            return e;
        }
        LockModeChangeException explained = new LockModeChangeException(
                e.path(),
                e.held(),
                e.requested(),
                taker
                        + " took it earlier in this transaction, which keeps it until it completes; put release = METHOD on that "
                        + "method to give it back when it returns, or let it ask for mode " + e.requested());
        explained.addSuppressed(e);
        return explained;
    }

    private Consumer<HeldLock> ending(CallPlan plan) {
        if (plan.minimumHold().isZero()) {
            return HeldLock::close;
        }
        long since = System.nanoTime();
        return held -> minimumHolds.closeAfter(held, plan.minimumHold().minusNanos(System.nanoTime() - since));
    }

    // ---- work and release

    /**
     * Runs the method. The one place that knows when its work is done, and so how long its locks are held: until it returns, or until
     * the stage completes that it returns.
     */
    private @Nullable Object run(CallPlan plan, Call call, Holds holds, Observed observed) throws Throwable {
        Object result;
        try {
            if (plan.release() == FileLocked.Release.TRANSACTION
                    && transactions.takesPart(call.method(), call.targetClass())) {
                if (plan.work() == Work.WITH_STAGE) {
                    holds.keepAlsoFor(transactions, plan.locked());
                } else {
                    holds.keepFor(transactions, plan.locked());
                }
            }
            result = holds.<@Nullable Object>call(() -> proceed(call.invocation()));
            if (plan.work() == Work.WITH_STAGE && result instanceof CompletionStage<?> stage) {
                return heldUntilDone(stage, holds, observed);
            }
            if (result instanceof Future<?> future && !future.isDone()) {
                throw new IllegalStateException(
                        plan.locked() + " returned a " + future.getClass().getName()
                                + " that is not done, so its lock can't be held until it is; return a CompletableFuture");
            }
        } catch (Throwable e) {
            Holds.cleanUpAfter(e, holds::end);
            throw e;
        }
        holds.end();
        return result;
    }

    private static <T> CompletableFuture<T> heldUntilDone(CompletionStage<T> work, Holds holds, Observed observed) {
        holds.detach();
        CompletableFuture<T> done = new HeldStage<>(work, holds::end);
        observed.endsWith(done);
        return done;
    }

    private static @Nullable Object proceed(MethodInvocation invocation) throws Exception {
        try {
            return invocation.proceed();
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw FileLockedInterceptor.<RuntimeException>asItIs(e);
        }
    }

    /** The method's own throwable must reach the caller unwrapped, even one that is neither an Exception nor an Error. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T asItIs(Throwable throwable) throws T {
        throw (T) throwable;
    }
}
