package dev.filelock.spring;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractAutowireCapableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Finds annotations that can't work: at the end of the application's start for all beans, later for each bean whose class becomes known
 * only when it is made.
 */
final class MisuseDetector implements BeanPostProcessor, SmartInitializingSingleton {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    private final ConfigurableListableBeanFactory beans;
    private final BeanInspector inspector;
    private final boolean fail;
    private final List<String> foundWhileStarting = new ArrayList<>();

    /** What is in the log already, for a bean may be made for every request. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private volatile boolean started;

    MisuseDetector(LockPlans plans, RegistryLookup registries, ConfigurableListableBeanFactory beans, boolean fail) {
        this.beans = beans;
        this.inspector = new BeanInspector(plans, registries, new ProxyKinds(beans));
        this.fail = fail;
    }

    @Override
    public void afterSingletonsInstantiated() {
        Set<String> names = new LinkedHashSet<>(List.of(beans.getBeanDefinitionNames()));
        names.addAll(List.of(beans.getSingletonNames()));
        Set<String> problems = new LinkedHashSet<>();
        synchronized (foundWhileStarting) {
            problems.addAll(foundWhileStarting);
        }
        for (String name : names) {
            Object bean = beans.getSingleton(name);
            Class<?> type = bean == null ? beans.getType(name, false) : AopProxyUtils.ultimateTargetClass(bean);
            if (type != null) {
                problems.addAll(inspect(name, ClassUtils.getUserClass(type), bean));
            }
        }
        started = true;
        report(List.copyOf(problems));
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        boolean ordinarySingleton = isOrdinarySingleton(bean, name);
        if (ordinarySingleton && !started) {
            return bean; // seen at the end of the start, when it is what others get
        }
        Class<?> type = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(bean));
        // The proxy of a bean in a circle of dependencies was made earlier and can't be seen from here.
        boolean proxyUnknown = ordinarySingleton
                && beans instanceof AbstractAutowireCapableBeanFactory factory
                && factory.isAllowCircularReferences();
        List<String> problems = inspect(name, type, proxyUnknown ? null : bean);
        if (started) {
            report(problems);
        } else {
            synchronized (foundWhileStarting) {
                foundWhileStarting.addAll(problems);
            }
        }
        return bean;
    }

    /** By its definition: to ask whether a name stands for a singleton makes the FactoryBean behind it, which may be just being made. */
    private boolean isOrdinarySingleton(Object bean, String name) {
        return beans.containsBeanDefinition(name)
                && beans.getMergedBeanDefinition(name).isSingleton()
                && (bean instanceof FactoryBean || !beans.isFactoryBean(name));
    }

    private List<String> inspect(String name, Class<?> type, @Nullable Object bean) {
        if (bean instanceof ScopedObject) {
            return List.of(); // stands for beans that are inspected themselves
        }
        BeanDefinition definition = beans.containsBeanDefinition(name) ? beans.getMergedBeanDefinition(name) : null;
        Set<String> problems = new LinkedHashSet<>(inspector.inspect(name, type, bean, definition));
        for (Class<?> each : interfacesOfProxyOnly(type, bean)) {
            problems.addAll(inspector.inspect(name, each, bean, definition));
        }
        return List.copyOf(problems);
    }

    /** What a library implements by a proxy, such as a repository, has a class behind it that does not know the interface. */
    private static List<Class<?>> interfacesOfProxyOnly(Class<?> type, @Nullable Object bean) {
        return bean == null || !AopUtils.isAopProxy(bean)
                ? List.of()
                : ClassUtils.getAllInterfacesForClassAsSet(bean.getClass()).stream()
                        .filter(each -> !each.isAssignableFrom(type))
                        .toList();
    }

    private void report(List<String> problems) {
        if (problems.isEmpty()) {
            return;
        }
        if (fail) {
            throw new FileLockMisuseException(problems);
        }
        List<String> news = problems.stream().filter(told::add).toList();
        if (!news.isEmpty()) {
            log.warn(FileLockMisuseException.describe(news));
        }
    }
}
