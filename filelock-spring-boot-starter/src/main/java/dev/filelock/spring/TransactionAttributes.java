package dev.filelock.spring;

import java.lang.reflect.Method;
import java.util.List;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.util.function.SingletonSupplier;

/** Knows what transactions methods ask for. Needs spring-tx. */
final class TransactionAttributes {
    private final SingletonSupplier<List<TransactionAttributeSource>> sources;

    TransactionAttributes(BeanFactory beans) {
        this.sources = SingletonSupplier.of(() ->
                beans.getBeanProvider(TransactionAttributeSource.class).stream().toList());
    }

    /** Whether a method does not do its work in the transaction that is active when it is called. */
    boolean leaves(Method method, Class<?> targetClass) {
        for (TransactionAttributeSource source : sources.obtain()) {
            TransactionAttribute attribute = source.getTransactionAttribute(method, targetClass);
            if (attribute != null) {
                int propagation = attribute.getPropagationBehavior();
                return propagation == TransactionDefinition.PROPAGATION_REQUIRES_NEW
                        || propagation == TransactionDefinition.PROPAGATION_NOT_SUPPORTED
                        || propagation == TransactionDefinition.PROPAGATION_NEVER;
            }
        }
        return false;
    }
}
