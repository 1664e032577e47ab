package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockRegistry;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.Advisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Finds annotations that can't work as soon as a bean's class is known. What concerns singletons is told together when all of them
 * exist; what concerns a bean made later, at once.
 */
final class MisuseDetector implements BeanPostProcessor, SmartInitializingSingleton, Ordered {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    private final ConfigurableListableBeanFactory beans;
    private final LockPlans plans;
    private final Supplier<LockRegistry> registry;
    private final boolean fail;

    private final Set<String> problems = new LinkedHashSet<>();
    private final List<LockPlan> planned = new ArrayList<>();
    private final Map<String, LockPlan> constants = new HashMap<>();
    private boolean started;

    MisuseDetector(
            ConfigurableListableBeanFactory beans, LockPlans plans, Supplier<LockRegistry> registry, boolean fail) {
        this.beans = beans;
        this.plans = plans;
        this.registry = registry;
        this.fail = fail;
    }

    /** After those that make proxies and add to them. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public synchronized Object postProcessBeforeInitialization(Object bean, String name) {
        Class<?> type = ClassUtils.getUserClass(bean);
        if (Modifier.isFinal(type.getModifiers()) && needsClassProxy(type)) {
            for (LockedMethod locked : lockedMethods(type)) {
                problems.add(locked + ": " + ClassUtils.getShortName(type)
                        + " is final, so it can't have the proxy that takes the lock; take 'final' off the class");
                tell(); // or making the proxy fails with a message that says nothing of locks
            }
        }
        return bean;
    }

    @Override
    public synchronized Object postProcessAfterInitialization(Object bean, String name) {
        Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
        List<LockedMethod> lockedMethods = lockedMethods(type);
        if (!lockedMethods.isEmpty()) {
            lockedMethods.forEach(locked -> check(locked, name));
            checkProxy(bean, type, lockedMethods);
            if (started) {
                checkPlans();
                tell();
            }
        }
        return bean;
    }

    @Override
    public synchronized void afterSingletonsInstantiated() {
        started = true;
        checkPlans();
        tell();
    }

    private List<LockedMethod> lockedMethods(Class<?> type) {
        return plans.methods().isCandidate(type) ? plans.methods().findAll(type) : List.of();
    }

    private boolean needsClassProxy(Class<?> type) {
        return ClassUtils.getAllInterfacesForClass(type).length == 0
                || (beans.containsBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)
                        && beans.getBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME) instanceof ProxyConfig creator
                        && creator.isProxyTargetClass());
    }

    // ---- one method

    private void check(LockedMethod locked, String beanName) {
        String unreachable = whyNoProxyReaches(locked.method(), beanName);
        if (unreachable != null) {
            problems.add(locked + ": " + unreachable);
            return;
        }
        String type = ReturnTypes.problemOf(locked.method());
        if (type != null) {
            problems.add(locked + ": " + type);
        }
        try {
            planned.add(plans.plan(locked));
        } catch (FileLockMisuseException e) {
            problems.addAll(e.problems());
        }
    }

    private @Nullable String whyNoProxyReaches(Method method, String beanName) {
        if (Modifier.isPrivate(method.getModifiers())) {
            return "is private, so no proxy can lock it; make it public and call it from another bean";
        }
        if (Modifier.isStatic(method.getModifiers())) {
            return "is static, so no proxy can lock it; make it a method of the bean, or use LockRegistry";
        }
        if (Modifier.isFinal(method.getModifiers())) {
            return "is final, so no proxy can lock it; take 'final' off the method";
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Bean.class)) {
            return "is a @Bean method, which Spring calls once on the object itself; use an ApplicationRunner or LockRegistry";
        }
        String callback = Callbacks.calledOnTheBean(method);
        if (callback == null && isInitOrDestroyMethod(method, beanName)) {
            callback = "is an init or destroy method";
        }
        return callback == null
                ? null
                : callback
                        + ", so Spring calls it on the object itself and not through its proxy; use an ApplicationRunner or LockRegistry";
    }

    private boolean isInitOrDestroyMethod(Method method, String beanName) {
        if (method.getParameterCount() > 0 || !beans.containsBeanDefinition(beanName)) {
            return false;
        }
        BeanDefinition definition = beans.getMergedBeanDefinition(beanName);
        return method.getName().equals(definition.getInitMethodName())
                || method.getName().equals(definition.getDestroyMethodName());
    }

    // ---- the proxy

    private void checkProxy(Object bean, Class<?> type, List<LockedMethod> lockedMethods) {
        boolean reachable = lockedMethods.stream()
                .anyMatch(locked -> !Modifier.isPrivate(locked.method().getModifiers())
                        && !Modifier.isStatic(locked.method().getModifiers())
                        && !Modifier.isFinal(locked.method().getModifiers())
                        && !AnnotatedElementUtils.hasAnnotation(locked.method(), Bean.class));
        if (!reachable) {
            return;
        }
        Advisor[] advisors = bean instanceof Advised advised ? advised.getAdvisors() : new Advisor[0];
        int ours = -1;
        int transactions = -1;
        for (int i = advisors.length - 1; i >= 0; i--) {
            if (advisors[i] instanceof FileLockedAdvisor) {
                ours = i;
            } else if (advisors[i].getClass().getName().startsWith("org.springframework.transaction.")) {
                transactions = i;
            }
        }
        if (ours < 0) {
            problems.add(lockedMethods.get(0) + ": " + ClassUtils.getShortName(type)
                    + " has no proxy that takes the lock: it is made before proxies are (by a BeanPostProcessor that needs it, for "
                    + "example), or proxies are switched off for it");
        } else if (transactions >= 0 && transactions < ours) {
            problems.add(lockedMethods.get(0) + ": transactions of " + ClassUtils.getShortName(type)
                    + " begin before the lock is taken and commit after it is released, by their order; give "
                    + "@EnableTransactionManagement an order higher than that of filelock.annotations.order");
        }
    }

    // ---- names and directories

    private void checkPlans() {
        if (planned.isEmpty()) {
            return;
        }
        LockRegistry root = registry.get();
        for (LockPlan plan : planned) {
            try {
                LockRegistry directory = plan.registryIn(root);
                LockBackend backend = plan.optionsIn(directory).backendFor(plan.mode());
                directory.resolve(plan.path().sample(), backend);
                LockName constant = plan.path().constant();
                if (constant != null) {
                    checkConstant(plan, constant, backend, root);
                }
            } catch (IllegalArgumentException e) {
                problems.add(plan.locked() + ": " + e.getMessage());
            }
        }
        planned.clear();
    }

    private void checkConstant(LockPlan plan, LockName name, LockBackend backend, LockRegistry root) {
        LockPlan other = constants.putIfAbsent(plan.directory() + ":" + name.family(), plan);
        if (other == null || other.equals(plan)) {
            return;
        }
        LockBackend others = other.optionsIn(other.registryIn(root)).backendFor(other.mode());
        if ((other.mode() == LockMode.EXCLUSIVE) != (plan.mode() == LockMode.EXCLUSIVE)) {
            problems.add(plan.locked() + " locks '" + name + "' with mode " + plan.mode() + ", but " + other.locked()
                    + " with mode "
                    + other.mode()
                    + ": these use different files and would not exclude each other; use mode WRITE instead of "
                    + "EXCLUSIVE, or another name");
        } else if (others != backend) {
            problems.add(plan.locked() + " locks '" + name + "' with backend " + backend + ", but " + other.locked()
                    + " with backend " + others + ": these don't exclude each other; use one backend, or another name");
        }
    }

    private void tell() {
        if (problems.isEmpty()) {
            return;
        }
        List<String> all = List.copyOf(problems);
        problems.clear();
        if (fail) {
            throw new FileLockMisuseException(all);
        }
        log.warn("{}", FileLockMisuseException.describe(all));
    }
}
