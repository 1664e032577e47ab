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
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;

/** What a locked method may return, and what it returns when it is skipped. */
final class ReturnTypes {
    /** By name, since the application may not have it. */
    static final String FLOW = "kotlinx.coroutines.flow.Flow";

    private static final boolean COROUTINES_PRESENT = ReactorThreads.REACTOR_PRESENT
            && ClassUtils.isPresent("kotlinx.coroutines.reactor.MonoKt", ReturnTypes.class.getClassLoader())
            && ClassUtils.isPresent("kotlin.reflect.full.KCallables", ReturnTypes.class.getClassLoader());

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
            "kotlinx.coroutines.Deferred"); // cancelling it does not say when its work has stopped

    private static final List<String> REACTIVE_NAMES = List.of(
            "org.reactivestreams.Publisher",
            "java.util.concurrent.Flow$Publisher",
            "io.reactivex.rxjava3.core.Completable",
            "io.reactivex.rxjava3.core.Maybe",
            "io.reactivex.rxjava3.core.Observable",
            "io.reactivex.rxjava3.core.Single",
            "io.smallrye.mutiny.Uni",
            FLOW);

    /** Holds a body, which may be one that is written later. */
    private static final List<String> RESPONSE = List.of("org.springframework.http.HttpEntity");

    private static final String TOO_EARLY = "the lock would be released before the work is done; ";

    private ReturnTypes() {}

    /** When the work of a method is done. */
    static Work workOf(Method method) {
        Class<?> type = method.getReturnType();
        if (isStage(type) || type == Future.class) {
            return Work.WITH_STAGE;
        }
        return KotlinDetector.isSuspendingFunction(method) || adapterOf(type) != null
                ? Work.PER_SUBSCRIPTION
                : Work.ON_RETURN;
    }

    /** The type of what the method yields, which for a suspending function is not what it returns. */
    static Class<?> resultOf(Method method) {
        return KotlinDetector.isSuspendingFunction(method)
                ? new MethodParameter(method, -1).getParameterType()
                : method.getReturnType();
    }

    private static @Nullable ReactiveAdapter adapterOf(Class<?> type) {
        return ReactorThreads.REACTOR_PRESENT
                ? ReactiveAdapterRegistry.getSharedInstance().getAdapter(type)
                : null;
    }

    /** Says what is wrong with locking a method of this return type, or null if nothing is. */
    static @Nullable String problemOf(Method method) {
        if (KotlinDetector.isSuspendingFunction(method)) {
            return problemOfSuspending(method);
        }
        Class<?> type = method.getReturnType();
        if (isStage(type) || (type == Future.class && isAsync(method))) {
            return problemOfContent(method);
        }
        if (Future.class.isAssignableFrom(type) || CompletionStage.class.isAssignableFrom(type)) {
            return "returns " + type.getSimpleName()
                    + ", which does not say when it is done, or can't be replaced by one that does: " + TOO_EARLY
                    + "return a CompletableFuture, or do the work before you return";
        }
        if (isLazy(type)) {
            return "returns " + type.getSimpleName() + ", which is used after the method returned: " + TOO_EARLY
                    + insteadOf(type);
        }
        ReactiveAdapter adapter = adapterOf(type);
        if (adapter != null) {
            return adapter.getReactiveType() == type
                    ? problemOfContent(method)
                    : "returns " + type.getSimpleName()
                            + ", which can't be replaced by one that takes the lock; return "
                            + adapter.getReactiveType().getSimpleName();
        }
        return isOneOf(REACTIVE_NAMES, type)
                ? "returns " + type.getSimpleName() + ", whose work is done when it is subscribed to, and to lock that "
                        + "takes Reactor: add io.projectreactor:reactor-core, or return a CompletableFuture"
                : problemOfContent(method);
    }

    /** What holds one thing, such as a response its body, may hold one that is used after the method's work is done. */
    private static @Nullable String problemOfContent(Method method) {
        String content =
                unfinishedContent(ResolvableType.forType(new MethodParameter(method, -1).getGenericParameterType()));
        return content == null
                ? null
                : "returns " + content + ", which is used later: " + TOO_EARLY
                        + "return what it yields, or take the lock where that is used, through LockRegistry";
    }

    private static @Nullable String unfinishedContent(ResolvableType holder) {
        if (!holdsOne(holder.toClass())) {
            return null;
        }
        ResolvableType content = holder.getGeneric(0);
        Class<?> type = content.toClass();
        return isUnfinished(type)
                ? type.getSimpleName() + " inside of " + holder.toClass().getSimpleName()
                : unfinishedContent(content);
    }

    private static boolean holdsOne(Class<?> type) {
        ReactiveAdapter adapter = adapterOf(type);
        return adapter != null
                ? !adapter.isMultiValue()
                : type == Optional.class || isStage(type) || isOneOf(RESPONSE, type);
    }

    /** A value of the type stands for work that is yet to be done. */
    private static boolean isUnfinished(Class<?> type) {
        return isLazy(type)
                || Future.class.isAssignableFrom(type)
                || CompletionStage.class.isAssignableFrom(type)
                || adapterOf(type) != null;
    }

    private static @Nullable String problemOfSuspending(Method method) {
        if (!COROUTINES_PRESENT) {
            return "is a suspending function, and to lock that takes Reactor and its coroutines: add "
                    + "org.jetbrains.kotlinx:kotlinx-coroutines-reactor and org.jetbrains.kotlin:kotlin-reflect";
        }
        Class<?> type = resultOf(method);
        return isUnfinished(type) && !type.getName().equals(FLOW)
                ? "is a suspending function that returns " + type.getSimpleName()
                        + ", which is used after it returned: " + TOO_EARLY
                        + "await it, and return what it yields, or a Flow"
                : problemOfContent(method);
    }

    private static String insteadOf(Class<?> type) {
        if (type.getName().startsWith("kotlin")) {
            return "return what it yields from a suspending function, or a Flow";
        }
        return BaseStream.class.isAssignableFrom(type) || Iterator.class.isAssignableFrom(type)
                ? "return what it yields, such as a List"
                : "return what it yields, or a CompletableFuture of that";
    }

    /**
     * Refuses what is returned as a result whose declared type does not show that there is work left.
     *
     * @throws IllegalStateException if the lock can't be held until that is done
     */
    static void refuseUnfinished(LockedMethod locked, @Nullable Object result) {
        if (result instanceof Future<?> future && !future.isDone()) {
            throw new IllegalStateException(
                    locked + " returned a " + future.getClass().getName()
                            + " that is not done, so its lock can't be held until it is; return a CompletableFuture");
        }
        if (result != null && locked.method().getReturnType() == Object.class && isUsedLater(result.getClass())) {
            throw new IllegalStateException(
                    locked + " returned a " + result.getClass().getName()
                            + ", whose work has yet to be done, so its lock can't be held until it is; declare that type as "
                            + "what it returns");
        }
    }

    private static boolean isUsedLater(Class<?> type) {
        ReactiveAdapter adapter = adapterOf(type);
        return isLazy(type) || (adapter != null && adapter.getDescriptor().isDeferred());
    }

    private static boolean isLazy(Class<?> type) {
        return isOneOf(LAZY_NAMES, type) || LAZY.stream().anyMatch(each -> each.isAssignableFrom(type));
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
        Class<?> type = resultOf(locked.method());
        ReactiveAdapter adapter = adapterOf(type);
        if (adapter != null) {
            return adapter.supportsEmpty();
        }
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

    /** What a skipped method returns; null also stands for a publisher of nothing. */
    static @Nullable Object notDone(Method method) {
        Class<?> type = resultOf(method);
        return isStage(type) ? CompletableFuture.completedFuture(null) : EMPTY.get(type);
    }
}
