package dev.filelock.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a caller gets in place of the stage that a locked method returned. It completes as that one does, but after the locks have
 * been given back. Whatever the caller does to it, the locks are held until the method's own stage completes.
 *
 * @param <T> the stage's result
 */
final class HeldStage<T extends @Nullable Object> extends CompletableFuture<T> {
    private final CompletionStage<T> work;

    /**
     * Follows the work.
     *
     * @param work the method's own stage
     * @param ending gives the locks back, told of how the work failed, if it did
     */
    HeldStage(CompletionStage<T> work, Consumer<@Nullable Throwable> ending) {
        this.work = work;
        work.whenComplete((value, error) -> finish(value, error, ending));
    }

    private void finish(T value, @Nullable Throwable error, Consumer<@Nullable Throwable> ending) {
        try {
            ending.accept(error);
        } catch (RuntimeException | Error e) { // or the caller would wait for ever
            completeExceptionally(e);
            return;
        }
        if (error != null) {
            completeExceptionally(error);
        } else {
            complete(value);
        }
    }

    /**
     * Cancels what the caller waits for, and the work if its future has a way of its own to be cancelled. That of {@link
     * CompletableFuture} itself stops nothing: it would only say that the work is done, and so give the locks back under it.
     */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (work instanceof CompletableFuture<T> future && canBeStopped(future)) {
            future.cancel(mayInterruptIfRunning);
        }
        return super.cancel(mayInterruptIfRunning);
    }

    private static boolean canBeStopped(CompletableFuture<?> future) {
        try {
            return future.getClass().getMethod("cancel", boolean.class).getDeclaringClass() != CompletableFuture.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }
}
