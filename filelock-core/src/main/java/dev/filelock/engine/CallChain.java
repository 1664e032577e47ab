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
    static final CallChain NONE = new CallChain(List.of(), List.of());

    private static final ThreadLocal<@Nullable CallChain> CURRENT = new ThreadLocal<>();

    private final List<Handle> handles;

    /** Those whose {@link HeldLock#call} or context the thread with this chain is inside; they outlast it, and are in {@link #handles}. */
    private final List<Handle> entered;

    private CallChain(List<Handle> handles, List<Handle> entered) {
        this.handles = handles;
        this.entered = entered;
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

    boolean isEmpty() {
        return handles.isEmpty();
    }

    /** Whether the hold is one of this chain's. */
    boolean isUnder(Hold hold) {
        return anyOpen(handles, hold);
    }

    /** Whether a thread that has this chain is inside a {@link HeldLock#call} or a context of the hold. */
    boolean runsInside(Hold hold) {
        return anyOpen(entered, hold);
    }

    private static boolean anyOpen(List<Handle> handles, Hold hold) {
        for (Handle handle : handles) {
            if (handle.hold() == hold && handle.isOpen()) {
                return true;
            }
        }
        return false;
    }

    /** The hold of this chain on the given file, or null. Called with the entry's mutex, under which the level of an open handle stays. */
    @Nullable Hold holdOf(LockEntry entry) {
        for (Handle handle : handles) {
            Hold hold = handle.hold();
            if (hold.entry == entry && handle.isOpen()) {
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
            List<Handle> only = Collections.singletonList(innermost);
            return new CallChain(only, only);
        }
        List<Handle> all = new ArrayList<>(1 + acquiredUnder.handles.size() + handles.size());
        all.add(innermost);
        addOpen(acquiredUnder.handles, all);
        addOpen(handles, all);
        List<Handle> inside = new ArrayList<>(1 + entered.size());
        inside.add(innermost);
        addOpen(entered, inside);
        return new CallChain(all, inside);
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
