package dev.filelock.spring;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.ReflectiveProcessor;
import org.springframework.aot.hint.annotation.SimpleReflectiveProcessor;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ReflectionUtils;

/** What a native image needs for {@link FileLocked}: the annotated method, and the fallbacks that it names in the same class. */
final class FileLockedReflection implements ReflectiveProcessor {
    private final ReflectiveProcessor annotated = new SimpleReflectiveProcessor();

    @Override
    public void registerReflectionHints(ReflectionHints hints, AnnotatedElement element) {
        annotated.registerReflectionHints(hints, element);
        Set<String> fallbacks = MergedAnnotations.from(element).stream(FileLocked.class)
                .map(annotation -> annotation.getString("fallback").trim())
                .collect(Collectors.toSet());
        Class<?> type = element instanceof Method method ? method.getDeclaringClass() : (Class<?>) element;
        for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
            if (fallbacks.contains(method.getName())) {
                hints.registerMethod(method, ExecutableMode.INVOKE);
            }
        }
    }
}
