package dev.filelock.spring;

import dev.filelock.LockMode;
import java.lang.reflect.Method;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;

/** The holds that are kept until a transaction has completed. */
interface TransactionHolds {
    /** Where there are no transactions. */
    TransactionHolds NONE = new TransactionHolds() {
        @Override
        public boolean takesPart(Method method, Class<?> targetClass) {
            return false;
        }

        @Override
        public boolean keep(Path path, LockMode mode, LockedMethod takenBy, Runnable ending) {
            return false;
        }

        @Override
        public boolean threadKeepsAny() {
            return false;
        }

        @Override
        public @Nullable String takenBy(Path path) {
            return null;
        }
    };

    /** Whether the application has spring-tx. */
    boolean AVAILABLE = ClassUtils.isPresent(
            "org.springframework.transaction.interceptor.TransactionInterceptor",
            TransactionHolds.class.getClassLoader());

    static TransactionHolds of(BeanFactory beans) {
        return AVAILABLE ? new SpringTransactionHolds(beans) : NONE;
    }

    /** Whether a transaction is active on this thread and the method will do its work in it. */
    boolean takesPart(Method method, Class<?> targetClass);

    /**
     * Runs the ending when the active transaction has completed.
     *
     * @return false if the transaction keeps the lock already, so the caller runs the ending itself
     */
    boolean keep(Path path, LockMode mode, LockedMethod takenBy, Runnable ending);

    /** Whether this thread has holds that wait for the end of a transaction. */
    boolean threadKeepsAny();

    /** The method for which this thread keeps that lock, or null if it does not. */
    @Nullable String takenBy(Path path);
}
