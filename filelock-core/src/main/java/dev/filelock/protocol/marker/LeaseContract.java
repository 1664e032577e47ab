package dev.filelock.protocol.marker;

import dev.filelock.LeaseMismatchException;
import dev.filelock.LockBackend;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * LEASE: protocol 2, mode {@code lease}. Whoever has not refreshed the marker for the duration of the lease loses it, dead or
 * alive; so all who lock one path must agree on that duration.
 */
final class LeaseContract implements Contract {
    private final Path path;
    private final LeaseTerms terms;
    private final Host host;

    LeaseContract(Path path, LeaseTerms terms, Host host) {
        this.path = path;
        this.terms = terms;
        this.host = host;
    }

    @Override
    public LockBackend backend() {
        return LockBackend.LEASE;
    }

    @Override
    public MarkerRecord record(Owner owner) {
        return Protocol2Record.lease(owner, RandomToken.next(), Seconds.of(terms.duration()));
    }

    @Override
    public @Nullable String staleness(MarkerRecord record, FoundMarker found) {
        return switch (record.kind()) {
            case SOFT -> host.owners().proofOfDeath(record.owner());
            case EXCLUSIVE -> refuseIfDead(record);
            case LEASE -> {
                refuseIfOfAnotherDuration(record);
                String death = host.owners().proofOfDeath(record.owner());
                yield death != null ? death : expiry(record, found);
            }
            case UNKNOWN -> null;
        };
    }

    /** A Python lease waits for such a marker for ever, and so can't be the one to clear it away. */
    private @Nullable String refuseIfDead(MarkerRecord record) {
        String death = host.owners().proofOfDeath(record.owner());
        if (death != null) {
            throw Refusal.of(path, backend(), record.kind().description() + " (" + death + ")");
        }
        return null;
    }

    private void refuseIfOfAnotherDuration(MarkerRecord record) {
        double theirs = durationOf(record);
        if (theirs != Seconds.of(terms.duration())) {
            throw new LeaseMismatchException(
                    path,
                    terms.duration(),
                    Seconds.toDuration(theirs),
                    path + " is leased by pid " + record.owner().pid() + " on host "
                            + record.owner().host() + " for " + PythonText.repr(theirs)
                            + " s at a time, but this lock's leaseDuration is " + Seconds.inWords(terms.duration())
                            + "; all who lock one path must use the same duration. If that process has ended for good, remove the"
                            + " file by hand");
        }
    }

    private @Nullable String expiry(MarkerRecord record, FoundMarker found) {
        Duration overdue = found.age(host.time()).minus(terms.duration());
        return overdue.isNegative()
                ? null
                : "the lease of pid " + record.owner().pid() + " on host "
                        + record.owner().host() + " ran out " + Seconds.inWords(overdue)
                        + " ago; if that process still works, it no longer has the lock";
    }

    static double durationOf(MarkerRecord lease) {
        return Objects.requireNonNull(((Protocol2Record) lease).duration());
    }

    @Override
    public @Nullable Grant hold(HeldMarker marker) throws IOException {
        HeldLease lease = new HeldLease(path, marker, terms, host.time());
        if (lease.hasExpired()) { // this process stood still between creating the marker and now
            lease.release();
            return null;
        }
        try {
            lease.start();
            return lease;
        } catch (RuntimeException | Error e) {
            lease.stop(); // what has started
            throw e;
        }
    }
}
