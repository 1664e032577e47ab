package dev.filelock.spring;

import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The holds that are kept until a transaction of Reactor has completed, as {@link TransactionHolds} are for one of a thread. */
final class ReactiveTransactionHolds {
    private final TransactionSynchronizationManager transaction;

    private ReactiveTransactionHolds(TransactionSynchronizationManager transaction) {
        this.transaction = transaction;
    }

    /** Those of the subscriber's context; nothing if it has no transactions. */
    static Mono<ReactiveTransactionHolds> current() {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .map(ReactiveTransactionHolds::new)
                .onErrorResume(NoTransactionException.class, e -> Mono.empty());
    }

    boolean isActive() {
        return transaction.isSynchronizationActive() && transaction.isActualTransactionActive();
    }

    boolean keepsAny() {
        return !kept().isEmpty();
    }

    /** The method for which that lock is kept, or null if it is not. */
    @Nullable String takenBy(Path path) {
        return kept().stream()
                .filter(each -> each.level.path().equals(path))
                .map(Kept::takenBy)
                .findFirst()
                .orElse(null);
    }

    /** What is kept is re-entered, as a thread re-enters it. */
    LockContext within(LockContext context) {
        LockContext extended = context;
        for (Kept each : kept()) {
            extended = extended.under(each.level);
        }
        return extended;
    }

    /** Keeps locks, beside those who hold them, until the active transaction has completed. */
    void keep(List<HeldLock> held, LockedMethod takenBy) {
        Keeper keeper = keeper();
        for (HeldLock hold : held) {
            if (!keeper.keeps(hold)) {
                keeper.add(new Kept(hold.again(), takenBy.toString()));
            }
        }
    }

    private Keeper keeper() {
        for (TransactionSynchronization each : transaction.getSynchronizations()) {
            if (each instanceof Keeper keeper) {
                return keeper;
            }
        }
        Kept.All all = (Kept.All) transaction.getResource(Kept.All.class);
        if (all == null) {
            all = new Kept.All();
            transaction.bindResource(Kept.All.class, all); // stays where a synchronization is suspended
        }
        Keeper keeper = new Keeper(all);
        transaction.registerSynchronization(keeper);
        return keeper;
    }

    private List<Kept> kept() {
        Kept.All all = (Kept.All) transaction.getResource(Kept.All.class);
        return all == null ? List.of() : all;
    }

    private record Kept(HeldLock level, String takenBy) {

        /** Of all transactions of one context, some of which may be suspended. */
        static final class All extends CopyOnWriteArrayList<Kept> {
            private static final long serialVersionUID = 1L;
        }
    }

    /** The holds of one transaction. */
    private static final class Keeper implements TransactionSynchronization, Ordered {
        private final Kept.All all;
        private final List<Kept> ofTransaction = new CopyOnWriteArrayList<>();

        Keeper(Kept.All all) {
            this.all = all;
        }

        boolean keeps(HeldLock hold) {
            return ofTransaction.stream()
                    .anyMatch(each -> each.level.path().equals(hold.path()) && each.level.mode() == hold.mode());
        }

        void add(Kept kept) {
            ofTransaction.add(0, kept);
            all.add(kept);
        }

        /** After everybody else who acts on the outcome. */
        @Override
        public int getOrder() {
            return Ordered.LOWEST_PRECEDENCE;
        }

        @Override
        public Mono<Void> afterCompletion(int status) {
            return Flux.fromIterable(ofTransaction)
                    .concatMapDelayError(each -> LockedSubscription.mayWait(() -> {
                        all.remove(each);
                        each.level.close();
                    }))
                    .then(); // Spring logs what fails: the outcome of the transaction stands
        }
    }
}
