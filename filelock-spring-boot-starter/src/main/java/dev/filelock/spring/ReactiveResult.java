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
 */
record ReactiveResult(@Nullable ReactiveAdapter adapter, boolean isMultiValue) {

    static ReactiveResult of(Method method) {
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(ReturnTypes.resultOf(method));
        return KotlinDetector.isSuspendingFunction(method)
                ? new ReactiveResult(null, adapter != null)
                : new ReactiveResult(Objects.requireNonNull(adapter), adapter.isMultiValue());
    }

    Object fromPublisher(Publisher<Object> publisher) {
        return adapter == null ? publisher : adapter.fromPublisher(publisher);
    }

    /** Asks for what a method returns anew, and for nothing before there is a subscription. */
    Publisher<Object> toPublisher(Callable<@Nullable Object> method) {
        return isMultiValue
                ? Flux.defer(() -> publisher(called(method)))
                : Mono.defer(() -> Mono.from(publisher(called(method))));
    }

    private static @Nullable Object called(Callable<@Nullable Object> method) {
        try {
            return method.call();
        } catch (Exception e) {
            throw Call.asItIs(e);
        }
    }

    @SuppressWarnings("unchecked")
    private Publisher<Object> publisher(@Nullable Object result) {
        if (result == null) {
            return Mono.empty();
        }
        if (adapter != null) {
            return adapter.toPublisher(result);
        }
        return result instanceof Publisher<?> publisher ? (Publisher<Object>) publisher : Mono.just(result);
    }
}
