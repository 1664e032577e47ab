package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockModeChangeException;
import dev.filelock.spring.FileLockObservations.Observed;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.function.SingletonSupplier;

/** Takes the locks, runs the method, gives the locks back. */
final class FileLockedInterceptor implements MethodInterceptor {
    private final LockPlans plans;
    private final CallLocks locks;
    private final MinimumHolds minimumHolds;
    private final TransactionHolds transactions;
    private final SingletonSupplier<FileLockObservations> observations;
    private final SingletonSupplier<ReactiveCalls> reactive;

    FileLockedInterceptor(
            LockPlans plans,
            CallLocks locks,
            BeanFactory beans,
            MinimumHolds minimumHolds,
            TransactionHolds transactions) {
        this.plans = plans;
        this.locks = locks;
        this.minimumHolds = minimumHolds;
        this.transactions = transactions;
        this.observations = SingletonSupplier.ofNullable(
                () -> beans.getBeanProvider(FileLockObservations.class).getIfUnique());
        this.reactive = SingletonSupplier.of(() -> new ReactiveCalls(locks, minimumHolds, beans, observations));
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Call call = Call.of(invocation);
        CallPlan plan = plans.find(call.method(), call.targetClass());
        if (plan == null) {
            return invocation.proceed();
        }
        if (plan.work() == Work.PER_SUBSCRIPTION) {
            return reactive.obtain().locked(plan, call);
        }
        Observed observed = FileLockObservations.begin(observations.get(), plan);
        return observed.call(() -> locked(plan, call, observed));
    }

    private @Nullable Object locked(CallPlan plan, Call call, Observed observed) throws Exception {
        boolean asynchronous = plan.work() == Work.WITH_STAGE;
        List<FileLock> asked;
        Holds holds;
        try {
            if (asynchronous) {
                ReactorThreads.refuseNonBlocking(plan.locked());
            }
            asked = locks.of(plan, call);
            holds = acquire(plan, asked);
        } catch (FileLockTimeoutException e) { // never the method's own, which may throw one too
            return late(plan, call, observed, e);
        } catch (RuntimeException | Error e) {
            observed.failed(e);
            observed.end();
            if (asynchronous && e instanceof FileLockException) {
                return CompletableFuture.failedFuture(e); // who waits for a stage looks there
            }
            throw e;
        }
        observed.acquired(asked);
        return run(plan, call, holds, observed);
    }

    private static @Nullable Object late(CallPlan plan, Call call, Observed observed, FileLockTimeoutException reason)
            throws Exception {
        observed.notAcquired();
        try {
            if (plan.work() == Work.WITH_STAGE && plan.otherwise() == Otherwise.THROW) {
                observed.failed(reason);
                return CompletableFuture.failedFuture(reason);
            }
            return plan.otherwise().answer(call, reason);
        } catch (Throwable e) {
            observed.failed(e);
            throw Call.asItIs(e);
        } finally {
            observed.end();
        }
    }

    private Holds acquire(CallPlan plan, List<FileLock> asked) {
        Duration timeout = locks.timeout(plan, asked, transactions.threadKeepsAny());
        List<HeldLock> held;
        try {
            held = new Acquisition(plan, timeout).takeAll(LockOrder.of(asked));
        } catch (LockModeChangeException e) {
            throw CallLocks.explained(e, transactions.takenBy(e.path()));
        }
        return new Holds(held, minimumHolds.endingFromNow(plan.minimumHold()));
    }

    /**
     * Runs the method. The one place that knows when its work is done, and so how long its locks are held: until it returns, or until
     * the stage completes that it returns.
     */
    private @Nullable Object run(CallPlan plan, Call call, Holds holds, Observed observed) throws Exception {
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
            result = holds.<@Nullable Object>call(call::proceed);
            if (plan.work() == Work.WITH_STAGE && result instanceof CompletionStage<?> stage) {
                return heldUntilDone(stage, holds, observed);
            }
            ReturnTypes.refuseUnfinished(plan.locked(), result);
        } catch (Throwable e) {
            end(holds, observed, e);
            throw Call.asItIs(e);
        }
        end(holds, observed, null);
        return result;
    }

    private static <T> CompletableFuture<T> heldUntilDone(CompletionStage<T> work, Holds holds, Observed observed) {
        holds.detach();
        return new HeldStage<>(work, failure -> end(holds, observed, failure));
    }

    /** Gives the locks back. That fails only if the work has not: its failure is what the caller is to see. */
    private static void end(Holds holds, Observed observed, @Nullable Throwable failure) {
        Throwable outcome = failure;
        try {
            if (failure == null) {
                holds.end();
            } else {
                Holds.cleanUpAfter(failure, holds::end);
            }
        } catch (RuntimeException e) {
            outcome = e;
            throw e;
        } finally {
            observed.end(outcome);
        }
    }
}
