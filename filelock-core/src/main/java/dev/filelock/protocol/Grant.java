package dev.filelock.protocol;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The lock, taken on disk. Released by any thread, once; {@link #ensureValid} may be called by any thread until then. */
public interface Grant {

    /**
     * Gives the lock back on disk.
     *
     * @throws IOException if it may still be taken; the engine calls again, with back-off, until this returns. What failed after
     *     the lock was given back is logged by the protocol and not thrown
     */
    void release() throws IOException;

    /**
     * Checks that the lock file is still the one that was locked.
     *
     * @throws LockLostException if it is not, with the reason
     * @throws IOException if that can't be found out
     */
    void ensureValid() throws IOException;

    /** The protocol really in use, which differs from the one asked for after a fallback. */
    LockBackend backend();

    /** The identity of the locked file itself, or null where it is not known. */
    @Nullable FileIdentity identity();

    /** A number that grows with every grant of this lock, where the protocol has one. */
    default OptionalLong fencingToken() {
        return OptionalLong.empty();
    }

    /**
     * Whether so much time has passed without a sign of life that others may have taken the lock, and this process, which may just
     * have been woken, has not heard of it yet. Told by the clock, without I/O; protocols whose locks can't be lost say false.
     */
    default boolean isOverdue() {
        return false;
    }

    /**
     * Whether several owners of this JVM may have it in turn, each after {@link #ensureValid}, with no release in between. Only of
     * a grant that has nothing of its owner on disk, no fencing token, and never tells of its loss.
     */
    default boolean canBePassedOn() {
        return false;
    }

    /** Sets whom to tell, at most once and on any thread, that the lock was lost. Protocols whose locks can't be lost ignore it. */
    default void onLost(Consumer<LockLostException> listener) {}
}
