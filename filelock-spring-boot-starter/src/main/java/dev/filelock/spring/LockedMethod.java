package dev.filelock.spring;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.core.KotlinDetector;
import org.springframework.util.ClassUtils;

/**
 * A method and the annotations that lock it.
 *
 * @param method the method that runs
 * @param annotations the annotations, with attributes of meta-annotations merged; never empty
 * @param source the method or type that carries them
 */
record LockedMethod(Method method, List<FileLocked> annotations, AnnotatedElement source) {

    /** The annotations stand on this method, one it overrides or one it implements, rather than on a type. */
    boolean annotatedItself() {
        return source instanceof Method;
    }

    /** The method whose parameters the author of the annotations sees. */
    Method annotatedMethod() {
        return source instanceof Method annotated ? annotated : method;
    }

    @Override
    public String toString() {
        return describe(method);
    }

    static String describe(Method method) {
        return shortName(method) + describeParameters(method);
    }

    /** As its author wrote them: without the continuation of a suspending function. */
    static String describeParameters(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .limit(method.getParameterCount() - (KotlinDetector.isSuspendingFunction(method) ? 1 : 0))
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    static String shortName(Method method) {
        return ClassUtils.getShortName(method.getDeclaringClass()) + "." + method.getName();
    }
}
