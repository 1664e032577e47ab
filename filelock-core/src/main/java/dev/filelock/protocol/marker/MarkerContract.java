package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.protocol.Grant;
import org.jspecify.annotations.Nullable;

/**
 * MARKER: protocol 2, mode {@code exclusive}. Any owner that it can read of it waits for, and clears up after on proof of death; a
 * lease has no term for it.
 */
final class MarkerContract implements Contract {
    private final Host host;

    MarkerContract(Host host) {
        this.host = host;
    }

    @Override
    public LockBackend backend() {
        return LockBackend.MARKER;
    }

    @Override
    public MarkerRecord record(Owner owner) {
        return Protocol2Record.exclusive(owner);
    }

    @Override
    public @Nullable String staleness(MarkerRecord record, FoundMarker found) {
        return switch (record.kind()) {
            case SOFT, EXCLUSIVE, LEASE -> host.owners().proofOfDeath(record.owner());
            case UNKNOWN -> null;
        };
    }

    @Override
    public Grant hold(HeldMarker marker) {
        return marker;
    }
}
