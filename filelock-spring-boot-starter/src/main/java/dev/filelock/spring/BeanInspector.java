package dev.filelock.spring;

import dev.filelock.FileLockException;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/** Says what is wrong with the annotations of one bean. */
final class BeanInspector {
    private final LockPlans plans;
    private final RegistryLookup registries;
    private final ProxyKinds proxies;
    private final ConstantNames constantNames = new ConstantNames();

    BeanInspector(LockPlans plans, RegistryLookup registries, ProxyKinds proxies) {
        this.plans = plans;
        this.registries = registries;
        this.proxies = proxies;
    }

    /**
     * Inspects a bean.
     *
     * @param name its name
     * @param type its class
     * @param bean what others get in its place, or null if that is not known
     * @param definition null if it has none
     */
    List<String> inspect(String name, Class<?> type, @Nullable Object bean, @Nullable BeanDefinition definition) {
        List<LockedMethod> methods = plans.methods().findAll(type);
        if (methods.isEmpty()) {
            return List.of();
        }
        List<String> problems = problemsOf(methods, name, type, bean, definition);
        // Asked last, since it makes Mockito start, which takes longer than all the rest.
        return problems.isEmpty() || bean == null || !Mocks.isMock(bean) ? problems : List.of();
    }

    private List<String> problemsOf(
            List<LockedMethod> methods,
            String name,
            Class<?> type,
            @Nullable Object bean,
            @Nullable BeanDefinition definition) {
        List<String> problems = new ArrayList<>();
        boolean classProxy = bean != null && AopUtils.isAopProxy(bean)
                ? !AopUtils.isJdkDynamicProxy(bean)
                : proxies.needsClassProxy(type);
        if (classProxy && Modifier.isFinal(type.getModifiers())) {
            problems.add(
                    ClassUtils.getShortName(type)
                            + " is final, so it can't have the proxy that takes the lock; take 'final' off the class (Kotlin: make it open)");
        } else if (bean != null && !isLockedByProxy(bean)) {
            problems.add(ClassUtils.getShortName(type) + " (bean '" + name
                    + "') has no proxy that takes the lock: it was made before proxies are (for a BeanPostProcessor that needs it), or "
                    + "registered ready-made; let Spring make it as an ordinary bean");
        }
        for (LockedMethod locked : methods) {
            String reason = unreachable(locked, type, classProxy, definition);
            if (reason != null) {
                problems.add(locked + ": " + reason);
            } else if (bean != null) {
                checkProxy(locked, type, bean, problems);
            }
            String wrongReturn = ReturnTypes.problemOf(locked.method());
            if (wrongReturn != null) {
                problems.add(locked + ": it " + wrongReturn);
            }
            checkPlan(locked, type, problems);
        }
        return problems;
    }

    /** Why calls of a method don't pass the proxy, or null if they do. */
    private static @Nullable String unreachable(
            LockedMethod locked, Class<?> type, boolean classProxy, @Nullable BeanDefinition definition) {
        Method method = locked.method();
        int modifiers = method.getModifiers();
        if (Modifier.isStatic(modifiers)) {
            return "it is static, so no proxy can lock it; make it a method of the bean, or use LockRegistry";
        }
        if (Modifier.isPrivate(modifiers)) {
            return "it is private, so no proxy can lock it; make it public and call it from another bean, or use LockRegistry";
        }
        if (classProxy && Modifier.isFinal(modifiers)) {
            return "it is final, so no proxy can lock it; take 'final' off the method (Kotlin: make it open)";
        }
        if (classProxy
                && !Modifier.isPublic(modifiers)
                && !Modifier.isProtected(modifiers)
                && !method.getDeclaringClass().getPackageName().equals(type.getPackageName())) {
            return "it is package-private in another package than " + ClassUtils.getShortName(type)
                    + ", so the proxy can't lock it; make it protected or public";
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Bean.class)) {
            return "it is a @Bean method, which Spring calls once on the object itself; use an ApplicationRunner or LockRegistry";
        }
        String callback = Callbacks.calledOnTheBean(method, type);
        if (callback == null && definition instanceof AbstractBeanDefinition abstractDefinition) {
            callback = configuredCallback(method, abstractDefinition);
        }
        if (callback != null) {
            return "it " + callback
                    + ", so Spring calls it on the object itself and not through its proxy; use an ApplicationRunner or LockRegistry";
        }
        return null;
    }

    private static @Nullable String configuredCallback(Method method, AbstractBeanDefinition definition) {
        if (method.getParameterCount() > 0) {
            return null;
        }
        if (has(definition.getInitMethodNames(), method.getName())) {
            return "is the bean's init method";
        }
        boolean inferred = has(definition.getDestroyMethodNames(), AbstractBeanDefinition.INFER_METHOD)
                && (method.getName().equals("close") || method.getName().equals("shutdown"));
        return inferred || has(definition.getDestroyMethodNames(), method.getName())
                ? "is the bean's destroy method"
                : null;
    }

    private static boolean has(String @Nullable [] names, String name) {
        return names != null && Arrays.asList(names).contains(name);
    }

    private static boolean isLockedByProxy(Object bean) {
        return lockedBy(bean) != null;
    }

    /** The innermost proxies may be wrapped in others. */
    private static @Nullable Advised lockedBy(Object bean) {
        Object candidate = bean;
        while (candidate instanceof Advised advised) {
            for (Advisor advisor : advised.getAdvisors()) {
                if (advisor instanceof FileLockedAdvisor) {
                    return advised;
                }
            }
            candidate = AopProxyUtils.getSingletonTarget(candidate);
        }
        return null;
    }

    private static void checkProxy(LockedMethod locked, Class<?> type, Object bean, List<String> problems) {
        Advised advised = lockedBy(bean);
        if (advised == null) {
            return;
        }
        Method method = locked.method();
        if (AopUtils.isJdkDynamicProxy(bean)
                && locked.annotatedItself()
                && Arrays.stream(advised.getProxiedInterfaces())
                        .flatMap(each -> Arrays.stream(each.getMethods()))
                        .noneMatch(declaration -> LockedMethodFinder.implementsIt(method, declaration, type))) {
            problems.add(locked
                    + ": the proxy of the bean has only the interfaces of its class, and none declares the method; add it to "
                    + "one, or set spring.aop.proxy-target-class=true");
        }
        if (TransactionHolds.AVAILABLE) {
            String problem = TransactionOrder.problemOf(method, type, advised);
            if (problem != null) {
                problems.add(locked + ": " + problem);
            }
        }
    }

    private void checkPlan(LockedMethod locked, Class<?> type, List<String> problems) {
        CallPlan plan;
        try {
            plan = plans.plan(locked);
        } catch (FileLockMisuseException e) {
            problems.addAll(e.problems());
            return;
        }
        String problem = plan.otherwise().problemFor(type);
        if (problem == null) {
            problem = circle(plan, type);
        }
        if (problem != null) {
            problems.add(locked + ": " + problem);
        }
        plan.locks().forEach(lock -> checkLock(locked, lock, problems));
    }

    /** Fallbacks that are locked and have fallbacks themselves would, with none of the locks to be had, call each other for ever. */
    private @Nullable String circle(CallPlan plan, Class<?> type) {
        List<LockedMethod> passed = new ArrayList<>();
        CallPlan current = plan;
        Class<?> owner = type;
        while (current != null
                && !passed.contains(current.locked())
                && current.otherwise() instanceof Fallback fallback) {
            passed.add(current.locked());
            Fallback.Proxied next = fallback.problemFor(owner) == null ? fallback.proxied(owner) : null;
            owner = next == null ? owner : next.owner();
            current = next == null ? null : planOf(next);
        }
        if (current == null || passed.size() < 2 || !current.locked().equals(plan.locked())) {
            return null;
        }
        passed.add(plan.locked());
        return "its fallback leads back to it, so that with all their locks held elsewhere they would call each other for ever: "
                + passed.stream().map(LockedMethod::toString).collect(Collectors.joining(" -> "))
                + "; let one of them have another fallback, or none";
    }

    private @Nullable CallPlan planOf(Fallback.Proxied next) {
        try {
            return plans.find(next.method(), next.owner());
        } catch (FileLockMisuseException e) {
            return null; // said of that bean
        }
    }

    private void checkLock(LockedMethod locked, LockPlan plan, List<String> problems) {
        try {
            LockRegistry registry = plan.registryIn(registries.get());
            LockMode mode = plan.mode();
            LockBackend backend = plan.optionsIn(registry).backendFor(mode);
            registry.resolve(plan.path().sample(), backend);
            String conflict = constantNames.add(locked, plan, registry, backend);
            if (conflict != null) {
                problems.add(locked + ": " + conflict);
            }
        } catch (IllegalArgumentException | FileLockException e) {
            problems.add(locked + ": " + e.getMessage());
        }
    }
}
