package dev.filelock.spring;

import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import dev.filelock.spring.AsyncAcquisition.Asked;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * One subscription to work under locks: these are acquired before the work is subscribed to, and given back when that has ended or
 * been cancelled, before the subscriber is told.
 *
 * @param <T> the work's values
 */
abstract class LockedSubscription<T> {
    /**
     * Where work begins, and where locks are given back if that must not happen where the work ends. As many threads as there are
     * such steps at once: were they limited, those that wait for a lock could keep the thread from its holder that is to give it back.
     */
    static final Scheduler THREADS = Schedulers.fromExecutorService(threads(), "filelock-reactive");

    static {
        Carried.throughOperators();
    }

    private final ContextView subscriber;
    private final LockContext outside = LockContext.current();
    private final AsyncAcquisition acquisition = new AsyncAcquisition(asOf(Thread.currentThread()));

    LockedSubscription(ContextView subscriber) {
        this.subscriber = subscriber;
    }

    private static ThreadPoolExecutor threads() {
        AtomicInteger count = new AtomicInteger();
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            // Without what is inheritable of whoever happens to need it first, such as a user's identity.
            Thread thread = new Thread(null, task, "filelock-reactive-" + count.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs tasks on our threads with the given one's class loader: what asks for a task may be a thread of the engine's, which has none. */
    private static Executor asOf(Thread caller) {
        ClassLoader loader = caller.getContextClassLoader();
        return task -> THREADS.schedule(() -> {
            Thread.currentThread().setContextClassLoader(loader);
            try {
                task.run();
            } finally {
                Thread.currentThread().setContextClassLoader(null);
            }
        });
    }

    /** Work of at most one value, which is given when the locks have been given back. */
    static <T> Mono<T> one(Function<ContextView, LockedSubscription<T>> opening) {
        return Mono.usingWhen(
                opened(opening),
                each -> each.work().flatMap(Mono::from),
                each -> each.end(null),
                LockedSubscription::end,
                LockedSubscription::cancelled);
    }

    /** Work of any number of values, each given as it comes. */
    static <T> Flux<T> many(Function<ContextView, LockedSubscription<T>> opening) {
        return Flux.usingWhen(
                opened(opening),
                each -> each.work().flatMapMany(Function.identity()),
                each -> each.end(null),
                LockedSubscription::end,
                LockedSubscription::cancelled);
    }

    private static <T> Mono<LockedSubscription<T>> opened(Function<ContextView, LockedSubscription<T>> opening) {
        return Mono.deferContextual(context -> Mono.just(opening.apply(context)));
    }

    // ---- what is done under which locks

    /** What to acquire, told on a thread that may wait. */
    abstract Mono<Asked> asked();

    /** The work, to be subscribed to under the locks: a Mono of the one value, or a Flux of many. */
    abstract Publisher<T> body(List<HeldLock> held);

    /** What the subscriber gets in place of the work if the locks are not had. */
    Publisher<T> refused(FileLockException reason) {
        return Mono.error(reason);
    }

    /** Gives back one of the locks. */
    Consumer<HeldLock> ending() {
        return HeldLock::close;
    }

    /** When work that was cancelled is done. */
    Mono<Void> stopped() {
        return Mono.empty();
    }

    /** The locks have been given back, or none was had. */
    void ended(@Nullable Throwable failure) {}

    /** The holds under which the subscriber asks: those of its context, else of its thread. */
    final LockContext context() {
        LockContext carried = subscriber.getOrDefault(Carried.KEY, null);
        return carried == null ? outside : carried;
    }

    // ---- acquisition, work, release

    private Mono<Publisher<T>> work() {
        return asked().flatMap(this::acquired)
                .onErrorResume(FileLockException.class, e -> Mono.just(within(context(), refused(e))));
    }

    /** A failure is a value on its way, since Reactor would log one that meets a cancel. */
    private Mono<Publisher<T>> acquired(Asked asked) {
        return Mono.fromFuture(
                        () -> acquisition
                                .takeAll(asked)
                                .<Mono<Publisher<T>>>handle((held, error) -> error == null
                                        ? Mono.defer(() -> under(asked.context(), held))
                                        : Mono.error(error)),
                        true)
                .flatMap(Function.identity());
    }

    private Mono<Publisher<T>> under(LockContext context, List<HeldLock> held) {
        try {
            LockContext inside = context.under(held.get(held.size() - 1));
            return Mono.just(within(inside, body(held)));
        } catch (IllegalStateException e) {
            if (acquisition.isOver()) {
                return Mono.never(); // cancelled at this moment, so the hold is closed and nobody listens
            }
            throw e;
        }
    }

    private Publisher<T> within(LockContext inside, Publisher<T> body) {
        return body instanceof Mono<T> one
                ? Carried.within(inside, outside, one)
                : Carried.within(inside, outside, Flux.from(body));
    }

    private Mono<Void> cancelled() {
        return stopped().then(end(null));
    }

    private Mono<Void> end(@Nullable Throwable failure) {
        return Mono.defer(() ->
                acquisition.holdsAny() ? mayWait(() -> giveBack(failure)) : Mono.fromRunnable(() -> giveBack(failure)));
    }

    /** Does what may wait for the file system, on another thread than the subscriber's if that must not wait. */
    static Mono<Void> mayWait(Runnable work) {
        return Mono.defer(() -> Schedulers.isInNonBlockingThread()
                ? elsewhere(Executors.callable(work, null))
                : Mono.fromRunnable(work));
    }

    /** Does something on one of our threads, where its outcome is told as well. A cancel does not interrupt it. */
    static <V> Mono<V> elsewhere(Callable<@Nullable V> work) {
        return Mono.create(sink -> asOf(Thread.currentThread()).execute(() -> {
            try {
                sink.success(work.call());
            } catch (Exception | Error e) { // or nobody would ever be told
                sink.error(e);
            }
        }));
    }

    private void giveBack(@Nullable Throwable failure) {
        Throwable outcome = failure;
        try {
            if (failure == null) {
                acquisition.end(ending());
            } else {
                Holds.cleanUpAfter(failure, () -> acquisition.end(ending()));
            }
        } catch (RuntimeException e) {
            outcome = e;
            throw e;
        } finally {
            ended(outcome);
        }
    }
}
