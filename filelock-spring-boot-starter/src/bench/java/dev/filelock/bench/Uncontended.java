package dev.filelock.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One process, one lock, nobody else: acquire and release. */
final class Uncontended {
    private static final Map<Kind, Double> TIMES_PYTHON = new EnumMap<>(Map.of(
            Kind.NATIVE, 8.0,
            Kind.SOFT, 4.0,
            Kind.STRICT, 3.0,
            Kind.LEASE, 5.0,
            Kind.GENERATION_READ, 5.0,
            Kind.GENERATION_WRITE, 5.0,
            Kind.SQLITE_READ, 6.0,
            Kind.SQLITE_WRITE, 6.0));

    private final Bench bench;

    Uncontended(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException {
        bench.report
                .heading("Acquire and release, uncontended")
                .text(
                        "One process, one thread, a lock that nobody else wants. The C program makes the same system calls: open, flock,")
                .text("fstat, lstat, unlock, close.\n")
                .table("Lock", "Ours", "Python's filelock", "Faster than Python", "C", "Slower than C");
        for (Kind kind : Kind.values()) {
            if (kind.exists() && kind != Kind.FILE_CHANNEL && kind != Kind.MAVEN_RESOLVER) {
                compare(kind);
            }
        }
        bench.report
                .text("\nOther Java libraries, for an exclusive lock on one file:\n")
                .table("Lock", "Theirs", "Ours (NATIVE)", "Ours is faster");
        for (Kind kind : new Kind[] {Kind.FILE_CHANNEL, Kind.MAVEN_RESOLVER}) {
            try (PlayerProcess theirs = PlayerProcess.java(kind, bench.file(kind));
                    PlayerProcess ours = PlayerProcess.java(Kind.NATIVE, bench.file(Kind.NATIVE))) {
                warmUp(theirs);
                warmUp(ours);
                List<Double> their = new ArrayList<>();
                List<Double> our = new ArrayList<>();
                List<Double> ratios = new ArrayList<>();
                int size = size(theirs);
                for (int round = 0; round < bench.count(15); round++) {
                    their.add(theirs.ask("loop " + size) / (double) size);
                    our.add(ours.ask("loop 2000") / 2000.0);
                    ratios.add(their.get(round) / our.get(round));
                }
                bench.report.row(
                        kind == Kind.FILE_CHANNEL ? "`FileChannel.tryLock`" : "Maven Resolver's file lock",
                        Text.time(Figures.of(their).median()),
                        Text.time(Figures.of(our).median()),
                        Text.ratio(Figures.of(ratios)));
            }
        }
    }

    private void compare(Kind kind) throws IOException {
        List<Double> our = new ArrayList<>();
        List<Double> python = new ArrayList<>();
        List<Double> toPython = new ArrayList<>();
        List<Double> c = new ArrayList<>();
        List<Double> toC = new ArrayList<>();
        boolean hasPython = bench.peers.python().isPresent();
        boolean hasC = kind == Kind.NATIVE && bench.peers.cPlayer().isPresent();
        try (PlayerProcess ours = PlayerProcess.java(kind, bench.file(kind));
                PlayerProcess pythons = hasPython ? PlayerProcess.python(bench.peers, kind, bench.file(kind)) : null;
                PlayerProcess cs = hasC ? PlayerProcess.c(bench.peers, bench.file(kind)) : null) {
            warmUp(ours);
            int ourSize = size(ours);
            int pythonSize = pythons == null ? 0 : size(pythons);
            for (int round = 0; round < bench.count(25); round++) {
                our.add(ours.ask("loop " + ourSize) / (double) ourSize);
                if (pythons != null) {
                    python.add(pythons.ask("loop " + pythonSize) / (double) pythonSize);
                    toPython.add(python.get(round) / our.get(round));
                }
                if (cs != null) {
                    c.add(cs.ask("loop 5000") / 5000.0);
                    toC.add(our.get(round) / c.get(round));
                }
            }
        }
        bench.report.row(
                kind.name(),
                Text.time(Figures.of(our).median()),
                python.isEmpty() ? "–" : Text.time(Figures.of(python).median()),
                python.isEmpty() ? "–" : Text.ratio(Figures.of(toPython)),
                c.isEmpty() ? "" : Text.time(Figures.of(c).median()),
                c.isEmpty() ? "" : Text.ratio(Figures.of(toC)));
        Double goal = TIMES_PYTHON.get(kind);
        if (goal != null && !python.isEmpty()) {
            double reached = Figures.of(toPython).median();
            bench.report.goal(
                    kind + ", uncontended",
                    "≥ " + Text.digits(goal) + " × as fast as Python",
                    Text.ratio(Figures.of(toPython)),
                    reached >= goal);
        }
        if (!c.isEmpty()) {
            bench.report.goal(
                    kind + ", uncontended",
                    "≤ 2.0 × the same system calls in C",
                    Text.ratio(Figures.of(toC)),
                    Figures.of(toC).median() <= 2.0);
        }
    }

    private void warmUp(PlayerProcess player) throws IOException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < (bench.quick ? 200_000_000L : 2_000_000_000L)) {
            player.ask("loop 100");
        }
    }

    /** So many that one round takes about 30 ms. */
    private static int size(PlayerProcess player) throws IOException {
        long nanos = player.ask("loop 20") / 20;
        return (int) Math.max(10, Math.min(5000, 30_000_000 / Math.max(1, nanos)));
    }
}
