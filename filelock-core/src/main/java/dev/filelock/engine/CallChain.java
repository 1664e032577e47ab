package dev.filelock.engine;

import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The holds under which code runs, innermost first. A thread has one while it is inside {@link HeldLock#call}; a handle remembers
 * the one under which it was acquired, so that whoever carries the innermost hold to another thread carries them all. Immutable.
 */
final class CallChain implements LockContext {
    static final CallChain NONE = new CallChain(List.of());

    private static final ThreadLocal<@Nullable CallChain> CURRENT = new ThreadLocal<>();

    private final List<Handle> handles;

    private CallChain(List<Handle> handles) {
        this.handles = handles;
    }

    /** The chain of the calling thread. */
    static CallChain current() {
        CallChain chain = CURRENT.get();
        return chain == null ? NONE : chain;
    }

    @Override
    public Optional<HeldLock> innermost() {
        return handles.isEmpty() ? Optional.empty() : Optional.of(handles.get(0));
    }

    /** The hold of this chain on the given file, or null. Called with the entry's mutex. */
    @Nullable Hold holdOf(LockEntry entry) {
        for (Handle handle : handles) {
            Hold hold = handle.hold();
            if (hold.entry == entry && hold.levels() > 0) {
                return hold;
            }
        }
        return null;
    }

    /** Runs the body on this thread under the given hold, those under which it was acquired, and those it runs under already. */
    static <T extends @Nullable Object> T call(Handle innermost, Callable<T> body) throws Exception {
        try (Scope scope = current().enclosing(innermost).enter()) {
            return body.call();
        }
    }

    @Override
    public LockContext under(HeldLock innermost) {
        if (!(innermost instanceof Handle handle)) {
            throw new IllegalArgumentException(
                    innermost + " is not a hold of this library; give the one that acquire() gave");
        }
        handle.requireOpen();
        return enclosing(handle);
    }

    @Override
    public Scope enter() {
        CallChain outer = current();
        set(this);
        return () -> set(outer);
    }

    private static void set(CallChain chain) {
        if (chain.handles.isEmpty()) {
            CURRENT.remove();
        } else {
            CURRENT.set(chain);
        }
    }

    private CallChain enclosing(Handle innermost) {
        CallChain acquiredUnder = innermost.acquiredUnder();
        if (handles.isEmpty() && acquiredUnder.handles.isEmpty()) {
            return new CallChain(Collections.singletonList(innermost));
        }
        List<Handle> all = new ArrayList<>(1 + acquiredUnder.handles.size() + handles.size());
        all.add(innermost);
        addOpen(acquiredUnder.handles, all);
        addOpen(handles, all);
        return new CallChain(all);
    }

    /** Closed ones are left out, or work that goes from lock to lock would remember them all. */
    private static void addOpen(List<Handle> some, List<Handle> into) {
        for (Handle handle : some) {
            if (handle.isOpen() && !into.contains(handle)) {
                into.add(handle);
            }
        }
    }
}
