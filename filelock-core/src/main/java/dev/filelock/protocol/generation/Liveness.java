package dev.filelock.protocol.generation;

import dev.filelock.os.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who takes part in a lock and shows no sign of life, and what nobody needs any more: whatever has looked the same for the stale
 * threshold. Outlasts attempts, so that several short ones add up. Safe for use by any number of threads.
 */
final class Liveness {
    private static final Logger log = LoggerFactory.getLogger(Liveness.class);

    private final Time time;
    private final long threshold;

    /** Of those whom the newest snapshot named when we last looked. */
    private final Observations members = new Observations();

    /** Of records without a member, and of drafts. */
    private final Observations leftovers = new Observations();

    private @Nullable Long swept;

    Liveness(Time time, Duration threshold) {
        this.time = time;
        this.threshold = threshold.toNanos();
    }

    /** Looks at all of the given participants and tells which of them are to be taken for dead. */
    Set<String> stale(Set<String> others, Holders holders) throws IOException {
        members.retain(others);
        Set<String> stale = new HashSet<>();
        for (String token : others) {
            byte[] record = holders.read(token);
            if (members.unchangedFor(token, record, time.nanos()) >= threshold) {
                stale.add(token);
            }
        }
        return stale;
    }

    /** How long a participant has shown no sign of life, as far as we have looked; zero if we never have. */
    Duration silence(String token) {
        return Duration.ofNanos(members.lastKnownUnchangedFor(token, time.nanos()));
    }

    /** Deletes what nobody needs any more, at the first call and then at most twice in a stale threshold. Never throws for it. */
    void sweep(Snapshot latest, LockDirectory directory) {
        long now = time.nanos();
        synchronized (this) {
            if (swept != null && now - swept < threshold / 2) {
                return;
            }
            swept = now;
        }
        try {
            Set<String> present = new HashSet<>();
            for (String token : directory.holders().tokens()) {
                byte[] bytes = latest.has(token) ? null : directory.holders().read(token);
                if (bytes != null && isLeftOver(token, bytes, present)) {
                    directory.holders().remove(token);
                }
            }
            for (String draft : directory.log().drafts()) {
                byte[] bytes = directory.log().readDraft(draft);
                if (bytes != null && isLeftOver(draft, bytes, present)) {
                    directory.log().deleteDraft(draft);
                }
            }
            leftovers.retain(present);
        } catch (IOException e) {
            log.debug("{} can't be swept; it is tried again", directory.root(), e);
        }
    }

    private boolean isLeftOver(String name, byte[] bytes, Set<String> present) {
        boolean leftOver = leftovers.unchangedFor(name, bytes, time.nanos()) >= threshold;
        if (!leftOver) {
            present.add(name);
        }
        return leftOver;
    }

    /**
     * Deletes the records of participants who are out of the log now. Never throws for it: a sweep does it later.
     *
     * @return why they were taken out, in words; null if there are none
     */
    @Nullable String evicted(Set<String> tokens, LockDirectory directory) {
        List<String> reasons = new ArrayList<>();
        for (String token : tokens) {
            try {
                byte[] bytes = directory.holders().read(token);
                HolderRecord record = bytes == null ? null : HolderRecord.parse(bytes);
                reasons.add((record == null
                                ? "a participant without a record"
                                : "pid " + record.pid() + " on host " + record.host())
                        + " had shown no sign of life for " + threshold / 1_000_000 + " ms");
                directory.holders().remove(token);
            } catch (IOException e) {
                log.debug("The record of {} stays behind until a later sweep", token, e);
            }
        }
        if (reasons.isEmpty()) {
            return null;
        }
        String reason = String.join(", ", reasons);
        log.info("Places in the lock {} were taken: {}", directory.root(), reason);
        return reason;
    }

    boolean hasSeenAnything() {
        return !members.isEmpty() || !leftovers.isEmpty();
    }

    void forget() {
        members.clear();
        leftovers.clear();
    }
}
