package dev.filelock.verify;

import dev.filelock.LockMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the referee sees of one round: who is in, and what was wrong with that. Not safe for use by several threads. */
final class Score {
    private static final int OVERLAPS_TOLD = 5;

    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private final Map<String, LockMode> inside = new LinkedHashMap<>();
    private final List<String> overlapsTold = new ArrayList<>();
    private final List<String> unavailable = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final List<Long> handOffs = new ArrayList<>();
    private long overlaps;
    private boolean starved;

    private @Nullable String lastOut;
    private long freeSince;

    private static final class Tally {
        long turns;
        long longestWait;
    }

    Score(List<String> contenders) {
        contenders.forEach(contender -> tallies.put(contender, new Tally()));
    }

    void enters(String contender, LockMode mode, long waitedNanos, long now) {
        boolean wrong = inside.containsValue(mode.isShared() ? LockMode.WRITE : LockMode.READ)
                || (!mode.isShared() && !inside.isEmpty())
                || inside.containsValue(LockMode.EXCLUSIVE);
        if (wrong) {
            overlaps++;
            if (overlapsTold.size() < OVERLAPS_TOLD) {
                overlapsTold.add(contender + " entered in mode " + mode + " while "
                        + inside.entrySet().stream()
                                .map(other -> other.getKey() + " was in (" + other.getValue() + ")")
                                .collect(Collectors.joining(" and ")));
            }
        } else if (inside.isEmpty() && lastOut != null && !lastOut.equals(contender)) {
            handOffs.add(now - freeSince);
        }
        inside.put(contender, mode);
        Tally tally = tallies.computeIfAbsent(contender, key -> new Tally());
        tally.turns++;
        tally.longestWait = Math.max(tally.longestWait, waitedNanos);
    }

    void leaves(String contender, long now) {
        if (inside.remove(contender) != null && inside.isEmpty()) {
            lastOut = contender;
            freeSince = now;
        }
    }

    /** This backend can't be used in this directory, says the library. */
    void unavailable(String contender, String reason) {
        unavailable.add(contender + ": " + reason);
    }

    void starves(String contender, String reason) {
        starved = true;
        failures.add(contender + ": " + reason);
    }

    void fails(String contender, String reason) {
        failures.add(contender + ": " + reason);
    }

    Findings findings(Round round) {
        long[] sorted = handOffs.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return new Findings(
                round,
                verdict(),
                tallies.values().stream().mapToLong(tally -> tally.turns).sum(),
                tallies.values().stream().mapToLong(tally -> tally.turns).min().orElse(0),
                tallies.values().stream().mapToLong(tally -> tally.turns).max().orElse(0),
                tallies.values().stream()
                        .mapToLong(tally -> tally.longestWait)
                        .max()
                        .orElse(0),
                overlaps,
                sorted,
                remarks());
    }

    private Findings.Verdict verdict() {
        if (overlaps > 0) {
            return Findings.Verdict.UNSAFE;
        } else if (starved) {
            return Findings.Verdict.STARVES;
        } else if (!failures.isEmpty()) {
            return Findings.Verdict.FAILED;
        } else if (!unavailable.isEmpty()) {
            return unavailable.size() == tallies.size() ? Findings.Verdict.UNAVAILABLE : Findings.Verdict.FAILED;
        } else {
            return Findings.Verdict.SAFE;
        }
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>(overlapsTold);
        if (overlaps > overlapsTold.size()) {
            remarks.add("and " + (overlaps - overlapsTold.size()) + " more overlaps");
        }
        remarks.addAll(failures);
        if (!unavailable.isEmpty()) {
            remarks.add(unavailable.get(0)
                    + (unavailable.size() > 1 ? " (and " + (unavailable.size() - 1) + " more processes)" : ""));
        }
        return remarks;
    }
}
