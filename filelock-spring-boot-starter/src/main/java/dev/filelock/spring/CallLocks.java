package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

/** Which locks a call takes, and how long it waits for them. */
final class CallLocks {
    private final RegistryLookup registries;
    private final BeanFactory beans;
    private final Duration maxWaitInTransaction;
    private final Map<LockPlan, BoundPlan> bound = new ConcurrentHashMap<>();

    CallLocks(RegistryLookup registries, BeanFactory beans, Duration maxWaitInTransaction) {
        this.registries = registries;
        this.beans = beans;
        this.maxWaitInTransaction = maxWaitInTransaction;
    }

    /** In the order of the annotations. */
    List<FileLock> of(CallPlan plan, Call call) {
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

    /**
     * For all locks together.
     *
     * @param keepsAny whether locks are kept for a transaction meanwhile
     */
    Duration timeout(CallPlan plan, List<FileLock> locks, boolean keepsAny) {
        Duration timeout = plan.timeout() != null ? plan.timeout() : shortestConfigured(locks);
        // Two calls may want what the other keeps for its transaction.
        return timeout.isNegative() && keepsAny ? maxWaitInTransaction : timeout;
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

    /**
     * Says where the other mode comes from.
     *
     * @param taker the method for which a transaction keeps the lock, or null if none does
     */
    static LockModeChangeException explained(LockModeChangeException e, @Nullable String taker) {
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
}
