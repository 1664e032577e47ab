package dev.filelock.bench;

import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The rows that JMH measures: threads of one JVM, and the annotation. */
final class InsideOneJvm {
    private final Bench bench;

    InsideOneJvm(Bench bench) {
        this.bench = bench;
    }

    void run() throws RunnerException {
        Map<String, Double> handOff = measure(HandOffBenchmark.class);
        double fair = handOff.get("reentrantLock") / 2; // of two threads
        double single = handOff.get("nativeUncontended");
        double ours = handOff.get("fileLock") / 2;
        bench.report
                .heading("Inside one JVM")
                .text("Two threads that want one lock all the time, for each turn; JMH.\n")
                .table("Lock", "Each turn")
                .row("`ReentrantLock(true)`", Text.time(fair))
                .row("`FileLock`, NATIVE", Text.time(ours))
                .row("`FileLock`, NATIVE, one thread alone", Text.time(single));
        double bound = 2 * (fair + single);
        bench.report.goal(
                "hand-off inside one JVM",
                "≤ 2 × (`ReentrantLock(true)` + one NATIVE release and acquire) = " + Text.time(bound),
                Text.time(ours),
                ours <= bound);

        Map<String, Double> annotated = measure(FileLockedBenchmark.class);
        double core = annotated.get("core");
        bench.report
                .heading("`@FileLocked`")
                .text(
                        "One call of an empty method of a Spring bean, against the same lock taken by hand through the registry; JMH.\n")
                .table("Call", "Time", "More than by hand")
                .row("by hand", Text.time(core), "")
                .row(
                        "`@FileLocked(\"literal\")`",
                        Text.time(annotated.get("literal")),
                        Text.time(annotated.get("literal") - core))
                .row(
                        "`@FileLocked(\"#{#id}\")`",
                        Text.time(annotated.get("expression")),
                        Text.time(annotated.get("expression") - core));
        goal("literal path", 2000, annotated.get("literal") - core);
        goal("SpEL", 6000, annotated.get("expression") - core);
    }

    private void goal(String name, double bound, double more) {
        bench.report.goal(
                "`@FileLocked` over the same core call, " + name,
                "≤ " + Text.time(bound),
                Text.time(more),
                more <= bound);
    }

    private Map<String, Double> measure(Class<?> benchmark) throws RunnerException {
        Map<String, Double> nanos = new HashMap<>();
        TimeValue time = TimeValue.milliseconds(bench.quick ? 100 : 1000);
        for (RunResult result : new Runner(new OptionsBuilder()
                        .include(benchmark.getName())
                        .forks(bench.quick ? 1 : 3)
                        .warmupIterations(bench.quick ? 1 : 3)
                        .warmupTime(time)
                        .measurementIterations(bench.quick ? 1 : 3)
                        .measurementTime(time)
                        .shouldDoGC(true)
                        .verbosity(VerboseMode.SILENT)
                        .jvmArgsAppend(
                                "--enable-native-access=ALL-UNNAMED",
                                "-Dlogback.configurationFile=logback-bench.xml",
                                "-Dlogging.level.root=WARN")
                        .build())
                .run()) {
            String name = result.getParams().getBenchmark();
            nanos.put(
                    name.substring(name.lastIndexOf('.') + 1),
                    result.getPrimaryResult().getScore());
        }
        return nanos;
    }
}
