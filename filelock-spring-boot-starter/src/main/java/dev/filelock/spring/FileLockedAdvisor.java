package dev.filelock.spring;

import java.lang.reflect.Method;
import org.aopalliance.aop.Advice;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/** Brings the interceptor to the methods that are locked. */
final class FileLockedAdvisor extends AbstractPointcutAdvisor {
    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut;
    private final transient FileLockedInterceptor interceptor;

    FileLockedAdvisor(LockedMethodFinder methods, FileLockedInterceptor interceptor, int order) {
        this.interceptor = interceptor;
        this.pointcut = new LockedMethods(methods);
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

    private static final class LockedMethods extends StaticMethodMatcherPointcut {
        private final LockedMethodFinder methods;

        LockedMethods(LockedMethodFinder methods) {
            this.methods = methods;
            setClassFilter(methods::isCandidate);
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return methods.find(method, targetClass) != null;
        }
    }
}
