package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockListener;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** A view of a lock file: it has a request and no state. */
final class EngineFileLock implements FileLock {
    private final Engine engine;
    private final Request request;

    EngineFileLock(Engine engine, Request request) {
        this.engine = engine;
        this.request = request;
    }

    @Override
    public HeldLock acquire() throws InterruptedException {
        return acquire(null);
    }

    @Override
    public HeldLock acquire(@Nullable Duration timeout) throws InterruptedException {
        return handle(engine.enter(request, deadline(timeout), Level.HANDLE));
    }

    private Deadline deadline(@Nullable Duration timeout) {
        return Deadline.after(timeout == null ? request.options().timeout() : timeout);
    }

    private HeldLock handle(ThreadWaiter taker) {
        return engine.handle(Objects.requireNonNull(taker.hold), taker);
    }

    @Override
    public Optional<HeldLock> tryAcquire() {
        ThreadWaiter taker = engine.tryOnce(request, Level.HANDLE);
        return taker == null ? Optional.empty() : Optional.of(handle(taker));
    }

    @Override
    public CompletableFuture<HeldLock> acquireAsync(@Nullable Duration timeout, Executor executor) {
        return engine.acquireAsync(request, deadline(timeout), Objects.requireNonNull(executor, "executor"));
    }

    @Override
    public CompletableFuture<Optional<HeldLock>> tryAcquireAsync(Executor executor) {
        return engine.tryAcquireAsync(request, Objects.requireNonNull(executor, "executor"));
    }

    @Override
    public <T extends @Nullable Object> T execute(Callable<T> body) throws Exception {
        try (HeldLock held = acquire()) {
            return held.call(body);
        }
    }

    @Override
    public FileLock labelled(String label) {
        return new EngineFileLock(engine, request.labelled(label));
    }

    @Override
    public FileLock notifying(LockListener listener) {
        return new EngineFileLock(engine, request.notifying(listener));
    }

    @Override
    public Path path() {
        return request.path();
    }

    @Override
    public LockMode mode() {
        return request.mode();
    }

    @Override
    public LockOptions options() {
        return request.options();
    }

    @Override
    public boolean isHeldByCurrentThread() {
        return engine.isHeldByCurrentThread(request);
    }

    @Override
    public List<LockHolder> holders() {
        return engine.holders(request);
    }

    @Override
    public List<LockClaim> claims() {
        return engine.claims(request);
    }

    @Override
    public boolean forceBreak(LockClaim claim) {
        return engine.forceBreak(request, claim);
    }

    @Override
    public void lock() {
        engine.enterUninterruptibly(request, Level.LOCK);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        engine.enter(request, Deadline.after(LockOptions.FOREVER), Level.LOCK);
    }

    @Override
    public boolean tryLock() {
        return engine.tryOnce(request, Level.LOCK) != null;
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        Deadline deadline = Deadline.after(Math.max(0, unit.toNanos(time)));
        return engine.tryEnter(request, deadline, Level.LOCK) != null;
    }

    @Override
    public void unlock() {
        engine.unlock(request);
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException(
                "a file lock has no conditions: processes can't signal each other through it");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EngineFileLock lock && lock.engine == engine && lock.request.equals(request);
    }

    @Override
    public int hashCode() {
        return request.hashCode();
    }

    @Override
    public String toString() {
        return request.mode() + " lock on " + request.path() + " (" + request.backend() + ")";
    }
}
