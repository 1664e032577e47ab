package dev.filelock.spring;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionInterceptor;

/** Sees to it that a lock is taken before the transaction begins, and so released after its commit. Needs spring-tx. */
final class TransactionOrder {
    private static final List<Integer> PROPAGATIONS_THAT_BEGIN = List.of(
            TransactionDefinition.PROPAGATION_REQUIRED,
            TransactionDefinition.PROPAGATION_REQUIRES_NEW,
            TransactionDefinition.PROPAGATION_NESTED);

    private TransactionOrder() {}

    /** Says what is wrong with the order in which a method's advice runs, or null if nothing is. */
    static @Nullable String problemOf(Method method, Class<?> targetClass, Advised proxy) {
        List<Advisor> advisors = Arrays.asList(proxy.getAdvisors());
        int ours = 0;
        while (!(advisors.get(ours) instanceof FileLockedAdvisor)) {
            ours++;
        }
        int order = ((FileLockedAdvisor) advisors.get(ours)).getOrder();
        for (int i = 0; i < advisors.size(); i++) {
            Advisor advisor = advisors.get(i);
            if (advisor.getAdvice() instanceof TransactionInterceptor interceptor
                    && begins(interceptor, method, targetClass)) {
                int other = advisor instanceof Ordered ordered ? ordered.getOrder() : Ordered.LOWEST_PRECEDENCE;
                if (i < ours || other <= order) {
                    return "its transactions (order " + other + ", the lock's is " + order
                            + ") begin before the lock is taken and commit after it is released, by their order; give them the "
                            + "default order again, or set filelock.annotations.order to less than " + other;
                }
            }
        }
        return null;
    }

    private static boolean begins(TransactionInterceptor interceptor, Method method, Class<?> targetClass) {
        TransactionAttributeSource source = interceptor.getTransactionAttributeSource();
        TransactionAttribute attribute = source == null ? null : source.getTransactionAttribute(method, targetClass);
        return attribute != null && PROPAGATIONS_THAT_BEGIN.contains(attribute.getPropagationBehavior());
    }
}
