package dev.filelock.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Measures everything and writes {@code docs/performance.md} with its plots.
 *
 * <p>Arguments: the repository's root; {@code quick} as a second one runs everything briefly, to see that it runs, and writes into
 * {@code target} instead.
 */
final class Bench {
    final Peers peers;
    final Path work;
    final Path output;
    final Report report = new Report();
    final boolean quick;
    private final long begun = System.nanoTime();

    /** How busy the machine was with other things, as far as it tells. */
    private final String load;

    private Bench(Path root, boolean quick) throws IOException, InterruptedException {
        Path module = root.resolve("filelock-spring-boot-starter");
        this.quick = quick;
        this.load = load();
        this.output = quick ? Files.createDirectories(module.resolve("target/bench")) : root.resolve("docs");
        this.work = Files.createTempDirectory(module.resolve("target"), "bench-");
        this.peers = new Peers(module.resolve("src/bench"), work);
        Files.createDirectories(output.resolve("performance"));
    }

    public static void main(String[] arguments) throws Exception {
        Bench bench =
                new Bench(Path.of(arguments[0]).toRealPath(), List.of(arguments).contains("quick"));
        try {
            new Uncontended(bench).run();
            new HandOff(bench).run();
            new Contention(bench).run();
            new Scale(bench).run();
            new InsideOneJvm(bench).run();
            new StartUp(bench).run();
            bench.write();
        } finally {
            try (Stream<Path> files = Files.walk(bench.work)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Asked while this process does nothing. The load average won't do: it remembers what ended minutes ago. */
    private static String load() throws InterruptedException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        system.getCpuLoad(); // from here on
        TimeUnit.SECONDS.sleep(1);
        double busy = system.getCpuLoad();
        return busy < 0 ? "" : ", when others used " + Math.round(100 * busy) + " % of the processors' time";
    }

    /** How many, or fewer if this is only to see that it runs. */
    int count(int full) {
        return quick ? Math.max(2, full / 20) : full;
    }

    Path file(Kind kind) throws IOException {
        return Files.createTempDirectory(work, kind.name().toLowerCase(Locale.ROOT))
                .resolve(kind.fileName());
    }

    private void write() throws IOException {
        StringBuilder page = new StringBuilder();
        page.append("# Performance\n\nWhat locking costs, measured by one command side by side with the others:\n\n")
                .append("```sh\nmvn -B -Pbench verify\n```\n\n")
                .append("It took ")
                .append(TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - begun) + 1)
                .append(
                        " minutes here and wrote this page. Quote ratios, not times: a busy or another machine has other\n")
                .append(
                        "times. A ratio is the median of several rounds in which both sides ran one after the other, with the smallest and\n")
                .append("largest in parentheses.\n\n")
                .append("- Machine: ")
                .append(machine())
                .append("\n")
                .append("- Java: ")
                .append(System.getProperty("java.vm.name"))
                .append(' ')
                .append(Runtime.version())
                .append("\n")
                .append("- File system: ")
                .append(Files.getFileStore(work).type())
                .append("\n");
        peers.versions()
                .forEach((name, version) -> page.append("- ")
                        .append(name)
                        .append(": ")
                        .append(version)
                        .append("\n"));
        peers.missing()
                .forEach(name -> page.append("- Not installed, so left out: ")
                        .append(name)
                        .append("\n"));
        page.append("- Measured on ")
                .append(LocalDate.now())
                .append(load)
                .append("\n\n## What we aim at\n\n")
                .append(report.goals())
                .append(report);
        Files.writeString(output.resolve("performance.md"), page);
        System.out.println("wrote " + output.resolve("performance.md"));
    }

    private static String machine() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        String model = "unknown processor";
        if (Files.isReadable(info)) {
            model = Files.readAllLines(info).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(model);
        }
        return Runtime.getRuntime().availableProcessors() + " cores (" + model + "), " + System.getProperty("os.name")
                + " " + System.getProperty("os.version");
    }
}
