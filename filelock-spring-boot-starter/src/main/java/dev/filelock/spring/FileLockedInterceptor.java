package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockInterruptedException;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;

/** Runs a method under the lock that its annotation names. */
final class FileLockedInterceptor implements MethodInterceptor {
    private final LockPlans plans;
    private final Supplier<LockRegistry> registry;
    private final BeanFactory beans;
    private final TransactionHolds transactions;
    private final MinimumHolds minimumHolds;

    FileLockedInterceptor(
            LockPlans plans,
            Supplier<LockRegistry> registry,
            BeanFactory beans,
            TransactionHolds transactions,
            MinimumHolds minimumHolds) {
        this.plans = plans;
        this.registry = registry;
        this.beans = beans;
        this.transactions = transactions;
        this.minimumHolds = minimumHolds;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = invocation.getThis();
        Class<?> targetClass =
                target == null ? invocation.getMethod().getDeclaringClass() : AopUtils.getTargetClass(target);
        LockPlan plan = plans.find(invocation.getMethod(), targetClass);
        if (plan == null) {
            return invocation.proceed();
        }
        boolean keptByTransaction = plan.releasesWithTransaction()
                && transactions.takesPart(plan.locked().method(), targetClass);
        long start = System.nanoTime();
        HeldLock held = acquire(plan, invocation, target);
        if (held == null) {
            return ReturnTypes.notDone(plan.locked().method());
        }
        if (keptByTransaction) {
            transactions.keep(held, plan);
        }
        Object result;
        try {
            result = held.call(() -> proceed(invocation));
        } catch (Throwable failure) {
            try {
                release(held, plan, keptByTransaction, start);
            } catch (RuntimeException releaseFailure) {
                failure.addSuppressed(releaseFailure);
            }
            throw failure;
        }
        release(held, plan, keptByTransaction, start);
        return result;
    }

    /** Null if the method is to be skipped. */
    private @Nullable HeldLock acquire(LockPlan plan, MethodInvocation invocation, @Nullable Object target) {
        LockRegistry directory = plan.registryIn(registry.get());
        LockOptions options = plan.optionsIn(directory);
        LockName name = plan.path().resolve(target, invocation.getMethod(), invocation.getArguments(), beans);
        FileLock lock = directory.lock(name, plan.mode(), options);
        Duration timeout = transactions.bounded(plan.timeout() == null ? options.timeout() : plan.timeout());
        try {
            return lock.acquire(timeout);
        } catch (FileLockTimeoutException e) {
            if (plan.skips()) {
                return null;
            }
            throw e;
        } catch (LockModeChangeException e) {
            throw transactions.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LockInterruptedException(
                    lock.path(), plan.locked() + " was interrupted while it waited for " + lock.path(), e);
        }
    }

    private static @Nullable Object proceed(MethodInvocation invocation) throws Exception {
        try {
            return invocation.proceed();
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new UndeclaredThrowableException(e);
        }
    }

    private void release(HeldLock held, LockPlan plan, boolean keptByTransaction, long start) {
        if (keptByTransaction) {
            return;
        }
        if (plan.minimumHold().isZero()) {
            held.close();
        } else {
            minimumHolds.closeAfter(held, plan.minimumHold().minusNanos(System.nanoTime() - start));
        }
    }
}
