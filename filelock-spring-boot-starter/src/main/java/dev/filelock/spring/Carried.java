package dev.filelock.spring;

import dev.filelock.FileLocks;
import dev.filelock.LockContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.GroupedFlux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/**
 * Carries holds through the steps of a body, whatever the threads: the Reactor context has them for what is subscribed to, and each
 * thread that takes a step has them meanwhile, so that what the step acquires by waiting re-enters them instead of waiting for its
 * own caller.
 *
 * <p>The threads learn of them in two places: at the border of the body, and at every operator that is assembled under the holds. A
 * {@code ThreadLocalAccessor}, which automatic context propagation would heed, is none on purpose: it would also be handed to work that
 * is only started under the holds, such as a task of another executor, and let that enter beside its starter.
 */
final class Carried {
    /** Where the Reactor context has the {@link LockContext}. */
    static final Object KEY = ReactiveFileLock.class;

    private Carried() {}

    /** Carries holds through everything that code running under holds assembles; through nothing else. */
    static void throughOperators() {
        Hooks.onEachOperator("dev.filelock", Carried::operator);
    }

    private static Publisher<Object> operator(Publisher<Object> assembled) {
        if (FileLocks.find().isEmpty()) {
            return assembled;
        }
        if (assembled instanceof Mono<Object> mono) {
            return new OfMono<>(mono, null, null);
        }
        boolean plain = assembled instanceof Flux
                && !(assembled instanceof ConnectableFlux)
                && !(assembled instanceof GroupedFlux);
        return plain ? new OfFlux<>((Flux<Object>) assembled, null, null) : assembled;
    }

    /**
     * A body at whose border the holds begin and end.
     *
     * @param inside what the body runs under
     * @param outside what its subscriber runs under
     */
    static <T> Mono<T> within(LockContext inside, LockContext outside, Mono<T> body) {
        return new OfMono<>(body, inside, outside).contextWrite(context -> context.put(KEY, inside));
    }

    /** As {@link #within(LockContext, LockContext, Mono)}. */
    static <T> Flux<T> within(LockContext inside, LockContext outside, Flux<T> body) {
        return new OfFlux<>(body, inside, outside).contextWrite(context -> context.put(KEY, inside));
    }

    private static <T> void subscribe(
            Publisher<T> source,
            @Nullable LockContext inside,
            @Nullable LockContext outside,
            CoreSubscriber<? super T> subscriber) {
        LockContext upstream =
                inside != null ? inside : subscriber.currentContext().getOrDefault(KEY, null);
        if (upstream == null) {
            source.subscribe(subscriber);
            return;
        }
        try (LockContext.Scope scope = upstream.enter()) {
            source.subscribe(new Steps<>(subscriber, upstream, outside == null ? upstream : outside));
        }
    }

    private static final class OfMono<T> extends MonoOperator<T, T> {
        private final @Nullable LockContext inside;
        private final @Nullable LockContext outside;

        OfMono(Mono<T> source, @Nullable LockContext inside, @Nullable LockContext outside) {
            super(source);
            this.inside = inside;
            this.outside = outside;
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> subscriber) {
            Carried.subscribe(source, inside, outside, subscriber);
        }
    }

    private static final class OfFlux<T> extends FluxOperator<T, T> {
        private final @Nullable LockContext inside;
        private final @Nullable LockContext outside;

        OfFlux(Flux<T> source, @Nullable LockContext inside, @Nullable LockContext outside) {
            super(source);
            this.inside = inside;
            this.outside = outside;
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> subscriber) {
            Carried.subscribe(source, inside, outside, subscriber);
        }
    }

    /** Signals that go down the stream, and requests that go up. */
    private static final class Steps<T> implements CoreSubscriber<T>, Subscription {
        private final CoreSubscriber<? super T> subscriber;
        private final LockContext upstream;
        private final LockContext downstream;
        private @Nullable Subscription subscription;

        Steps(CoreSubscriber<? super T> subscriber, LockContext upstream, LockContext downstream) {
            this.subscriber = subscriber;
            this.upstream = upstream;
            this.downstream = downstream;
        }

        @Override
        public Context currentContext() {
            return subscriber.currentContext();
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            try (LockContext.Scope scope = downstream.enter()) {
                subscriber.onSubscribe(this);
            }
        }

        @Override
        public void onNext(T value) {
            try (LockContext.Scope scope = downstream.enter()) {
                subscriber.onNext(value);
            }
        }

        @Override
        public void onError(Throwable error) {
            try (LockContext.Scope scope = downstream.enter()) {
                subscriber.onError(error);
            }
        }

        @Override
        public void onComplete() {
            try (LockContext.Scope scope = downstream.enter()) {
                subscriber.onComplete();
            }
        }

        @Override
        public void request(long count) {
            try (LockContext.Scope scope = upstream.enter()) {
                Objects.requireNonNull(subscription).request(count);
            }
        }

        @Override
        public void cancel() {
            try (LockContext.Scope scope = upstream.enter()) {
                Objects.requireNonNull(subscription).cancel();
            }
        }
    }
}
