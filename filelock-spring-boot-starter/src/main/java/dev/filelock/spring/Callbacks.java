package dev.filelock.spring;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.Aware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.Lifecycle;
import org.springframework.context.Phased;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/** The methods by which Spring sets a bean up and takes it down: it calls them on the bean itself, not through its proxy. */
final class Callbacks {
    private static final Set<String> LIFECYCLE_ANNOTATIONS = Set.of(
            "jakarta.annotation.PostConstruct",
            "jakarta.annotation.PreDestroy",
            "javax.annotation.PostConstruct",
            "javax.annotation.PreDestroy");

    private static final Set<String> INJECTION_ANNOTATIONS = Set.of(
            "org.springframework.beans.factory.annotation.Autowired",
            "jakarta.inject.Inject",
            "jakarta.annotation.Resource");

    private static final List<Class<?>> INTERFACES_CALLED_ON_THE_BEAN = List.of(
            InitializingBean.class,
            DisposableBean.class,
            SmartInitializingSingleton.class,
            FactoryBean.class,
            AutoCloseable.class);

    /** Called through the proxy, but at moments of Spring's choice. */
    private static final List<Class<?>> OTHER_INTERFACES =
            List.of(SmartLifecycle.class, Lifecycle.class, Phased.class, Ordered.class);

    private Callbacks() {}

    /** Methods that an annotation on the type does not mean. */
    static boolean isLifecycle(Method method, Class<?> beanClass) {
        return calledOnTheBean(method, beanClass) != null
                || OTHER_INTERFACES.stream().anyMatch(type -> implementsMethodOf(type, method, beanClass));
    }

    /** Says why Spring calls the method on the bean itself, or null if it does not. */
    static @Nullable String calledOnTheBean(Method method, Class<?> beanClass) {
        for (Annotation annotation : method.getAnnotations()) {
            String name = annotation.annotationType().getName();
            if (LIFECYCLE_ANNOTATIONS.contains(name) || INJECTION_ANNOTATIONS.contains(name)) {
                return "is annotated with @" + annotation.annotationType().getSimpleName();
            }
        }
        for (Class<?> type : INTERFACES_CALLED_ON_THE_BEAN) {
            if (implementsMethodOf(type, method, beanClass)) {
                return "implements " + type.getSimpleName();
            }
        }
        for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(beanClass)) {
            if (Aware.class.isAssignableFrom(type) && implementsMethodOf(type, method, beanClass)) {
                return "implements " + type.getSimpleName();
            }
        }
        return null;
    }

    /** A subclass may bring the interface of a method that it inherits. */
    private static boolean implementsMethodOf(Class<?> type, Method method, Class<?> beanClass) {
        return Modifier.isPublic(method.getModifiers())
                && type.isAssignableFrom(beanClass)
                && ClassUtils.hasMethod(type, method.getName(), method.getParameterTypes());
    }
}
