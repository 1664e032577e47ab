package dev.filelock.bench;

import java.util.ArrayList;
import java.util.List;

/** The page being written, in Markdown. */
final class Report {
    private final StringBuilder page = new StringBuilder();
    private final List<String> goals = new ArrayList<>();

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

    /** Notes what was aimed at and whether it was reached. */
    void goal(String work, String goal, String measured, boolean reached) {
        goals.add("| " + work + " | " + goal + " | " + measured + " | " + (reached ? "reached" : "**missed**") + " |");
        System.out.println((reached ? "reached " : "MISSED  ") + work + ": " + measured + " (goal " + goal + ")");
    }

    String goals() {
        return "| Work | Goal | Measured | |\n|---|---|---|---|\n" + String.join("\n", goals) + "\n";
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
