package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockInterruptedException;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;

/** Takes the lock, runs the method, gives the lock back. */
final class FileLockedInterceptor implements MethodInterceptor {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    private final LockPlans plans;
    private final RegistryLookup registries;
    private final BeanFactory beans;
    private final MinimumHolds minimumHolds;
    private final TransactionHolds transactions;
    private final Duration maxWaitInTransaction;
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
        FileLock lock =
                bind(plan).lock(plan.path().resolve(target, invocation.getMethod(), invocation.getArguments(), beans));
        boolean inTransaction =
                plan.releasesWithTransaction() && transactions.takesPart(invocation.getMethod(), targetClass);
        HeldLock held = acquire(plan, lock);
        if (held == null) {
            log.debug("{} is skipped: {} is held by somebody else", plan.locked(), lock.path());
            return ReturnTypes.notDone(plan.locked().method());
        }
        return run(plan, held, invocation, inTransaction);
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

    /** Null if the method is to be skipped. */
    private @Nullable HeldLock acquire(LockPlan plan, FileLock lock) {
        Duration timeout =
                plan.timeout() != null ? plan.timeout() : lock.options().timeout();
        if (timeout.isNegative() && transactions.threadKeepsAny()) {
            timeout = maxWaitInTransaction; // two threads may want what the other keeps
        }
        try {
            if (plan.skips() && timeout.isZero()) {
                return lock.tryAcquire().orElse(null);
            }
            return lock.acquire(timeout);
        } catch (FileLockTimeoutException e) {
            if (plan.skips()) {
                return null;
            }
            throw e;
        } catch (LockModeChangeException e) {
            throw explained(e, lock);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LockInterruptedException(
                    lock.path(), plan.locked() + " was interrupted while it waited for " + lock.path(), e);
        }
    }

    private LockModeChangeException explained(LockModeChangeException e, FileLock lock) {
        String taker = transactions.takenBy(lock.path());
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

    private @Nullable Object run(LockPlan plan, HeldLock held, MethodInvocation invocation, boolean inTransaction)
            throws Throwable {
        Runnable ending = ending(plan, held);
        boolean kept;
        try {
            kept = inTransaction && transactions.keep(held.path(), held.mode(), plan, ending);
        } catch (RuntimeException | Error e) {
            throw endAfter(e, held::close);
        }
        Object result;
        try {
            result = held.<@Nullable Object>call(() -> proceed(invocation));
        } catch (Throwable e) {
            throw kept ? e : endAfter(e, ending);
        }
        if (!kept) {
            ending.run();
        }
        return result;
    }

    private Runnable ending(LockPlan plan, HeldLock held) {
        if (plan.minimumHold().isZero()) {
            return held::close;
        }
        long since = System.nanoTime();
        return () -> minimumHolds.closeAfter(held, plan.minimumHold().minusNanos(System.nanoTime() - since));
    }

    private static Throwable endAfter(Throwable failure, Runnable ending) {
        try {
            ending.run();
        } catch (RuntimeException e) {
            if (e != failure) {
                failure.addSuppressed(e);
            }
        }
        return failure;
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
