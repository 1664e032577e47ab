package dev.filelock.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The page being written, in Markdown. */
final class Report {
    private final StringBuilder page = new StringBuilder();
    private final List<String> goals = new ArrayList<>();
    private final Set<String> reasons = new LinkedHashSet<>();

    /** Why a goal may be missed, by the beginning of its work; the first that fits. */
    private static final List<Map.Entry<String, String>> REASONS = List.of(
            Map.entry(
                    "NATIVE, uncontended",
                    "Two thirds of the time are the kernel's, in the calls that the C program makes too and in one that tells which directory "
                            + "it is. What is left to save is little; how Python compares depends on how fast a machine's kernel is."),
            Map.entry(
                    "throughput, 8 processes",
                    "Every release wakes the waiters of seven other processes, since each may be the next; they share the cores with the one "
                            + "that works. The others' sleep meanwhile, Python's for 50 ms and Maven Resolver's for 100, so that one process works almost "
                            + "alone: look at their longest waits."),
            Map.entry(
                    "100 threads waiting",
                    "The first of the queue looks again every 50 ms at the latest, for a change that nobody signals; the code that does so runs "
                            + "too seldom to be compiled early, and finds the caches of the processor cold."),
            Map.entry(
                    "hand-off inside one JVM",
                    "Every turn wakes a thread, and every tenth of a millisecond the lock is given back on disk, so that a process that waits "
                            + "has its chance."),
            Map.entry(
                    "starter's share",
                    "Its classes are read and its properties bound; an application archived with class data sharing or built ahead of time has "
                            + "less to do."),
            Map.entry(
                    "hand-off, ",
                    "Both processes have slept, so their code has left the caches of the processor: through JNA the bare system calls of an "
                            + "acquisition then take as long as all of it, three to four times as long as from C."));

    Report heading(String text) {
        page.append("\n## ").append(text).append("\n\n");
        return this;
    }

    Report text(String text) {
        page.append(text).append("\n");
        return this;
    }

    Report table(String... headings) {
        row(headings);
        page.append("|").append("---|".repeat(headings.length)).append("\n");
        return this;
    }

    Report row(String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
        return this;
    }

    private static Optional<String> reason(String work) {
        return REASONS.stream()
                .filter(entry -> work.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** Notes what was aimed at and whether it was reached. */
    void goal(String work, String goal, String measured, boolean reached) {
        goals.add("| " + work + " | " + goal + " | " + measured + " | " + (reached ? "reached" : "**missed**") + " |");
        if (!reached) {
            reasons.add("- " + work + ": "
                    + reason(work)
                            .orElse(
                                    "the machine was busy, or it has become slower; measure again before you believe it")
                    + "\n");
        }
        System.out.println((reached ? "reached " : "MISSED  ") + work + ": " + measured + " (goal " + goal + ")");
    }

    String goals() {
        return "| Work | Goal | Measured | |\n|---|---|---|---|\n" + String.join("\n", goals) + "\n"
                + (reasons.isEmpty() ? "" : "\nWhy some are missed:\n\n" + String.join("", reasons));
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
