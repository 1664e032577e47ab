package dev.filelock.spring;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.BaseStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;

/** What a locked method may return, and what it returns when it is skipped. */
final class ReturnTypes {
    private static final Map<Class<?>, Object> EMPTY = Map.of(
            Optional.class, Optional.empty(),
            OptionalInt.class, OptionalInt.empty(),
            OptionalLong.class, OptionalLong.empty(),
            OptionalDouble.class, OptionalDouble.empty());

    private static final List<Class<?>> LAZY =
            List.of(BaseStream.class, Iterator.class, Spliterator.class, Callable.class);

    /** By name, since the application may not have them. */
    private static final List<String> LAZY_NAMES = List.of(
            "org.springframework.web.context.request.async.DeferredResult",
            "org.springframework.web.context.request.async.WebAsyncTask",
            "org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
            "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody",
            "kotlin.sequences.Sequence",
            "kotlinx.coroutines.flow.Flow",
            "kotlinx.coroutines.Deferred");

    private static final List<String> REACTIVE_NAMES = List.of(
            "org.reactivestreams.Publisher",
            "java.util.concurrent.Flow$Publisher",
            "io.reactivex.rxjava3.core.Completable",
            "io.reactivex.rxjava3.core.Maybe",
            "io.reactivex.rxjava3.core.Observable",
            "io.reactivex.rxjava3.core.Single",
            "io.smallrye.mutiny.Uni");

    private static final String TOO_EARLY = "the lock would be released before the work is done; ";

    private ReturnTypes() {}

    /** When the work of a method is done. */
    static Work workOf(Method method) {
        return isStage(method.getReturnType()) || method.getReturnType() == Future.class
                ? Work.WITH_STAGE
                : Work.ON_RETURN;
    }

    /** Says what is wrong with locking a method of this return type, or null if nothing is. */
    static @Nullable String problemOf(Method method) {
        Class<?> type = method.getReturnType();
        if (KotlinDetector.isSuspendingFunction(method)) {
            return "is a suspending function, which is done later than it returns: " + TOO_EARLY
                    + "do the work before it returns, or return a CompletableFuture";
        }
        if (isStage(type) || (type == Future.class && isAsync(method))) {
            return null;
        }
        if (Future.class.isAssignableFrom(type) || CompletionStage.class.isAssignableFrom(type)) {
            return "returns " + type.getSimpleName()
                    + ", which does not say when it is done, or can't be replaced by one that " + "does: " + TOO_EARLY
                    + "return a CompletableFuture, or do the work before you return";
        }
        if (isOneOf(REACTIVE_NAMES, type)
                || ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null) {
            return "returns " + type.getSimpleName() + ", whose work is done when it is subscribed to: " + TOO_EARLY
                    + "return a CompletableFuture, or use ReactiveFileLock";
        }
        if (LAZY.stream().anyMatch(lazy -> lazy.isAssignableFrom(type)) || isOneOf(LAZY_NAMES, type)) {
            return "returns " + type.getSimpleName() + ", which is used after the method returned: " + TOO_EARLY
                    + (BaseStream.class.isAssignableFrom(type) || Iterator.class.isAssignableFrom(type)
                            ? "return what it yields, such as a List"
                            : "return what it yields, or a CompletableFuture of that");
        }
        return null;
    }

    private static boolean isStage(Class<?> type) {
        return type == CompletionStage.class || type == CompletableFuture.class;
    }

    private static boolean isAsync(Method method) {
        return AnnotatedElementUtils.hasAnnotation(method, Async.class)
                || AnnotatedElementUtils.hasAnnotation(method.getDeclaringClass(), Async.class);
    }

    private static boolean isOneOf(List<String> names, Class<?> type) {
        if (names.contains(type.getName())) {
            return true;
        }
        Class<?> parent = type.getSuperclass();
        return (parent != null && isOneOf(names, parent))
                || ClassUtils.getAllInterfacesForClassAsSet(type).stream()
                        .anyMatch(each -> names.contains(each.getName()));
    }

    /** The method's result can say that the method did not run. */
    static boolean canSayNotDone(LockedMethod locked) {
        Class<?> type = locked.method().getReturnType();
        return type == void.class
                || type == Void.class
                || EMPTY.containsKey(type)
                || isStage(type)
                || (!type.isPrimitive() && (isNullable(locked.method()) || isNullable(locked.annotatedMethod())));
    }

    private static boolean isNullable(Method method) {
        return Stream.concat(
                                Arrays.stream(method.getAnnotations()),
                                Arrays.stream(method.getAnnotatedReturnType().getAnnotations()))
                        .map(Annotation::annotationType)
                        .anyMatch(type -> type.getSimpleName().equals("Nullable"))
                || new MethodParameter(method, -1).isOptional(); // Kotlin's String?
    }

    /** What a skipped method returns. */
    static @Nullable Object notDone(Method method) {
        Class<?> type = method.getReturnType();
        return isStage(type) ? CompletableFuture.completedFuture(null) : EMPTY.get(type);
    }
}
