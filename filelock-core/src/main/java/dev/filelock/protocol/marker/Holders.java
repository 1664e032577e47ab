package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.os.FileOwners;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts a marker into words: whose it is, since when, and what its reader should know. */
final class Holders {
    private final Path path;
    private final LockBackend backend;
    private final Host host;

    /** For a lock of the given backend. */
    Holders(Path path, LockBackend backend, Host host) {
        this.path = path;
        this.backend = backend;
        this.host = host;
    }

    /** Null if it names nobody. */
    @Nullable LockHolder of(FoundMarker found) {
        Content content = found.content();
        Instant modified = found.status().modified();
        if (content instanceof MarkerRecord record) {
            // A lease is modified by every heartbeat.
            return of(record, found, record.kind() == MarkerRecord.Kind.LEASE ? null : modified);
        } else if (content instanceof Content.Foreign) {
            return null;
        }
        String remark = content instanceof Content.Unfinished
                ? "its marker is not written yet"
                : "its marker can't be read by this process";
        return new LockHolder(null, null, null, FileOwners.of(path), null, modified, remark);
    }

    private LockHolder of(MarkerRecord record, FoundMarker found, @Nullable Instant since) {
        Owner owner = record.owner();
        Owners owners = host.owners();
        boolean here = owners.isOfOurHost(owner);
        boolean known = here && owners.isOfOurPidNamespace(owner);
        boolean dead = known && found.isComplete() && owners.proofOfDeath(owner) != null;
        String byHand = "remove " + path + " by hand if that process is gone";
        String liveness = !here
                ? "on another host: " + byHand
                : !known
                        ? "in another PID namespace: " + byHand
                        : dead ? "that process has ended; its marker is still there" : owners.remark(owner);
        String remark = Stream.of(contract(record), term(record, found), liveness)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
        return new LockHolder(
                (long) owner.pid(),
                here ? null : owner.host(),
                known && !dead ? owners.describe(owner) : null,
                FileOwners.of(path),
                null,
                since,
                remark.isEmpty() ? null : remark);
    }

    private @Nullable String contract(MarkerRecord record) {
        return record.kind().backend() == backend ? null : record.kind().description();
    }

    private @Nullable String term(MarkerRecord record, FoundMarker found) {
        if (record.kind() != MarkerRecord.Kind.LEASE) {
            return null;
        }
        Duration duration = Seconds.toDuration(LeaseContract.durationOf(record));
        Duration left = duration.minus(found.age(host.time()));
        return "its lease of " + Seconds.inWords(duration)
                + (left.isNegative() || left.isZero()
                        ? " ran out " + Seconds.inWords(left.negated()) + " ago"
                        : " runs out in " + Seconds.inWords(left) + " unless it is refreshed");
    }
}
