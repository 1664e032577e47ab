package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What sets SOFT, MARKER and LEASE apart: what a marker of theirs says, and how they answer the marker that they find. Everything
 * else is the same for all three and knows no differences.
 */
interface Contract {

    LockBackend backend();

    /** What a new marker says. */
    MarkerRecord record(Owner owner);

    /**
     * Why a marker may be removed, in words; null if it has to be waited for.
     *
     * @throws dev.filelock.FileLockException if no waiting helps
     */
    @Nullable String staleness(MarkerRecord record, FoundMarker found);

    /**
     * Makes a hold of a marker of ours that is in place.
     *
     * @return null if too much time has passed since it was made; it is taken back then
     */
    @Nullable Grant hold(HeldMarker marker) throws IOException;
}
