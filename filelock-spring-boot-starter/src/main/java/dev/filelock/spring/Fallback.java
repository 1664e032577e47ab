package dev.filelock.spring;

import dev.filelock.FileLockTimeoutException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Answers with another method: one of the bean, called on the object itself as {@code this.method()} would be, or one of another
 * bean, called through that bean's proxy. It takes the arguments of the locked method, and may take the reason as a last one.
 */
final class Fallback implements Otherwise {
    private final LockedMethod locked;
    private final @Nullable String bean;
    private final String name;
    private final BeanFactory beans;

    /** By the class of the locked bean, since a fallback may be inherited, or brought by a subclass. */
    private final Map<Class<?>, Method> found = new ConcurrentHashMap<>();

    private Fallback(LockedMethod locked, @Nullable String bean, String name, BeanFactory beans) {
        this.locked = locked;
        this.bean = bean;
        this.name = name;
        this.beans = beans;
    }

    /**
     * Reads the attribute.
     *
     * @param text {@code method} or {@code bean::method}
     * @throws IllegalArgumentException if it is neither
     */
    static Fallback parse(String text, LockedMethod locked, BeanFactory beans) {
        String[] parts = text.trim().split("::", -1);
        if (parts.length > 2 || Arrays.stream(parts).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    "'" + text + "' names no method; write the name of one, or bean::method, without parentheses");
        }
        return parts.length == 1
                ? new Fallback(locked, null, parts[0].trim(), beans)
                : new Fallback(locked, parts[0].trim(), parts[1].trim(), beans);
    }

    @Override
    public @Nullable Object answer(Call call, FileLockTimeoutException reason) throws Throwable {
        Method method = found.computeIfAbsent(call.targetClass(), this::find);
        Object receiver = bean == null ? call.target() : beans.getBean(bean);
        @Nullable Object[] arguments = call.arguments();
        if (method.getParameterCount() > arguments.length) {
            arguments = with(reason, arguments, valueParameters(locked.method()));
        }
        Method invocable =
                bean == null || receiver == null ? method : AopUtils.selectInvocableMethod(method, receiver.getClass());
        return AopUtils.invokeJoinpointUsingReflection(receiver, invocable, arguments);
    }

    private static @Nullable Object[] with(Object reason, @Nullable Object[] arguments, int position) {
        @Nullable Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        System.arraycopy(arguments, position, all, position + 1, arguments.length - position);
        all[position] = reason;
        return all;
    }

    /** A suspending function has one more, for its caller. */
    private static int valueParameters(Method method) {
        return method.getParameterCount() - (KotlinDetector.isSuspendingFunction(method) ? 1 : 0);
    }

    @Override
    public boolean tellsReason() {
        return true;
    }

    @Override
    public @Nullable String problemFor(Class<?> targetClass) {
        if (bean != null && !beans.containsBean(bean)) {
            return this + ", but there is no bean '" + bean + "'";
        }
        try {
            find(targetClass);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /**
     * A method that is called through a proxy, and so perhaps under a lock of its own.
     *
     * @param owner the class of its bean
     */
    record Proxied(Method method, Class<?> owner) {}

    /**
     * The method that answers for a bean of the given class, if it is another bean's.
     *
     * @throws IllegalArgumentException if there is none that fits
     */
    @Nullable Proxied proxied(Class<?> targetClass) {
        Class<?> type = bean == null || !beans.containsBean(bean) ? null : beans.getType(bean);
        return type == null ? null : new Proxied(find(targetClass), ClassUtils.getUserClass(type));
    }

    private Method find(Class<?> targetClass) {
        Class<?> type = bean == null ? declaring(targetClass) : beans.getType(bean);
        if (type == null) {
            throw new IllegalArgumentException(this + ", but the class of that bean is not known");
        }
        Class<?> owner = ClassUtils.getUserClass(type);
        List<Method> called = methodsCalled(owner);
        if (called.isEmpty()) {
            throw new IllegalArgumentException(this + ", but " + ClassUtils.getShortName(owner)
                    + " has no method of that name; add " + wanted(targetClass));
        }
        List<Method> fitting = called.stream()
                .filter(method -> takesTheArguments(method, owner, targetClass))
                .toList();
        if (fitting.isEmpty()) {
            throw new IllegalArgumentException(
                    this + ", but the parameters don't fit: " + describe(called) + "; make it " + wanted(targetClass)
                            + ", or add a last parameter of type FileLockTimeoutException");
        }
        if (fitting.size() > 1) {
            throw new IllegalArgumentException(this + ", but several methods fit: " + describe(fitting)
                    + "; give the one that is meant a name of its own");
        }
        Method method = fitting.get(0);
        checkResult(method, owner, targetClass);
        checkReach(method);
        return method;
    }

    /** The class, unless it stands behind a proxy whose interface it does not implement. */
    private Class<?> declaring(Class<?> targetClass) {
        Class<?> declaring = locked.method().getDeclaringClass();
        return declaring.isAssignableFrom(targetClass) ? targetClass : declaring;
    }

    private List<Method> methodsCalled(Class<?> owner) {
        return Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(owner))
                .filter(method -> method.getName().equals(name) && !method.isBridge())
                .toList();
    }

    private boolean takesTheArguments(Method method, Class<?> owner, Class<?> targetClass) {
        int given = valueParameters(locked.method());
        int taken = valueParameters(method);
        if ((taken != given && taken != given + 1)
                || KotlinDetector.isSuspendingFunction(method)
                        != KotlinDetector.isSuspendingFunction(locked.method())) {
            return false;
        }
        for (int i = 0; i < given; i++) {
            Class<?> argument = ResolvableType.forMethodParameter(locked.method(), i, targetClass)
                    .toClass();
            if (!ClassUtils.isAssignable(
                    ResolvableType.forMethodParameter(method, i, owner).toClass(), argument)) {
                return false;
            }
        }
        return taken == given || method.getParameterTypes()[given].isAssignableFrom(FileLockTimeoutException.class);
    }

    private void checkResult(Method method, Class<?> owner, Class<?> targetClass) {
        Class<?> wanted =
                ResolvableType.forMethodReturnType(locked.method(), targetClass).toClass();
        Class<?> given = ResolvableType.forMethodReturnType(method, owner).toClass();
        if (wanted != void.class && !ClassUtils.isAssignable(wanted, given)) {
            throw new IllegalArgumentException(this + ", but that returns " + given.getSimpleName()
                    + " where the method returns " + wanted.getSimpleName() + "; let it return the same");
        }
    }

    private void checkReach(Method method) {
        if (method.equals(locked.method())) {
            throw new IllegalArgumentException(this + ", which is the method itself; name another one");
        }
        if (bean == null && AnnotatedElementUtils.hasAnnotation(method, FileLocked.class)) {
            throw new IllegalArgumentException(this
                    + ", which is annotated with @FileLocked itself, but is called without its lock; take the annotation off, or move "
                    + "the method to another bean and write bean::" + name);
        }
        if (bean != null && Modifier.isPrivate(method.getModifiers())) {
            throw new IllegalArgumentException(this + ", but that method is private; make it public");
        }
    }

    private String wanted(Class<?> targetClass) {
        Method method = locked.method();
        String kind = KotlinDetector.isSuspendingFunction(method)
                ? "suspend fun"
                : ResolvableType.forMethodReturnType(method, targetClass)
                        .toClass()
                        .getSimpleName();
        return kind + " " + name + LockedMethod.describeParameters(method);
    }

    private static String describe(List<Method> methods) {
        return methods.stream().map(LockedMethod::describe).collect(Collectors.joining(", "));
    }

    /** The beginning of what is said of it. */
    @Override
    public String toString() {
        return "fallback = \"" + (bean == null ? "" : bean + "::") + name + "\"";
    }
}
