package dev.filelock.engine;

import dev.filelock.LockDeadlockException;
import dev.filelock.LockDeadlockException.Participant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which waits of this JVM wait for one another. Safe for use by any number of threads; looks at one file at a time, so that its own
 * locking can't deadlock. Only those who wait come here.
 *
 * <p>A wait ends when its file's tenure has ended, and that when all its holds have. So a circle of waits, each for a hold of the next
 * one's thread, ends only by somebody's giving up. A thread has the holds that it re-enters, and of those without a thread the ones
 * inside whose {@link dev.filelock.HeldLock#call} it runs. No wait is ever continued and no ended hold comes back; so whatever was
 * there when it was found, and is there when it is looked at once more after all of it was found, was there all at once in between.
 */
final class WaitGraph {
    private static final int TRIES = 10;

    private final AtomicLong count = new AtomicLong();
    private final ConcurrentHashMap<Thread, Wait> byThread = new ConcurrentHashMap<>();

    /** Those that were begun under holds. */
    private final Set<Wait> chained = ConcurrentHashMap.newKeySet();

    /**
     * A wait that has begun.
     *
     * @param number grows with every wait
     * @param outer another one of the same thread, in which a listener of it waits
     */
    record Wait(
            Waiter waiter,
            LockEntry entry,
            long number,
            @Nullable Wait outer) {
        String name() {
            return waiter.owner == null ? "an acquisition without a thread" : "thread '" + waiter.owner.getName() + "'";
        }
    }

    /** One wait can't end before the hold has, and the hold not before the other wait. */
    private record Link(Wait waiting, Hold hold, Wait holder) {}

    /** Which waits a hold is taken to end after. */
    private enum Dependence {
        /** Those without whose end it can't. */
        CERTAIN,
        /** Those that were begun under it, too: whoever began them may want to go on under it, or may not. */
        SUSPECTED
    }

    Wait begin(Waiter waiter, LockEntry entry) {
        Thread thread = waiter.owner;
        Wait wait = new Wait(waiter, entry, count.incrementAndGet(), thread == null ? null : byThread.get(thread));
        if (thread != null) {
            byThread.put(thread, wait);
        }
        if (!waiter.chain.isEmpty()) {
            chained.add(wait);
        }
        return wait;
    }

    void end(Wait wait) {
        Thread thread = wait.waiter().owner;
        if (thread != null && wait.outer() != null) {
            byThread.put(thread, wait.outer());
        } else if (thread != null) {
            byThread.remove(thread);
        }
        if (!wait.waiter().chain.isEmpty()) {
            chained.remove(wait);
        }
    }

    /**
     * Breaks the circle that a wait has closed, if it has. The victim is the wait that would be the first to give up anyway, so that
     * nobody fails who could have had the lock; if none would ever, it is the one that came last.
     */
    void breakCircle(Wait closing) {
        for (int tries = 0; tries < TRIES; tries++) {
            List<Link> circle = circleThrough(closing, Dependence.CERTAIN);
            if (circle == null) {
                return;
            }
            if (circle.stream().allMatch(this::stands)) {
                Wait victim = circle.stream()
                        .map(Link::waiting)
                        .min(Comparator.comparing((Wait wait) -> wait.waiter().deadline, Deadline.BY_END)
                                .thenComparing(Wait::number, Comparator.reverseOrder()))
                        .orElseThrow();
                if (!victim.waiter().givesUpQuietly()) {
                    LockDeadlockException deadlock = deadlock(startingWith(victim, circle));
                    victim.entry().end(victim.waiter(), waiter -> waiter.fail(deadlock));
                }
                return;
            }
        }
    }

    /** A circle of which it isn't known that it will last, in words; null if there is none. */
    @Nullable String suspicion(Wait wait) {
        List<Link> circle = circleThrough(wait, Dependence.SUSPECTED);
        return circle == null
                ? null
                : circle.stream()
                        .map(link -> link.waiting().name() + " waits for "
                                + link.waiting().entry().path)
                        .collect(Collectors.joining(", "));
    }

    // ---- finding it

    /** A shortest one, breadth first; null if there is none. */
    private @Nullable List<Link> circleThrough(Wait start, Dependence dependence) {
        Map<Wait, Link> cameBy = new HashMap<>();
        ArrayDeque<Wait> next = new ArrayDeque<>(List.of(start));
        while (!next.isEmpty()) {
            Wait waiting = next.remove();
            for (Hold hold : waiting.entry().holds()) {
                for (Wait holder : waitsOf(hold, dependence)) {
                    Link link = new Link(waiting, hold, holder);
                    if (holder.equals(start)) {
                        return backFrom(link, start, cameBy);
                    } else if (cameBy.putIfAbsent(holder, link) == null) {
                        next.add(holder);
                    }
                }
            }
        }
        return null;
    }

    private static List<Link> backFrom(Link last, Wait start, Map<Wait, Link> cameBy) {
        List<Link> circle = new ArrayList<>();
        for (Link link = last; true; link = Objects.requireNonNull(cameBy.get(link.waiting()))) {
            circle.add(link);
            if (link.waiting().equals(start)) {
                Collections.reverse(circle);
                return circle;
            }
        }
    }

    private List<Wait> waitsOf(Hold hold, Dependence dependence) {
        Thread thread = hold.entry.reentrant(hold);
        Wait ofThread = thread == null ? null : byThread.get(thread);
        if (dependence == Dependence.CERTAIN && thread != null) {
            return ofThread == null ? List.of() : List.of(ofThread);
        }
        List<Wait> waits = new ArrayList<>();
        if (ofThread != null) {
            waits.add(ofThread);
        }
        for (Wait wait : chained) {
            CallChain chain = wait.waiter().chain;
            boolean depends = dependence == Dependence.CERTAIN
                    ? wait.waiter().owner != null && chain.runsInside(hold)
                    : chain.isUnder(hold);
            if (depends && !wait.equals(ofThread)) {
                waits.add(wait);
            }
        }
        return waits;
    }

    private boolean stands(Link link) {
        return link.waiting().entry().waitsFor(link.waiting().waiter(), link.hold())
                && waitsOf(link.hold(), Dependence.CERTAIN).contains(link.holder());
    }

    // ---- putting it into words

    private static List<Link> startingWith(Wait victim, List<Link> circle) {
        List<Link> turned = new ArrayList<>(circle);
        while (!turned.get(0).waiting().equals(victim)) {
            Collections.rotate(turned, 1);
        }
        return turned;
    }

    private static LockDeadlockException deadlock(List<Link> circle) {
        List<Participant> participants = new ArrayList<>();
        Link before = circle.get(circle.size() - 1);
        for (Link link : circle) {
            Thread thread = Objects.requireNonNull(link.waiting().waiter().owner);
            participants.add(new Participant(
                    thread.getName(),
                    before.hold().request.path(),
                    link.waiting().waiter().request.path(),
                    Arrays.asList(thread.getStackTrace())));
            before = link;
        }
        return new LockDeadlockException(participants);
    }
}
