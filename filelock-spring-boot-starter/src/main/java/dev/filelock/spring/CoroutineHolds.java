package dev.filelock.spring;

import dev.filelock.LockContext;
import kotlin.Unit;
import kotlin.coroutines.AbstractCoroutineContextElement;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.ThreadContextElement;
import kotlinx.coroutines.flow.Flow;
import kotlinx.coroutines.reactor.ReactorFlowKt;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Carries holds through a coroutine: every thread that it runs on has them meanwhile. Needs kotlinx-coroutines-reactor, through whose
 * {@code ReactorContext} the coroutine has the Reactor context as well.
 */
final class CoroutineHolds extends AbstractCoroutineContextElement implements ThreadContextElement<LockContext> {
    private static final CoroutineContext.Key<CoroutineHolds> KEY = new CoroutineContext.Key<>() {};

    private final LockContext holds;

    /** The coroutine, once it runs. */
    private volatile @Nullable Job job;

    /** For a coroutine that is to run under the holds of the calling thread. */
    CoroutineHolds() {
        super(KEY);
        this.holds = LockContext.current();
    }

    /** The arguments of a suspending function, with a continuation whose context carries the holds. */
    @Nullable Object[] argumentsCarrying(@Nullable Object[] arguments) {
        @Nullable Object[] carrying = arguments.clone();
        int last = carrying.length - 1;
        if (carrying[last] instanceof Continuation<?> caller) {
            carrying[last] = new Carrying<>(caller, caller.getContext().plus(this));
        }
        return carrying;
    }

    /** What a method returned; if that is a Flow, its coroutine carries the holds. */
    @SuppressWarnings("unchecked")
    @Nullable Object carriedBy(@Nullable Object returned) {
        return returned instanceof Flow<?> flow ? ReactorFlowKt.asFlux((Flow<Object>) flow, this) : returned;
    }

    /** Ends when the coroutine does not run any more, which may be long after it was cancelled. */
    Mono<Void> stopped() {
        Job running = job;
        return running == null
                ? Mono.empty()
                : Mono.create(sink -> running.invokeOnCompletion(cause -> {
                    sink.success();
                    return Unit.INSTANCE;
                }));
    }

    @Override
    public LockContext updateThreadContext(CoroutineContext context) {
        if (job == null) {
            job = context.get(Job.Key); // children come later
        }
        LockContext before = LockContext.current();
        holds.enter();
        return before;
    }

    @Override
    public void restoreThreadContext(CoroutineContext context, LockContext before) {
        before.enter();
    }

    private record Carrying<T>(Continuation<T> caller, CoroutineContext context) implements Continuation<T> {
        @Override
        public CoroutineContext getContext() {
            return context;
        }

        @Override
        public void resumeWith(Object result) {
            caller.resumeWith(result);
        }
    }
}
