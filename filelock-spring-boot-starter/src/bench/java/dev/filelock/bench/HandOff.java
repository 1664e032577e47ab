package dev.filelock.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How long from the moment one process begins to release until another, which waits, has the lock. */
final class HandOff {
    private static final int WARM_UP = 2000;
    private static final long WARM_UP_NANOS = 4_000_000_000L;
    private static final int LOOPS = 40;
    private static final int TURNS_OF_A_LOOP = 500;
    private static final long LOOPS_NANOS = 2_000_000_000L;

    private final Bench bench;

    HandOff(Bench bench) {
        this.bench = bench;
    }

    private interface Opener {
        PlayerProcess open(Path path) throws IOException;
    }

    void run() throws IOException, InterruptedException {
        bench.report
                .heading("Hand-off between two processes")
                .text(
                        "From the moment one process begins to release to the moment the other, which has been waiting for 5 to 60 ms, has the lock.")
                .text(
                        "The C program is woken by inotify. Everybody else's poll interval is the default. Before they are")
                .text(
                        "measured, both processes lock and unlock by themselves for two seconds, at most 20,000 times, and then hand over to each")
                .text(
                        "other for four seconds, at most 2,000 times, so that Java's code is compiled as in a service that has run for a while.\n")
                .text("![How many hand-offs took at most so long](performance/hand-off.svg)\n")
                .table("Holder → waiter", "Median", "95 %", "99 %", "Than Python → Python");
        Map<String, Figures> all = new LinkedHashMap<>();
        Figures python = null;
        if (bench.peers.python().isPresent()) {
            Opener opener = path -> PlayerProcess.python(bench.peers, Kind.NATIVE, path);
            python = measure(Kind.NATIVE, opener, opener, 120);
            all.put("Python → Python", python);
            row("Python's `FileLock` → Python", python, null);
        }
        Figures c = null;
        if (bench.peers.cPlayer().isPresent()) {
            Opener opener = path -> PlayerProcess.c(bench.peers, path);
            c = measure(Kind.NATIVE, opener, opener, 300);
            all.put("C → C, inotify", c);
            row("C → C", c, python);
        }
        for (Kind kind : Kind.values()) {
            if (!kind.exists() || !kind.excludes()) {
                continue; // readers hand nothing over to each other
            }
            Opener opener = path -> PlayerProcess.java(kind, path);
            Figures figures =
                    measure(kind, opener, opener, kind == Kind.MAVEN_RESOLVER || kind == Kind.FILE_CHANNEL ? 100 : 300);
            row(kind + " → " + kind + ", Java", figures, python);
            if (kind == Kind.NATIVE
                    || kind == Kind.MAVEN_RESOLVER
                    || kind == Kind.FILE_CHANNEL
                    || kind == Kind.STRICT) {
                all.put(kind + " → " + kind, figures);
            }
            goals(kind, figures, python, c);
        }
        if (python != null) {
            Figures mixed = measure(
                    Kind.NATIVE,
                    path -> PlayerProcess.python(bench.peers, Kind.NATIVE, path),
                    path -> PlayerProcess.java(Kind.NATIVE, path),
                    200);
            all.put("Python → Java", mixed);
            row("Python's `FileLock` → NATIVE, Java", mixed, python);
            timesPython("Python holder → Java waiter", mixed, python, 20);
        }
        Plots.distribution(bench.output.resolve("performance/hand-off.svg"), "Hand-off between two processes", all);
    }

    private void goals(Kind kind, Figures figures, Figures python, Figures c) {
        if (kind == Kind.NATIVE) {
            if (c != null) {
                double ratio = figures.median() / c.median();
                bench.report.goal(
                        "hand-off, NATIVE",
                        "median ≤ 3 × a C waiter woken by inotify",
                        Text.digits(ratio) + " ×",
                        ratio <= 3);
            }
            bench.report.goal("hand-off, NATIVE", "99 % ≤ 1 ms", Text.time(figures.at(0.99)), figures.at(0.99) <= 1e6);
            if (python != null) {
                timesPython("hand-off, NATIVE", figures, python, 100);
            }
        } else if (python != null && (kind == Kind.SOFT || kind == Kind.STRICT || kind == Kind.SQLITE_WRITE)) {
            timesPython("hand-off, " + kind, figures, python, 20);
        }
    }

    private void timesPython(String work, Figures figures, Figures python, int goal) {
        double ratio = python.median() / figures.median();
        bench.report.goal(
                work, "≥ " + goal + " × as fast as Python's default", Text.digits(ratio) + " ×", ratio >= goal);
    }

    private void row(String name, Figures figures, Figures python) {
        bench.report.row(
                name,
                Text.time(figures.median()),
                Text.time(figures.at(0.95)),
                Text.time(figures.at(0.99)),
                python == null ? "" : Text.digits(python.median() / figures.median()) + " × as fast");
    }

    private Figures measure(Kind kind, Opener holder, Opener waiter, int rounds)
            throws IOException, InterruptedException {
        Path path = bench.file(kind);
        int warmUp = bench.quick ? 2 : WARM_UP;
        int count = bench.count(rounds);
        double[] nanos = new double[count];
        try (PlayerProcess first = holder.open(path);
                PlayerProcess second = waiter.open(path)) {
            if (!bench.quick) {
                loop(first);
                loop(second);
            }
            long end = System.nanoTime() + WARM_UP_NANOS;
            for (int i = -warmUp; i < count; i++) {
                if (i < 0 && System.nanoTime() - end > 0) {
                    i = 0; // who polls is slow, and has little to compile
                }
                first.ask("acquire");
                second.send("acquire");
                // Long enough to be asleep, and at no fixed moment of a poll interval.
                TimeUnit.MICROSECONDS.sleep(
                        i < 0 ? 300 : 5_000 + ThreadLocalRandom.current().nextInt(55_000));
                long released = first.ask("release");
                long acquired = Long.parseLong(second.receive());
                if (i >= 0) {
                    nanos[i] = acquired - released;
                }
                second.ask("release");
            }
        }
        return Figures.of(nanos);
    }

    private static void loop(PlayerProcess player) throws IOException {
        long end = System.nanoTime() + LOOPS_NANOS;
        for (int i = 0; i < LOOPS && System.nanoTime() - end < 0; i++) {
            player.ask("loop " + TURNS_OF_A_LOOP);
        }
    }
}
