package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.protocol.Grant;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * SOFT: protocol 1. Records of protocol 2 are refused: Python's {@code SoftFileLock} can't read them and takes their locks away, so
 * these locks exclude nobody here.
 */
final class SoftContract implements Contract {
    private final Path path;
    private final Host host;

    SoftContract(Path path, Host host) {
        this.path = path;
        this.host = host;
    }

    @Override
    public LockBackend backend() {
        return LockBackend.SOFT;
    }

    @Override
    public MarkerRecord record(Owner owner) {
        return new Protocol1Record(owner);
    }

    @Override
    public @Nullable String staleness(MarkerRecord record, FoundMarker found) {
        return switch (record.kind()) {
            case SOFT -> host.owners().proofOfDeath(record.owner());
            case EXCLUSIVE, LEASE, UNKNOWN -> throw Refusal.of(path, backend(), record);
        };
    }

    @Override
    public Grant hold(HeldMarker marker) {
        return marker;
    }
}
