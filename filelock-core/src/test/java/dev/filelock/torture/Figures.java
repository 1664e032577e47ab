package dev.filelock.torture;

import dev.filelock.LockBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What to tell of one round, or of several. Mutable; used by one thread. */
final class Figures {
    private final Map<LockBackend, Long> acquisitions = new TreeMap<>();
    private final Map<LockBackend, Long> longestWait = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private final List<String> violations = new ArrayList<>();
    private int overtaken;

    Figures() {}

    Figures(Ledger ledger, List<Injection> injections, Oracle.Verdict verdict) {
        ledger.sections().forEach(section -> acquisitions.merge(section.backend(), 1L, Long::sum));
        ledger.waits().forEach(wait -> longestWait.merge(wait.backend(), wait.to() - wait.from(), Math::max));
        injections.forEach(injection -> faults.merge(injection.fault().words, 1, Integer::sum));
        ledger.troubles().forEach((trouble, times) -> faults.merge(trouble, times, Integer::sum));
        violations.addAll(verdict.violations());
        overtaken = verdict.overtaken();
    }

    void add(Figures other) {
        other.acquisitions.forEach((backend, count) -> acquisitions.merge(backend, count, Long::sum));
        other.longestWait.forEach((backend, wait) -> longestWait.merge(backend, wait, Math::max));
        other.faults.forEach((fault, count) -> faults.merge(fault, count, Integer::sum));
        violations.addAll(other.violations);
        overtaken += other.overtaken;
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    long acquisitions() {
        return acquisitions.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        acquisitions.forEach((backend, count) -> text.append(String.format(
                Locale.ROOT,
                "  %-11s %9d acquisitions, longest wait %5d ms%n",
                backend,
                count,
                longestWait.getOrDefault(backend, 0L) / 1_000_000)));
        faults.forEach((fault, count) -> text.append(String.format(Locale.ROOT, "  %9d x %s%n", count, fault)));
        text.append(String.format(
                Locale.ROOT,
                "  %d acquisitions, %d faults, %d holders overtaken and told so, %d violations%n",
                acquisitions(),
                faults.values().stream().mapToInt(Integer::intValue).sum(),
                overtaken,
                violations.size()));
        return text.toString();
    }
}
