package dev.filelock.spring;

import java.io.Serial;
import java.lang.reflect.Method;
import java.util.Objects;
import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ClassFilter;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/** Brings the interceptor to the methods that are locked. */
final class FileLockedAdvisor extends AbstractPointcutAdvisor {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut;
    private final transient FileLockedInterceptor interceptor;

    FileLockedAdvisor(LockedMethodFinder methods, ProxyKinds proxies, FileLockedInterceptor interceptor, int order) {
        this.pointcut = new LockedMethodPointcut(methods, proxies);
        this.interceptor = interceptor;
        setOrder(order);
    }

    @Override
    public Pointcut getPointcut() {
        return pointcut;
    }

    @Override
    public Advice getAdvice() {
        return interceptor;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FileLockedAdvisor advisor && advisor.interceptor.equals(interceptor);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(interceptor);
    }

    private static final class LockedMethodPointcut extends StaticMethodMatcherPointcut {
        private final LockedMethodFinder methods;

        LockedMethodPointcut(LockedMethodFinder methods, ProxyKinds proxies) {
            this.methods = methods;
            // Trying to proxy what can't be proxied would end in an error that does not name the annotation.
            setClassFilter((ClassFilter) type -> methods.isCandidate(type) && !proxies.isFinalAndNeedsClassProxy(type));
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return methods.find(method, targetClass) != null;
        }
    }
}
