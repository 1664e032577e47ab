package dev.filelock.bench;

import java.util.Locale;

/** How figures are written: three digits, and the unit that suits them. */
final class Text {
    private Text() {}

    static String time(double nanos) {
        if (nanos < 0) {
            return "-" + time(-nanos);
        } else if (nanos < 1e3) {
            return digits(nanos) + " ns";
        } else if (nanos < 1e6) {
            return digits(nanos / 1e3) + " µs";
        } else if (nanos < 1e9) {
            return digits(nanos / 1e6) + " ms";
        }
        return digits(nanos / 1e9) + " s";
    }

    static String digits(double number) {
        double size = Math.abs(number);
        return String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%,.0f", number);
    }

    /** A ratio with its spread over the rounds. */
    static String ratio(Figures ratios) {
        return digits(ratios.median()) + " × (" + digits(ratios.min()) + "–" + digits(ratios.max()) + ")";
    }
}
