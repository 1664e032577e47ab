package dev.filelock.spring;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Says which methods are locked, and by which annotations: those of the method, of one it overrides or implements, or of the nearest
 * type that covers it.
 */
final class LockedMethodFinder {
    private final Map<MethodClassKey, Optional<LockedMethod>> cache = new ConcurrentHashMap<>();
    private final Map<Class<?>, Boolean> annotated = new ConcurrentHashMap<>();
    private final Map<Class<?>, List<LockedMethod>> all = new ConcurrentHashMap<>();

    /**
     * Whether the type, or one it extends or implements, has the annotation anywhere. Asked of every bean of an application, few of
     * which have it: to look for each of their methods in all of their types would be felt in its start.
     */
    boolean isCandidate(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            if (isAnnotated(each)) {
                return true;
            }
        }
        for (Class<?> each : ClassUtils.getAllInterfacesForClassAsSet(type)) {
            if (isAnnotated(each)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAnnotated(Class<?> type) {
        return AnnotationUtils.isCandidateClass(type, FileLocked.class)
                && annotated.computeIfAbsent(type, LockedMethodFinder::hasAnnotation);
    }

    private static boolean hasAnnotation(Class<?> type) {
        return has(type) || Arrays.stream(type.getDeclaredMethods()).anyMatch(LockedMethodFinder::has);
    }

    private static boolean has(AnnotatedElement element) {
        return element.getDeclaredAnnotations().length > 0
                && MergedAnnotations.from(element).isPresent(FileLocked.class);
    }

    @Nullable LockedMethod find(Method method, Class<?> targetClass) {
        return cache.computeIfAbsent(
                        new MethodClassKey(method, targetClass),
                        key -> Optional.ofNullable(search(method, targetClass)))
                .orElse(null);
    }

    /** Every locked method of a class, also those that a proxy can't lock. */
    List<LockedMethod> findAll(Class<?> targetClass) {
        return isCandidate(targetClass) ? all.computeIfAbsent(targetClass, this::searchAll) : List.of();
    }

    private List<LockedMethod> searchAll(Class<?> targetClass) {
        Set<LockedMethod> found = new LinkedHashSet<>();
        List<Method> methods = new ArrayList<>(List.of(ReflectionUtils.getAllDeclaredMethods(targetClass)));
        for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
            methods.addAll(List.of(type.getDeclaredMethods()));
        }
        for (Method method : methods) {
            // The compiler copies annotations to bridges, and to halves of suspending functions.
            if (!method.isSynthetic() && !Proxy.isProxyClass(method.getDeclaringClass())) {
                LockedMethod locked = find(method, targetClass);
                if (locked != null) {
                    found.add(locked);
                }
            }
        }
        return List.copyOf(found);
    }

    private static @Nullable LockedMethod search(Method method, Class<?> targetClass) {
        if (method.getDeclaringClass() == Object.class) {
            return null;
        }
        // A class that is made at runtime has another name in every run: what its interface declares stands for it.
        Class<?> implementing = Proxy.isProxyClass(targetClass) ? method.getDeclaringClass() : targetClass;
        Method specific = AopUtils.getMostSpecificMethod(method, implementing);
        List<Method> declarations = new ArrayList<>();
        declarations.add(specific);
        declarations.addAll(interfaceDeclarations(specific, targetClass));
        for (Method declaration : declarations) {
            LockedMethod locked = locked(specific, declaration);
            if (locked != null) {
                return locked;
            }
        }
        if (coverable(specific, targetClass)) {
            for (Method declaration : declarations) {
                LockedMethod locked = locked(specific, declaration.getDeclaringClass());
                if (locked != null) {
                    return isFallbackOf(locked) ? null : locked;
                }
            }
        }
        return null;
    }

    /** A method may implement an interface that its own class does not know, because a subclass brings the two together. */
    private static List<Method> interfaceDeclarations(Method method, Class<?> targetClass) {
        List<Method> declarations = new ArrayList<>();
        if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
            for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
                for (Method declaration : type.getDeclaredMethods()) {
                    if (!declaration.equals(method) && implementsIt(method, declaration, targetClass)) {
                        declarations.add(declaration);
                    }
                }
            }
        }
        return declarations;
    }

    /** Type variables of either stand for what they are in the target class. */
    static boolean implementsIt(Method method, Method declaration, Class<?> targetClass) {
        if (!declaration.getName().equals(method.getName())
                || declaration.getParameterCount() != method.getParameterCount()) {
            return false;
        }
        for (int i = 0; i < method.getParameterCount(); i++) {
            if (ResolvableType.forMethodParameter(declaration, i, targetClass).toClass()
                    != ResolvableType.forMethodParameter(method, i, targetClass).toClass()) {
                return false;
            }
        }
        return true;
    }

    /** By the annotations of the nearest method or type that has any. */
    private static @Nullable LockedMethod locked(Method method, AnnotatedElement element) {
        List<MergedAnnotation<FileLocked>> all = MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY).stream(
                        FileLocked.class)
                .toList();
        if (all.isEmpty()) {
            return null;
        }
        MergedAnnotation<FileLocked> nearest = all.get(0);
        List<FileLocked> annotations = all.stream()
                .filter(each -> each.getAggregateIndex() == nearest.getAggregateIndex())
                .map(MergedAnnotation::synthesize)
                .toList();
        AnnotatedElement source = nearest.getSource() instanceof AnnotatedElement found ? found : element;
        return new LockedMethod(method, annotations, source);
    }

    /** What a type's annotation names as its fallback is not covered by it, or it could not answer without the lock. */
    private static boolean isFallbackOf(LockedMethod locked) {
        return locked.annotations().stream()
                .anyMatch(annotation ->
                        annotation.fallback().trim().equals(locked.method().getName()));
    }

    private static boolean coverable(Method method, Class<?> targetClass) {
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && !method.isSynthetic()
                && !ReflectionUtils.isObjectMethod(method)
                && !Callbacks.isLifecycle(method, targetClass);
    }
}
