package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the players of one round wrote down, put together. Safe for use by several threads. */
final class Ledger {
    /** A call that failed. */
    record Failure(String contestant, boolean python, LockBackend backend, long at, String why) {}

    /** A wait that ended in entering: since its thread had last left, or started. */
    record Wait(String contestant, LockBackend backend, int thread, long from, long to) {}

    private record Contender(String contestant, LockBackend backend, int thread) {}

    private record Entry(
            LockMode mode, long at, long saw, @Nullable Long token) {}

    private final List<Section> sections = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<Wait> waits = new ArrayList<>();
    private final List<String> nonsense = new ArrayList<>();
    private final Map<String, Integer> troubles = new TreeMap<>();
    private final Map<Contender, Entry> inside = new HashMap<>();
    private final Map<Contender, Long> lastOut = new HashMap<>();

    synchronized void starts(String contestant, LockBackend backend, int thread, long at) {
        lastOut.put(new Contender(contestant, backend, thread), at);
    }

    synchronized void add(String contestant, boolean python, String line) {
        String[] words = line.split(" ", 7);
        LockBackend backend = LockBackend.valueOf(words[1]);
        Contender contender = new Contender(contestant, backend, Integer.parseInt(words[2]));
        String rest = line.split(" ", 5)[4];
        switch (words[0]) {
            case "E" -> {
                Entry entry = new Entry(
                        LockMode.valueOf(words[3]),
                        Long.parseLong(words[4]),
                        Long.parseLong(words[5]),
                        words.length > 6 ? Long.valueOf(words[6]) : null);
                inside.put(contender, entry);
                Long since = lastOut.remove(contender);
                if (since != null) {
                    waits.add(new Wait(contestant, backend, contender.thread, since, entry.at));
                }
            }
            case "L" -> leaves(contender, python, Long.parseLong(words[3]), Long.parseLong(words[4]), 0, null);
            case "X" ->
                leaves(
                        contender,
                        python,
                        Long.parseLong(words[3]),
                        Long.parseLong(words[4]),
                        Long.parseLong(words[5]),
                        words[6]);
            case "D" -> troubles.merge(rest, 1, Integer::sum);
            case "F" -> failures.add(new Failure(contestant, python, backend, Long.parseLong(words[3]), rest));
            default -> nonsense.add(contestant + " wrote '" + line + "'");
        }
    }

    private void leaves(
            Contender contender, boolean python, long at, @Nullable Long number, long told, @Nullable String lost) {
        Entry entry = inside.remove(contender);
        if (entry == null) {
            nonsense.add(contender + " left without having entered");
            return;
        }
        lastOut.put(contender, at);
        sections.add(new Section(
                contender.backend,
                entry.mode,
                contender.contestant,
                python,
                contender.thread,
                entry.at,
                at,
                entry.saw,
                number,
                Math.max(at, told),
                lost,
                entry.token));
    }

    /** This process is dead: where it was inside, it was so until then. */
    synchronized void ends(String contestant, boolean python, long at, Map<LockBackend, Long> later) {
        for (Contender contender : List.copyOf(inside.keySet())) {
            if (contender.contestant.equals(contestant)) {
                leaves(contender, python, later.getOrDefault(contender.backend, at), null, 0, null);
            }
        }
        for (Contender contender : List.copyOf(lastOut.keySet())) {
            Long since = contender.contestant.equals(contestant) ? lastOut.remove(contender) : null;
            if (since != null) {
                waits.add(new Wait(contestant, contender.backend, contender.thread, since, at));
            }
        }
    }

    synchronized boolean isInside(String contestant, LockBackend backend) {
        return inside.keySet().stream()
                .anyMatch(contender -> contender.contestant.equals(contestant) && contender.backend == backend);
    }

    synchronized List<Section> sections() {
        return List.copyOf(sections);
    }

    synchronized List<Failure> failures() {
        return List.copyOf(failures);
    }

    synchronized List<Wait> waits() {
        return List.copyOf(waits);
    }

    synchronized List<String> nonsense() {
        return List.copyOf(nonsense);
    }

    synchronized Map<String, Integer> troubles() {
        return Map.copyOf(troubles);
    }

    synchronized int acquisitions() {
        return sections.size() + inside.size();
    }
}
