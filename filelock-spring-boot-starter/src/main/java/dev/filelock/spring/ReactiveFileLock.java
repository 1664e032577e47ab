package dev.filelock.spring;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import dev.filelock.spring.AsyncAcquisition.Asked;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
 * <p>The body is subscribed to on a thread of this library that may wait, with the subscriber's context and demand. The lock is
 * released before the subscriber is told of the end, and never on a thread that must not block. A subscriber that cancels while it
 * waits leaves the queue; one that cancels later releases the lock once the body has been cancelled, so what does not heed a cancel,
 * such as a blocking call on another thread, may then still run.
 *
 * <p>The body's call chain has the hold: what it acquires re-enters it if it is the same file in the same mode, and
 * {@link #current()} gives it. The Reactor context carries it for all that is subscribed to, also through {@link FileLocked} methods;
 * for code that waits, {@link dev.filelock.FileLocks#current()} gives it on the thread that subscribes to the body, and in all
 * operators that are assembled inside it. Where neither reaches, carry {@link dev.filelock.LockContext} on.
 *
 * <p>There is no {@code Mono<HeldLock>} to acquire with: nobody could tell whether a hold that was on its way when the subscriber
 * cancelled, or that a step such as {@code timeout} or {@code zip} dropped, has come to somebody who closes it. Where the time of a hold
 * can't be that of one publisher, use {@link FileLock#acquireAsync()}. Immutable and safe for use by many threads.
 */
public final class ReactiveFileLock {
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
        return LockedSubscription.one(context -> new Execution<>(context, body));
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
        return LockedSubscription.many(context -> new Execution<>(context, Flux.from(body)));
    }

    /**
     * The innermost hold under which a body runs, for {@link HeldLock#ensureValid()} and the like.
     *
     * @return the hold, or nothing where the subscriber's context carries none
     */
    public static Mono<HeldLock> current() {
        return Mono.deferContextual(context ->
                Mono.justOrEmpty(context.<LockContext>getOrEmpty(Carried.KEY).flatMap(LockContext::innermost)));
    }

    private final class Execution<T> extends LockedSubscription<T> {
        private final Publisher<T> body;

        Execution(ContextView subscriber, Publisher<T> body) {
            super(subscriber);
            this.body = body;
        }

        @Override
        Mono<Asked> asked() {
            Duration wait = timeout == null ? lock.options().timeout() : timeout;
            return elsewhere(() -> new Asked(List.of(lock), wait, true, context()));
        }

        @Override
        Publisher<T> body(List<HeldLock> held) {
            return body;
        }
    }
}
