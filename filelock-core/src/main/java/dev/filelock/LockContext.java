package dev.filelock;

import dev.filelock.engine.Engine;
import java.util.Optional;

/**
 * The holds under which code runs, to be carried from thread to thread by frameworks whose work does not stay on one. Whatever is
 * acquired under it re-enters its holds as {@link HeldLock#call} says; {@code held.call(body)} runs the body under
 * {@code LockContext.current().under(held)}.
 *
 * <p>Carry it with the work that was begun under the holds and that they outlast, and with nothing else: other work would enter
 * where the holds are there to keep it out. Immutable and safe for use by many threads.
 */
public interface LockContext {

    /**
     * The holds under which the calling code runs.
     *
     * @return the context of the calling thread
     */
    static LockContext current() {
        return Engine.instance().context();
    }

    /**
     * Adds a hold, and those under which it was acquired.
     *
     * @param innermost the hold that is to be {@link FileLocks#current()}
     * @return a new context
     * @throws IllegalStateException if the handle was closed
     * @throws IllegalArgumentException if the handle is not one of this library's
     */
    LockContext under(HeldLock innermost);

    /**
     * The innermost hold.
     *
     * @return what {@link FileLocks#find()} gives under this context
     */
    Optional<HeldLock> innermost();

    /**
     * Lets the calling thread run under this context, in place of the one it has, until the scope is closed.
     *
     * @return to be closed by the same thread
     */
    Scope enter();

    /** The time for which a thread runs under a context. */
    interface Scope extends AutoCloseable {
        /** Gives the thread back the context that it had before. */
        @Override
        void close();
    }
}
