package dev.filelock.bench;

import java.util.Arrays;
import java.util.Collection;

/** Samples of one thing, sorted. */
final class Figures {
    private final double[] sorted;

    private Figures(double[] sorted) {
        this.sorted = sorted;
    }

    static Figures of(double[] samples) {
        double[] copy = samples.clone();
        Arrays.sort(copy);
        return new Figures(copy);
    }

    static Figures of(long[] samples) {
        return of(Arrays.stream(samples).asDoubleStream().toArray());
    }

    static Figures of(Collection<? extends Number> samples) {
        return of(samples.stream().mapToDouble(Number::doubleValue).toArray());
    }

    int count() {
        return sorted.length;
    }

    double at(double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    }

    double median() {
        return at(0.5);
    }

    double min() {
        return sorted[0];
    }

    double max() {
        return sorted[sorted.length - 1];
    }

    double sum() {
        return Arrays.stream(sorted).sum();
    }

    double[] all() {
        return sorted.clone();
    }
}
