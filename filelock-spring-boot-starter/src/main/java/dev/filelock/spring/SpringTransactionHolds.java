package dev.filelock.spring;

import dev.filelock.LockMode;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Ends holds in the last synchronization of the transaction they were taken in. */
final class SpringTransactionHolds implements TransactionHolds {
    private final TransactionAttributes attributes;

    /** What each thread took; a set is shared with the transactions, which may complete on other threads. */
    private final ThreadLocal<@Nullable Set<Kept>> keptByThread = new ThreadLocal<>();

    SpringTransactionHolds(BeanFactory beans) {
        this.attributes = new TransactionAttributes(beans);
    }

    @Override
    public boolean takesPart(Method method, Class<?> targetClass) {
        return TransactionSynchronizationManager.isSynchronizationActive()
                && TransactionSynchronizationManager.isActualTransactionActive()
                && !attributes.leaves(method, targetClass);
    }

    @Override
    public boolean keep(Path path, LockMode mode, LockedMethod takenBy, Runnable ending) {
        Keeper keeper = keeperOfTransaction();
        if (keeper == null) {
            Set<Kept> ofThread = keptByThread.get();
            if (ofThread == null) {
                ofThread = ConcurrentHashMap.newKeySet();
                keptByThread.set(ofThread);
            }
            keeper = new Keeper(this, ofThread);
            TransactionSynchronizationManager.registerSynchronization(keeper);
        }
        return keeper.add(new Kept(path, mode, takenBy.toString(), ending));
    }

    private @Nullable Keeper keeperOfTransaction() {
        for (TransactionSynchronization each : TransactionSynchronizationManager.getSynchronizations()) {
            if (each instanceof Keeper keeper && keeper.holds == this) {
                return keeper;
            }
        }
        return null;
    }

    @Override
    public boolean threadKeepsAny() {
        Set<Kept> kept = keptByThread.get();
        return kept != null && !kept.isEmpty();
    }

    @Override
    public @Nullable String takenBy(Path path) {
        Set<Kept> kept = keptByThread.get();
        return kept == null
                ? null
                : kept.stream()
                        .filter(each -> each.path.equals(path))
                        .map(Kept::takenBy)
                        .findFirst()
                        .orElse(null);
    }

    private void forgetIfEmpty() {
        Set<Kept> kept = keptByThread.get();
        if (kept != null && kept.isEmpty()) {
            keptByThread.remove();
        }
    }

    private record Kept(Path path, LockMode mode, String takenBy, Runnable ending) {}

    /** The holds of one transaction. */
    private static final class Keeper implements TransactionSynchronization {
        private final SpringTransactionHolds holds;
        private final Set<Kept> ofThread;
        private final Deque<Kept> ofTransaction = new ArrayDeque<>();

        Keeper(SpringTransactionHolds holds, Set<Kept> ofThread) {
            this.holds = holds;
            this.ofThread = ofThread;
        }

        boolean add(Kept kept) {
            for (Kept other : ofTransaction) {
                if (other.path.equals(kept.path) && other.mode == kept.mode) {
                    return false;
                }
            }
            ofTransaction.push(kept);
            ofThread.add(kept);
            return true;
        }

        /** After everybody else who acts on the outcome. */
        @Override
        public int getOrder() {
            return Ordered.LOWEST_PRECEDENCE;
        }

        @Override
        public void afterCompletion(int status) {
            RuntimeException failure = null;
            for (Kept kept = ofTransaction.poll(); kept != null; kept = ofTransaction.poll()) {
                ofThread.remove(kept);
                try {
                    kept.ending.run();
                } catch (RuntimeException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            holds.forgetIfEmpty();
            if (failure != null) {
                throw failure; // Spring logs it: the outcome of the transaction stands
            }
        }
    }
}
