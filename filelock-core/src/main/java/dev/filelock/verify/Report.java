package dev.filelock.verify;

import java.util.List;
import java.util.Locale;

/** Puts findings into words, and into an exit status. */
final class Report {
    private static final String ROW = "%-11s %-10s %9s %9s %20s %13s %15s%n";

    private Report() {}

    static String heading() {
        return String.format(
                Locale.ROOT,
                ROW,
                "backend",
                "verdict",
                "turns",
                "overlaps",
                "hand-off 50/99 %",
                "longest wait",
                "least/most");
    }

    static String row(Findings findings) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                ROW,
                findings.round().backend(),
                findings.verdict().words,
                findings.turns(),
                findings.overlaps(),
                findings.handOffs().length == 0
                        ? "-"
                        : millis(findings.handOff(0.5)) + " / " + millis(findings.handOff(0.99)) + " ms",
                millis(findings.longestWait()) + " ms",
                findings.leastTurns() + " / " + findings.mostTurns()));
        findings.remarks().forEach(remark -> text.append(String.format(Locale.ROOT, "            %s%n", remark)));
        return text.toString();
    }

    static ExitStatus status(List<Findings> all) {
        if (all.stream()
                .anyMatch(findings -> findings.verdict() == Findings.Verdict.UNSAFE
                        || findings.verdict() == Findings.Verdict.STARVES)) {
            return ExitStatus.BROKEN;
        }
        boolean something = all.stream().anyMatch(findings -> findings.verdict() == Findings.Verdict.SAFE);
        boolean failed = all.stream().anyMatch(findings -> findings.verdict() == Findings.Verdict.FAILED);
        return something && !failed ? ExitStatus.KEPT : ExitStatus.NOT_TRIED;
    }

    private static String millis(long nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, millis < 10 ? "%.2f" : "%.0f", millis);
    }
}
