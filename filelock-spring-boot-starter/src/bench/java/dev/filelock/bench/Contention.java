package dev.filelock.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Many processes that want one lock all the time: how often it changes hands, and how long the unlucky wait. */
final class Contention {
    private static final int[] CROWDS = {1, 2, 4, 8, 16};
    private static final int CROWD_OF_THE_GOAL = 8;
    private static final int ROUNDS = 3;
    private static final String PYTHON = "Python's `FileLock`";

    private final Bench bench;

    Contention(Bench bench) {
        this.bench = bench;
    }

    private interface Opener {
        PlayerProcess open(Path path) throws IOException;
    }

    void run() throws IOException {
        throughput();
        fairness();
    }

    private void throughput() throws IOException {
        bench.report
                .heading("Many processes, one lock")
                .text("Each process acquires and releases as often as it can, without work in between.\n")
                .text("![Turns per second by number of processes](performance/throughput.svg)\n")
                .text("![The wait that 99 of 100 turns did not exceed](performance/latency.svg)\n")
                .table(
                        "Lock",
                        "Processes",
                        "Turns per second",
                        "Wait, median",
                        "Wait, 95 %",
                        "Wait, 99 %",
                        "Longest wait");
        Map<String, double[]> turns = new LinkedHashMap<>();
        Map<String, double[]> waits = new LinkedHashMap<>();
        Map<String, Opener> openers = new LinkedHashMap<>();
        openers.put("NATIVE", path -> PlayerProcess.java(Kind.NATIVE, path));
        openers.put("Maven Resolver", path -> PlayerProcess.java(Kind.MAVEN_RESOLVER, path));
        if (bench.peers.python().isPresent()) {
            openers.put(PYTHON, path -> PlayerProcess.python(bench.peers, Kind.NATIVE, path));
        }
        for (String name : openers.keySet()) {
            turns.put(name, new double[CROWDS.length]);
            waits.put(name, new double[CROWDS.length]);
        }
        for (int i = 0; i < CROWDS.length; i++) {
            Map<String, List<long[]>> races = races(openers, CROWDS[i]);
            for (String name : openers.keySet()) {
                List<long[]> rounds = races.get(name);
                double perSecond = Figures.of(
                                rounds.stream().map(this::perSecond).toList())
                        .median();
                Figures figures =
                        Figures.of(rounds.stream().flatMapToLong(Arrays::stream).toArray());
                turns.get(name)[i] = perSecond;
                waits.get(name)[i] = figures.at(0.99) / 1e6;
                bench.report.row(
                        name,
                        Integer.toString(CROWDS[i]),
                        Text.digits(perSecond),
                        Text.time(figures.median()),
                        Text.time(figures.at(0.95)),
                        Text.time(figures.at(0.99)),
                        Text.time(figures.max()));
            }
            if (CROWDS[i] == CROWD_OF_THE_GOAL) {
                goal(races, PYTHON, 3, "≥ 3 × Python");
                goal(races, "Maven Resolver", 1, "≥ Maven Resolver");
            }
        }
        Plots.lines(
                bench.output.resolve("performance/throughput.svg"),
                "One lock, many processes",
                "processes",
                "turns per second",
                CROWDS,
                turns);
        Plots.lines(
                bench.output.resolve("performance/latency.svg"),
                "Wait of the slowest turn in a hundred",
                "processes",
                "ms",
                CROWDS,
                waits);
    }

    private long nanos() {
        return bench.quick ? 200_000_000L : 1_000_000_000L;
    }

    private double perSecond(long[] waits) {
        return waits.length / (nanos() / 1e9);
    }

    private void goal(Map<String, List<long[]>> races, String peer, int times, String goal) {
        if (!races.containsKey(peer)) {
            return;
        }
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            ratios.add(perSecond(races.get("NATIVE").get(round))
                    / perSecond(races.get(peer).get(round)));
        }
        Figures all = Figures.of(ratios);
        bench.report.goal("throughput, 8 processes", goal, Text.ratio(all), all.median() >= times);
    }

    /** The waits of each turn, for each lock and round; in each round all locks come in turn. */
    private Map<String, List<long[]>> races(Map<String, Opener> openers, int size) throws IOException {
        Map<String, List<PlayerProcess>> crowds = new LinkedHashMap<>();
        Map<String, List<long[]>> races = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Opener> each : openers.entrySet()) {
                Path path = bench.file(Kind.NATIVE);
                List<PlayerProcess> crowd = new ArrayList<>();
                crowds.put(each.getKey(), crowd);
                races.put(each.getKey(), new ArrayList<>());
                for (int i = 0; i < size; i++) {
                    crowd.add(each.getValue().open(path));
                }
                for (PlayerProcess player : crowd) {
                    player.ask("loop 1000"); // each in turn, so that all are warm
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                for (String name : openers.keySet()) {
                    races.get(name).add(race(crowds.get(name)));
                }
            }
            return races;
        } finally {
            crowds.values().forEach(crowd -> crowd.forEach(PlayerProcess::close));
        }
    }

    private long[] race(List<PlayerProcess> players) throws IOException {
        for (PlayerProcess player : players) {
            player.send("race " + nanos() + " 0");
        }
        long[] waits = {};
        for (PlayerProcess player : players) {
            long[] own = player.receiveAll();
            int before = waits.length;
            waits = Arrays.copyOf(waits, before + own.length);
            System.arraycopy(own, 0, waits, before, own.length);
        }
        return waits;
    }

    private void fairness() throws IOException {
        bench.report
                .heading("Fairness between processes")
                .text(
                        "One process takes the lock again as soon as it has released it, holding it for a time h; the other wants it too. How long")
                .text("does the other wait?\n")
                .table("Greedy → other", "h", "Turns of the other", "Wait, median", "Wait, 99 %", "Longest");
        for (long hold : new long[] {0, 1_000_000, 10_000_000}) {
            Figures java = other(path -> PlayerProcess.java(Kind.NATIVE, path), hold);
            fairnessRow("NATIVE → NATIVE", hold, java);
            double bound = 3 * (20e6 + hold);
            bench.report.goal(
                    "fairness, h = " + Text.time(hold),
                    "99 % of waits ≤ 3 × (20 ms + h) = " + Text.time(bound),
                    Text.time(java.at(0.99)),
                    java.at(0.99) <= bound);
            if (bench.peers.python().isPresent()) {
                fairnessRow(
                        "NATIVE → Python",
                        hold,
                        other(path -> PlayerProcess.python(bench.peers, Kind.NATIVE, path), hold));
            }
        }
    }

    private void fairnessRow(String name, long hold, Figures waits) {
        bench.report.row(
                name,
                Text.time(hold),
                Integer.toString(waits.count()),
                Text.time(waits.median()),
                Text.time(waits.at(0.99)),
                Text.time(waits.max()));
    }

    private Figures other(Opener opener, long hold) throws IOException {
        Path path = bench.file(Kind.NATIVE);
        try (PlayerProcess greedy = PlayerProcess.java(Kind.NATIVE, path);
                PlayerProcess other = opener.open(path)) {
            greedy.ask("loop 2000");
            other.ask("loop 500");
            long nanos = bench.quick ? 500_000_000L : 4_000_000_000L;
            greedy.send("race " + nanos + " " + hold);
            other.send("race " + nanos + " " + hold);
            greedy.receive();
            return Figures.of(other.receiveAll());
        }
    }
}
