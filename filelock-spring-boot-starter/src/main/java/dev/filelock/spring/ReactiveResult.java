package dev.filelock.spring;

import java.lang.reflect.Method;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How what a method returns becomes a publisher and the other way round.
 *
 * @param adapter null for a suspending function: to advice it returns a publisher as it is
 * @param isMultiValue whether there can be more than one value
 * @param isCoroutine whether Kotlin's coroutines do the work
 */
record ReactiveResult(@Nullable ReactiveAdapter adapter, boolean isMultiValue, boolean isCoroutine) {

    static ReactiveResult of(Method method) {
        Class<?> type = ReturnTypes.resultOf(method);
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        if (KotlinDetector.isSuspendingFunction(method)) {
            return new ReactiveResult(null, adapter != null, true);
        }
        boolean isFlow = type.getName().equals(ReturnTypes.FLOW);
        return new ReactiveResult(Objects.requireNonNull(adapter), adapter.isMultiValue(), isFlow);
    }

    boolean isSuspending() {
        return adapter == null;
    }

    Object fromPublisher(Publisher<Object> publisher) {
        return adapter == null ? publisher : adapter.fromPublisher(publisher);
    }

    /** Asks for what a method returns anew, and for nothing before there is a subscription. */
    Publisher<Object> toPublisher(Callable<@Nullable Object> method) {
        return isMultiValue ? Flux.defer(() -> called(method)) : Mono.defer(() -> Mono.from(called(method)));
    }

    private Publisher<Object> called(Callable<@Nullable Object> method) {
        try {
            return publisher(method.call());
        } catch (Exception | Error e) { // Reactor would tell nobody of some errors, and so the lock be kept for ever
            return Mono.error(e);
        }
    }

    @SuppressWarnings("unchecked")
    private Publisher<Object> publisher(@Nullable Object result) {
        if (result == null) {
            return Mono.empty();
        }
        if (result instanceof Publisher<?> publisher) {
            return (Publisher<Object>) publisher;
        }
        return adapter == null ? Mono.just(result) : adapter.toPublisher(result);
    }
}
