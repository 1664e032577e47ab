package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Judges a round by what its players wrote down and what was done to them. It uses no lock and no library: two stays inside that
 * overlap in time, a number that was lost or torn, a wait without end and a failure without a reason are seen as such.
 */
final class Oracle {
    /** So long a contender waits at most while nothing that all have to wait for is the matter. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** A call that a fault struck may still be on its way for so long. */
    private static final long AFTERMATH = TimeUnit.SECONDS.toNanos(3);

    private final Ledger ledger;
    private final List<Injection> injections;
    private final List<String> violations = new ArrayList<>();
    private int overtaken;

    private Oracle(Ledger ledger, List<Injection> injections) {
        this.ledger = ledger;
        this.injections = injections;
    }

    /**
     * What the oracle says.
     *
     * @param violations of what was promised
     * @param overtaken how many holders were overtaken where that is allowed
     */
    record Verdict(List<String> violations, int overtaken) {}

    static Verdict judge(Ledger ledger, List<Injection> injections) {
        Oracle oracle = new Oracle(ledger, injections);
        oracle.judge();
        return new Verdict(oracle.violations, oracle.overtaken);
    }

    private void judge() {
        violations.addAll(ledger.nonsense());
        for (LockBackend backend : LockBackend.values()) {
            List<Section> sections = ledger.sections().stream()
                    .filter(section -> section.backend() == backend)
                    .sorted(Comparator.comparingLong(Section::entered))
                    .toList();
            sections.forEach(this::judgeLoss);
            judgeExclusion(backend, sections);
            judgeTokens(backend, sections);
        }
        ledger.failures().forEach(this::judgeFailure);
        ledger.waits().forEach(this::judgeWait);
    }

    // ---- nobody is in with anybody else, and no number is lost

    private void judgeExclusion(LockBackend backend, List<Section> sections) {
        Map<Section, Long> doubtfulUntil = new IdentityHashMap<>(); // by the one who came second
        Set<Section> excused = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Section> open = new ArrayList<>();
        for (Section next : sections) {
            open.removeIf(other -> other.left() <= next.entered());
            for (Section other : open) {
                if (!other.excludes(next)) {
                    continue;
                }
                doubtfulUntil.merge(next, Math.max(other.left(), next.left()), Math::max);
                if (mayBeOvertaken(other) || mayBeOvertaken(next)) {
                    overtaken++;
                    excused.addAll(List.of(other, next));
                } else {
                    violations.add(backend + ": OVERLAP of " + other + " and " + next);
                }
            }
            open.add(next);
        }
        judgeNumbers(backend, sections, doubtfulUntil, excused);
    }

    /** Each finds the number that the one before has left. */
    private void judgeNumbers(
            LockBackend backend, List<Section> sections, Map<Section, Long> doubtfulUntil, Set<Section> excused) {
        Expected expected = new Expected();
        for (Section next : sections) {
            if (doubtfulUntil.containsKey(next)) {
                expected.forget(doubtfulUntil.get(next));
            }
            if (next.lost() != null) {
                expected.forget(next.left());
            }
            String wrong = expected.follow(next, excused.contains(next));
            if (wrong != null) {
                violations.add(backend + ": " + wrong + " by " + next);
            }
        }
    }

    /** A fencing token is greater than all that were given before to those whom its holder excludes. */
    private void judgeTokens(LockBackend backend, List<Section> sections) {
        Token highest = null;
        Token highestOfWriters = null;
        for (Section next : sections) {
            if (next.token() == null || mayBeOvertaken(next)) { // who may have got it long before he wrote that down
                continue;
            }
            Token token = new Token(next.token(), next);
            Token before = next.mode().isShared() ? highestOfWriters : highest;
            if (before != null && before.number >= token.number) {
                if (!beganAnew(backend, before.holder, next)) {
                    violations.add(backend + ": OLD TOKEN " + token.number + " of " + next + " after " + before.number
                            + " of " + before.holder);
                }
                highest = null;
                highestOfWriters = null;
            }
            highest = highest != null && highest.number > token.number ? highest : token;
            highestOfWriters = next.mode().isShared() ? highestOfWriters : token;
        }
    }

    private record Token(long number, Section holder) {}

    /** Tokens grow as long as nobody removes what remembers them. */
    private boolean beganAnew(LockBackend backend, Section before, Section after) {
        return injections.stream()
                .anyMatch(injection -> injection.fault().isTampering()
                        && (injection.backend() == null || injection.backend() == backend)
                        && injection.during(before.entered() - AFTERMATH, after.entered()));
    }

    /** What the next one must find: the protected number, unless a writer who was overtaken or killed leaves that open. */
    private static final class Expected {
        private long atLeast;
        private long atMost;
        private long forgottenUntil = Long.MIN_VALUE;
        private boolean known = true;

        void forget(long until) {
            known = false;
            forgottenUntil = Math.max(forgottenUntil, until);
        }

        @Nullable String follow(Section section, boolean overtaken) {
            String wrong = null;
            if (known && section.saw() == SharedNumber.TORN) {
                wrong = "TORN number found";
            } else if (known && (section.saw() < atLeast || section.saw() > atMost)) {
                wrong = "LOST number: expected " + atLeast + (atMost > atLeast ? " or " + atMost : "") + ", was found";
            }
            if (!known && section.entered() < forgottenUntil) {
                return null;
            }
            known = true;
            Long leftBehind = section.leftBehind();
            if (section.mode().isShared()) {
                if (leftBehind != null && leftBehind != section.saw() && !overtaken) {
                    wrong = "CHANGED number under a reader's eyes, seen";
                }
                atLeast = section.saw();
                atMost = section.saw();
            } else {
                atMost = section.saw() + 1;
                atLeast = leftBehind == null ? section.saw() : leftBehind;
            }
            return wrong;
        }
    }

    /** Whether this one may find others inside: because it was told, or because it could not be. */
    private boolean mayBeOvertaken(Section section) {
        return (section.lost() != null || section.python() || section.killed()) && hasReasonToLose(section);
    }

    private boolean hasReasonToLose(Section section) {
        if (Arena.timed(section.backend()) && section.left() - section.entered() > Arena.LEASE.toNanos() / 2) {
            return true; // stood still, if only because the machine had much else to do
        }
        if (Arena.timed(section.backend()) && pythonStoodStill(section)) {
            return true;
        }
        return injections.stream()
                .anyMatch(injection ->
                        injection.fault().outcome(section.backend()).mayBeOvertaken()
                                && injection.concerns(section.contestant(), section.backend())
                                && injection.during(section.entered() - AFTERMATH, section.told()));
    }

    /**
     * Whether some Python has just been kept from running. Such a one may have been given the lock, and have lost it, long before it
     * wrote that down. Or it has seen a lease that was old by the time that it compared it with the clock, and then it renames whatever
     * stands there by now.
     */
    private boolean pythonStoodStill(Section section) {
        return ledger.sections().stream()
                .anyMatch(other -> other.python()
                        && other.left() - other.entered() > Arena.LEASE.toNanos() / 4
                        && other.entered() < section.left()
                        && section.entered() - AFTERMATH < other.left());
    }

    private void judgeLoss(Section section) {
        if (section.lost() != null && !hasReasonToLose(section)) {
            violations.add(section.backend() + ": LOST WITHOUT A REASON " + section);
        }
    }

    // ---- nothing fails without a reason, nobody waits for ever

    private void judgeFailure(Ledger.Failure failure) {
        boolean reason = injections.stream()
                .anyMatch(injection -> mayFail(failure, injection.fault().outcome(failure.backend()))
                        && injection.concerns(failure.contestant(), failure.backend())
                        && injection.during(failure.at() - AFTERMATH, failure.at() + 1));
        if (!reason || failure.why().startsWith(Player.BUG)) {
            violations.add(failure.backend() + ": FAILURE of " + failure.contestant() + " at " + failure.at() + ": "
                    + failure.why());
        }
    }

    /**
     * Python's library does not expect that while it stood still others have swept away what it was about to link. A thread of Java's
     * may be told of its loss when it enters again, before it has written down that it was inside.
     */
    private static boolean mayFail(Ledger.Failure failure, Outcome outcome) {
        boolean toldLost = failure.why().startsWith(LockLostException.class.getName());
        return outcome.mayFail() || (outcome.mayBeOvertaken() && (failure.python() || toldLost));
    }

    private void judgeWait(Ledger.Wait wait) {
        long allowed = LONGEST_WAIT.toNanos();
        for (Injection injection : injections) {
            if (injection.during(wait.from(), wait.to())
                    && injection.fault().outcome(wait.backend()) != Outcome.GOES_ON) {
                allowed += injection.ended() - injection.begun();
            }
        }
        long waited = wait.to() - wait.from();
        if (waited > allowed) {
            violations.add(wait.backend() + ": STARVED, " + wait.contestant() + "/" + wait.thread() + " waited "
                    + TimeUnit.NANOSECONDS.toMillis(waited) + " ms from " + wait.from());
        }
    }
}
