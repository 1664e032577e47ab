package dev.filelock.spring;

import dev.filelock.HeldLock;
import dev.filelock.LockModeChangeException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/** The holds that are kept until the transaction in which they were taken has completed. Without spring-tx there are none. */
class TransactionHolds {
    private static final boolean SPRING_TX = ClassUtils.isPresent(
            "org.springframework.transaction.support.TransactionSynchronizationManager",
            TransactionHolds.class.getClassLoader());

    private TransactionHolds() {}

    static TransactionHolds in(BeanFactory beans, Duration maxWait) {
        return SPRING_TX ? new WithTransactions(beans, maxWait) : new TransactionHolds();
    }

    /** Whether a transaction is active on this thread that the method will be a part of. */
    boolean takesPart(Method method, Class<?> targetClass) {
        return false;
    }

    /** Closes the hold when the active transaction has completed. */
    void keep(HeldLock held, LockPlan plan) {
        throw new IllegalStateException("there is no transaction");
    }

    /** A thread that keeps locks for its transaction doesn't wait for ever: two of them could wait for each other. */
    Duration bounded(Duration timeout) {
        return timeout;
    }

    /** Says which method has the lock, if it is kept for the transaction. */
    LockModeChangeException explain(LockModeChangeException e) {
        return e;
    }

    private static final class WithTransactions extends TransactionHolds {
        private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

        private final ObjectProvider<TransactionAttributeSource> sources;
        private final Duration maxWait;

        /** By the thread that took them; a transaction may complete on another. */
        private final ConcurrentMap<Thread, Queue<Kept>> keptByThread = new ConcurrentHashMap<>();

        WithTransactions(BeanFactory beans, Duration maxWait) {
            this.sources = beans.getBeanProvider(TransactionAttributeSource.class);
            this.maxWait = maxWait;
        }

        @Override
        boolean takesPart(Method method, Class<?> targetClass) {
            return TransactionSynchronizationManager.isSynchronizationActive()
                    && TransactionSynchronizationManager.isActualTransactionActive()
                    && sources.stream()
                            .noneMatch(source -> standsAside(source.getTransactionAttribute(method, targetClass)));
        }

        private static boolean standsAside(@org.jspecify.annotations.Nullable TransactionAttribute attribute) {
            if (attribute == null) {
                return false;
            }
            switch (attribute.getPropagationBehavior()) {
                case TransactionDefinition.PROPAGATION_REQUIRES_NEW:
                case TransactionDefinition.PROPAGATION_NOT_SUPPORTED:
                case TransactionDefinition.PROPAGATION_NEVER:
                    return true;
                default:
                    return false;
            }
        }

        @Override
        void keep(HeldLock held, LockPlan plan) {
            Kept kept = new Kept(held, plan, Thread.currentThread());
            TransactionSynchronizationManager.registerSynchronization(kept);
            keptByThread
                    .computeIfAbsent(kept.thread, thread -> new ConcurrentLinkedQueue<>())
                    .add(kept);
        }

        @Override
        Duration bounded(Duration timeout) {
            boolean mayDeadlock = keptByThread.containsKey(Thread.currentThread());
            return timeout.isNegative() && mayDeadlock ? maxWait : timeout;
        }

        @Override
        LockModeChangeException explain(LockModeChangeException e) {
            Queue<Kept> kept = keptByThread.getOrDefault(Thread.currentThread(), new ConcurrentLinkedQueue<>());
            for (Kept each : kept) {
                if (each.held.path().equals(e.path())) {
                    LockModeChangeException explained = new LockModeChangeException(
                            e.path(),
                            e.held(),
                            e.requested(),
                            each.plan.locked()
                                    + " took it and keeps it until the transaction has completed; let that method have "
                                    + "release = METHOD, or ask for mode " + e.requested() + " there");
                    explained.addSuppressed(e);
                    return explained;
                }
            }
            return e;
        }

        private void over(Kept kept) {
            keptByThread.computeIfPresent(kept.thread, (thread, queue) -> {
                queue.remove(kept);
                return queue.isEmpty() ? null : queue;
            });
            try {
                kept.held.close();
            } catch (RuntimeException e) {
                log.warn("{} could not be released after its transaction: {}", kept.held.path(), e.getMessage(), e);
            }
        }

        private final class Kept implements TransactionSynchronization, Ordered {
            private final HeldLock held;
            private final LockPlan plan;
            private final Thread thread;

            Kept(HeldLock held, LockPlan plan, Thread thread) {
                this.held = held;
                this.plan = plan;
                this.thread = thread;
            }

            /** After whatever else is done on completion. */
            @Override
            public int getOrder() {
                return Ordered.LOWEST_PRECEDENCE;
            }

            @Override
            public void afterCompletion(int status) {
                over(this);
            }
        }
    }
}
