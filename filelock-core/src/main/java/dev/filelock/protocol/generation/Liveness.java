package dev.filelock.protocol.generation;

import dev.filelock.os.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
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
                if (latest.has(token)) {
                    continue;
                }
                if (isLeftOver(token, directory.holders().read(token))) {
                    directory.holders().remove(token);
                } else {
                    present.add(token);
                }
            }
            for (String draft : directory.log().drafts()) {
                if (isLeftOver(draft, directory.log().readDraft(draft))) {
                    directory.log().deleteDraft(draft);
                } else {
                    present.add(draft);
                }
            }
            leftovers.retain(present);
        } catch (IOException e) {
            log.debug("{} can't be swept; it is tried again", directory.root(), e);
        }
    }

    private boolean isLeftOver(String name, byte @Nullable [] bytes) {
        return leftovers.unchangedFor(name, bytes, time.nanos()) >= threshold;
    }

    /** Deletes the records of participants who are out of the log now. Never throws for it: a sweep does it later. */
    void evicted(Set<String> tokens, LockDirectory directory) {
        for (String token : tokens) {
            try {
                byte[] bytes = directory.holders().read(token);
                HolderRecord record = bytes == null ? null : HolderRecord.parse(bytes);
                log.info(
                        "The lock {} was taken from {}, who had shown no sign of life for {} ms",
                        directory.root(),
                        record == null
                                ? "a participant without a record"
                                : "pid " + record.pid() + " on host " + record.host(),
                        threshold / 1_000_000);
                directory.holders().remove(token);
            } catch (IOException e) {
                log.debug("The record of {} stays behind until a later sweep", token, e);
            }
        }
    }

    boolean hasSeenAnything() {
        return !members.isEmpty() || !leftovers.isEmpty();
    }

    void forget() {
        members.clear();
        leftovers.clear();
    }
}
