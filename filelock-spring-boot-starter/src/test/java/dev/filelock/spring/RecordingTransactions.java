package dev.filelock.spring;

import dev.filelock.LockRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Transactions of nothing, which note when they begin and end and whether a lock is held then. */
class RecordingTransactions extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    final transient List<String> events = new CopyOnWriteArrayList<>();
    private final transient LockRegistry registry;

    RecordingTransactions(LockRegistry registry) {
        this.registry = registry;
    }

    void note(String event) {
        events.add(event);
    }

    void noteHeld(String event) {
        events.add(registry.heldLocks().isEmpty() ? event : event + " [held]");
    }

    @Override
    protected Object doGetTransaction() {
        return new Object();
    }

    @Override
    protected boolean isExistingTransaction(Object transaction) {
        return TransactionSynchronizationManager.hasResource(this);
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        noteHeld("begin");
        TransactionSynchronizationManager.bindResource(this, transaction);
    }

    @Override
    protected Object doSuspend(Object transaction) {
        return TransactionSynchronizationManager.unbindResource(this);
    }

    @Override
    protected void doResume(@org.jspecify.annotations.Nullable Object transaction, Object suspended) {
        TransactionSynchronizationManager.bindResource(this, suspended);
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
        noteHeld("commit");
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        noteHeld("rollback");
    }

    @Override
    protected void doSetRollbackOnly(DefaultTransactionStatus status) {
        noteHeld("rollback-only");
    }

    @Override
    protected void doCleanupAfterCompletion(Object transaction) {
        TransactionSynchronizationManager.unbindResourceIfPossible(this);
    }
}
