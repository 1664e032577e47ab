package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.testing.FilesBelow;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

/** The command line of the torture: {@code mvn -Ptorture verify -Dtorture.seed=… -Dtorture.duration=3m}. */
public final class Torture {
    /** Not in the directory that is tried: the judge must not depend on a file system that may be wrong, full or gone. */
    private static final Path NOTES = Path.of("target", "torture");

    private final Setup setup;
    private final PrintStream out;

    Torture(Setup setup, PrintStream out) {
        this.setup = setup;
        this.out = out;
    }

    /**
     * Tortures as the system properties {@code torture.*} say, and ends with status 1 if a promise was broken.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) throws Exception {
        Setup setup = setup();
        String problem = PythonPeer.problem();
        if (!problem.isEmpty()) {
            if (Boolean.parseBoolean(System.getenv(PythonPeer.REQUIRED))) {
                System.err.println(problem);
                System.exit(2);
            }
            System.out.println("Without Python: " + problem);
        }
        System.exit(new Torture(setup, System.out).run().violations().isEmpty() ? 0 : 1);
    }

    private static Setup setup() throws IOException {
        String seed = property("seed", Long.toString(System.nanoTime() & 0xffffff));
        String backends = property("backends", "");
        String faults = property("faults", "");
        return new Setup(
                Files.createDirectories(Path.of(property("directory", "target/torture")))
                        .toRealPath(),
                seed.matches("-?\\d{1,18}")
                        ? Long.parseLong(seed)
                        : UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8))
                                        .getMostSignificantBits()
                                >>> 16,
                duration(property("duration", "3m")),
                duration(property("round", "60s")),
                backends.isEmpty()
                        ? List.of(LockBackend.values())
                        : Arrays.stream(backends.toUpperCase(Locale.ROOT).split(","))
                                .map(LockBackend::valueOf)
                                .toList(),
                Integer.parseInt(property("jvms", "2")),
                Integer.parseInt(property("threads", "2")),
                PythonPeer.problem().isEmpty() ? Integer.parseInt(property("pythons", "2")) : 0,
                faults.isEmpty()
                        ? List.of(Fault.values())
                        : Arrays.stream(faults.toUpperCase(Locale.ROOT).split(","))
                                .map(Fault::valueOf)
                                .toList(),
                property("directory", "").isEmpty() && Powers.mounts(),
                false);
    }

    private static String property(String name, String otherwise) {
        String value = System.getProperty("torture." + name, "");
        return value.isBlank() ? otherwise : value;
    }

    private static Duration duration(String text) {
        return Duration.parse("PT" + text);
    }

    Figures run() throws IOException, InterruptedException {
        out.printf(
                "Torture in %s, seed %d, %d s: %d JVMs with %d threads and %d Pythons for each of %s%n",
                setup.directory(),
                setup.seed(),
                setup.duration().toSeconds(),
                setup.jvms(),
                setup.threads(),
                setup.pythons(),
                setup.backends());
        for (Fault fault : setup.faults()) {
            setup.lack(fault).ifPresent(lack -> out.printf("Not injected: %s; %s%n", fault.words, lack));
        }
        Figures total = new Figures();
        long begun = System.nanoTime();
        for (int i = 0; left(begun).toMillis() > 0 && total.violations().isEmpty(); i++) {
            total.add(round(i, begun));
        }
        out.print(total);
        total.violations().stream().limit(20).forEach(violation -> out.println("VIOLATION " + violation));
        if (!total.violations().isEmpty()) {
            out.printf(
                    "Repeat it with -Dtorture.seed=%d; what the players wrote down is in %s%n",
                    setup.seed(), NOTES.toAbsolutePath());
        }
        return total;
    }

    private Duration left(long begun) {
        return setup.duration().minusNanos(System.nanoTime() - begun);
    }

    private Figures round(int number, long begun) throws IOException, InterruptedException {
        long seed = number == 0 ? setup.seed() : new Random(setup.seed() + number).nextLong() >>> 16;
        String name = "round-" + number + "-";
        Path notes = Files.createTempDirectory(Files.createDirectories(NOTES).toRealPath(), name + "notes-");
        Path place = Files.createTempDirectory(setup.directory(), name);
        boolean hasDisk = setup.hasDisk(number);
        Figures figures;
        try (Disk disk = hasDisk ? Disk.mount(place) : null) {
            Path locks = disk == null ? place : Files.createDirectory(place.resolve("locks"));
            Duration left = left(begun);
            Duration length = left.compareTo(setup.roundLength()) < 0 ? left : setup.roundLength();
            figures = new Round(setup.forRound(hasDisk), notes, locks, disk, seed)
                    .play(
                            length,
                            progress -> out.printf(
                                    "[%3d s] round %d, seed %d: %s%n",
                                    setup.duration().minus(left(begun)).toSeconds(), number, seed, progress));
        }
        if (figures.violations().isEmpty()) {
            remove(notes);
            remove(place);
        }
        return figures;
    }

    /**
     * Removes a file, or a directory with all that is in it, from which others may be removing something too.
     *
     * @throws DirectoryNotEmptyException if something has been there again and again, for a second
     */
    static void remove(Path place) throws IOException, InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                FilesBelow.delete(place);
                return;
            } catch (DirectoryNotEmptyException added) { // by somebody who had been on his way into it
                if (tries == 100) {
                    throw added;
                }
                Thread.sleep(10);
            }
        }
    }
}
