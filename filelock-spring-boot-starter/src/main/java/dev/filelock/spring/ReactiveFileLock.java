package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * A file lock for users of Reactor: no thread waits for it, and it is held from before the body is subscribed to until that has
 * completed, failed or been cancelled. Each subscription acquires anew.
 *
 * <pre>{@code
 * ReactiveFileLock lock = ReactiveFileLock.of(registry.lock("report"));
 * Mono<String> report = lock.execute(client.fetch());
 * }</pre>
 *
 * <p>The body is subscribed to on {@link Schedulers#boundedElastic()}, with the subscriber's context and demand. The lock is released
 * before the subscriber is told of the end, and never on a thread that must not block. A subscriber that cancels while it waits
 * leaves the queue; one that cancels later releases the lock once the body has been cancelled, so what does not heed a cancel, such
 * as a blocking call on another thread, may then still run.
 *
 * <p>The Reactor context carries the hold: what is acquired through this class inside the body re-enters it if it is the same file in
 * the same mode, and {@link #current()} gives it. Immutable and safe for use by many threads.
 */
public final class ReactiveFileLock {
    /** Where the context has the innermost hold. */
    private static final Object HOLD = ReactiveFileLock.class;

    private static final Executor ELASTIC = task -> Schedulers.boundedElastic().schedule(task);

    private final FileLock lock;
    private final @Nullable Duration timeout;

    private ReactiveFileLock(FileLock lock, @Nullable Duration timeout) {
        this.lock = Objects.requireNonNull(lock, "lock");
        this.timeout = timeout;
    }

    /**
     * Adapts a lock, which is waited for as long as its default timeout says.
     *
     * @param lock the lock
     * @return the same lock for Reactor
     */
    public static ReactiveFileLock of(FileLock lock) {
        return new ReactiveFileLock(lock, null);
    }

    /**
     * Adapts a lock.
     *
     * @param lock the lock
     * @param timeout how long each subscription waits; negative: for ever; zero: one attempt
     * @return the same lock for Reactor
     */
    public static ReactiveFileLock of(FileLock lock, Duration timeout) {
        return new ReactiveFileLock(lock, Objects.requireNonNull(timeout, "timeout"));
    }

    /**
     * Runs a body of at most one value under the lock. The value is given when the lock has been released.
     *
     * @param body subscribed to when the lock is held
     * @param <T> the body's value
     * @return the body's outcome; or an error with what {@link FileLock#acquireAsync(Duration)} fails with; an error of the body
     *     is given as it is, a failure to release then being added as suppressed
     */
    public <T> Mono<T> execute(Mono<T> body) {
        Objects.requireNonNull(body, "body");
        return Mono.usingWhen(
                subscription(),
                each -> each.acquired().flatMap(held -> body.contextWrite(context -> context.put(HOLD, held))),
                Subscription::end,
                Subscription::endAfter,
                Subscription::end);
    }

    /**
     * Runs a body of any number of values under the lock. Each is given as it comes, while the lock is held.
     *
     * @param body subscribed to when the lock is held
     * @param <T> the body's values
     * @return the body's outcome, as of {@link #execute}
     */
    public <T> Flux<T> executeMany(Publisher<T> body) {
        Objects.requireNonNull(body, "body");
        return Flux.usingWhen(
                subscription(),
                each -> each.acquired()
                        .flatMapMany(held -> Flux.from(body).contextWrite(context -> context.put(HOLD, held))),
                Subscription::end,
                Subscription::endAfter,
                Subscription::end);
    }

    /**
     * The innermost hold under which a body runs, for {@link HeldLock#ensureValid()} and the like.
     *
     * @return the hold, or nothing where the subscriber's context carries none
     */
    public static Mono<HeldLock> current() {
        return Mono.deferContextual(context -> Mono.justOrEmpty(context.<HeldLock>getOrEmpty(HOLD)));
    }

    private Mono<Subscription> subscription() {
        return Mono.deferContextual(context -> Mono.just(new Subscription(context)));
    }

    /** One subscription. It may be dropped before it has acquired, and ended at any time and more than once. */
    private final class Subscription {
        /** An acquisition that is over. */
        private final CompletableFuture<HeldLock> ended = new CompletableFuture<>();

        private final AtomicReference<@Nullable CompletableFuture<HeldLock>> acquisition = new AtomicReference<>();
        private final ContextView context;

        Subscription(ContextView context) {
            this.context = context;
            ended.cancel(false);
        }

        Mono<HeldLock> acquired() {
            CompletableFuture<HeldLock> asked;
            try {
                asked = ask();
            } catch (Exception e) {
                return Mono.error(e);
            }
            if (!acquisition.compareAndSet(null, asked)) {
                return giveBack(asked).then(Mono.never()); // cancelled, so nobody listens
            }
            return Mono.fromFuture(asked, true);
        }

        private CompletableFuture<HeldLock> ask() throws Exception {
            HeldLock outer = context.getOrDefault(HOLD, null);
            return outer == null
                    ? lock.acquireAsync(timeout, ELASTIC)
                    : outer.call(() -> lock.acquireAsync(timeout, ELASTIC));
        }

        Mono<Void> end() {
            return Mono.defer(() -> {
                CompletableFuture<HeldLock> last = acquisition.getAndSet(ended);
                return last == null ? Mono.empty() : giveBack(last);
            });
        }

        Mono<Void> endAfter(Throwable failure) {
            return end().onErrorResume(e -> {
                failure.addSuppressed(e);
                return Mono.empty();
            });
        }

        private Mono<Void> giveBack(CompletableFuture<HeldLock> last) {
            if (last.cancel(false) || last.isCompletedExceptionally()) {
                return Mono.empty();
            }
            Mono<Void> close = Mono.fromRunnable(() -> last.join().close());
            return Schedulers.isInNonBlockingThread() ? close.subscribeOn(Schedulers.boundedElastic()) : close;
        }
    }
}
