package dev.filelock.bench;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Many waiters, many locks. */
final class Scale {
    private final Bench bench;

    Scale(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        bench.report.heading("Many waiters, many locks");
        waiters();
        locks();
    }

    private void waiters() throws IOException, InterruptedException {
        Path path = bench.file(Kind.NATIVE);
        long seconds = bench.quick ? 1 : 10;
        try (PlayerProcess holder = PlayerProcess.java(Kind.NATIVE, path);
                PlayerProcess crowd = PlayerProcess.java(Kind.NATIVE, path)) {
            holder.ask("acquire");
            long idle = used(crowd, seconds);
            crowd.send("crowd 100");
            crowd.receive();
            long first = used(crowd, seconds) - idle;
            long used = used(crowd, seconds) - idle;
            String measured = Text.time(used);
            bench.report.text("100 threads that wait for a lock of another process use " + Text.time(first)
                    + " of processor time in the first " + seconds
                    + " s, in which Java loads and compiles what waits, and " + measured + " in the next " + seconds
                    + " s. That is without the " + Text.time(idle)
                    + " that the same JVM used when it did nothing for as long.\n");
            bench.report.goal(
                    "100 threads waiting 10 s, once compiled",
                    "≤ 0.1 s of processor time",
                    measured,
                    used <= 0.1e9 * seconds / 10);
        }
    }

    private static long used(PlayerProcess player, long seconds) throws IOException, InterruptedException {
        long before = player.ask("cpu");
        TimeUnit.SECONDS.sleep(seconds);
        return player.ask("cpu") - before;
    }

    private void locks() throws IOException, InterruptedException {
        int[] sizes = bench.quick ? new int[] {100, 500} : new int[] {100, 1000, 10_000};
        Map<String, double[]> costs = new LinkedHashMap<>();
        costs.put("NATIVE, all held at once", new double[sizes.length]);
        bench.report.table(
                "Locks held at once",
                "Time for each",
                "Descriptors for each",
                "Heap for each",
                "Descriptors afterwards",
                "Heap afterwards, all");
        for (int i = 0; i < sizes.length; i++) {
            Path directory = Files.createTempDirectory(bench.work, "many");
            hold(directory, sizes[i]); // once to make the files
            long descriptors = descriptors();
            long heap = heap();
            long begun = System.nanoTime();
            List<HeldLock> held = new ArrayList<>(sizes[i]);
            for (int n = 0; n < sizes[i]; n++) {
                held.add(FileLock.of(directory.resolve(n + ".lock")).acquire());
            }
            long descriptorsHeld = descriptors() - descriptors;
            long heapHeld = heap() - heap;
            held.forEach(HeldLock::close);
            double each = (System.nanoTime() - begun) / (double) sizes[i];
            held.clear();
            long descriptorsAfter = descriptors() - descriptors;
            long heapAfter = heap() - heap;
            costs.get("NATIVE, all held at once")[i] = each / 1e3;
            bench.report.row(
                    Text.digits(sizes[i]),
                    Text.time(each),
                    Text.digits(descriptorsHeld / (double) sizes[i]),
                    Text.digits(heapHeld / 1024.0 / sizes[i]) + " KiB",
                    Long.toString(descriptorsAfter),
                    Text.digits(heapAfter / 1024.0) + " KiB");
            if (i == sizes.length - 1) {
                bench.report.goal(
                        Text.digits(sizes[i]) + " locks",
                        "one descriptor each while held, none afterwards",
                        Text.digits(descriptorsHeld / (double) sizes[i]) + " and " + descriptorsAfter,
                        descriptorsHeld <= sizes[i] && descriptorsAfter <= 0);
                bench.report.goal(
                        Text.digits(sizes[i]) + " locks",
                        "no memory for locks nobody holds",
                        Text.digits(heapAfter / 1024.0) + " KiB for all, as far as a heap can tell",
                        heapAfter < 100L * sizes[i]);
            }
        }
        bench.report.text("\n![Time for each lock by the number held at once](performance/many-locks.svg)");
        Plots.lines(
                bench.output.resolve("performance/many-locks.svg"),
                "Cost by number of locks held at once",
                "locks",
                "µs for each",
                sizes,
                costs);
    }

    private static void hold(Path directory, int size) throws InterruptedException {
        for (int n = 0; n < size; n++) {
            FileLock.of(directory.resolve(n + ".lock")).acquire().close();
        }
    }

    private static long descriptors() throws IOException {
        Path own = Path.of("/proc/self/fd");
        if (!Files.isDirectory(own)) {
            return 0;
        }
        try (Stream<Path> entries = Files.list(own)) {
            return entries.count();
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
