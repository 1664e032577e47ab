package dev.filelock.spring;

import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/**
 * One call of a method that may be locked.
 *
 * @param invocation the rest of the way to the method
 * @param targetClass the class of the bean behind the proxy
 */
record Call(MethodInvocation invocation, Class<?> targetClass) {

    static Call of(MethodInvocation invocation) {
        Object target = invocation.getThis();
        return new Call(
                invocation,
                target == null ? invocation.getMethod().getDeclaringClass() : AopUtils.getTargetClass(target));
    }

    /** Runs the method. */
    @Nullable Object proceed() throws Exception {
        try {
            return invocation.proceed();
        } catch (Throwable e) {
            throw asItIs(e);
        }
    }

    /** Throws what must reach the caller unwrapped, even if it is neither an Exception nor an Error. */
    @SuppressWarnings("unchecked")
    static <T extends Throwable> RuntimeException asItIs(Throwable throwable) throws T {
        throw (T) throwable;
    }

    @Nullable Object target() {
        return invocation.getThis();
    }

    Method method() {
        return invocation.getMethod();
    }

    @Nullable Object[] arguments() {
        return invocation.getArguments();
    }
}
