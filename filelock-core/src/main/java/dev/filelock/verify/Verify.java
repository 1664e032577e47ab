package dev.filelock.verify;

import dev.filelock.LockBackend;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tool's command line: {@code java -jar filelock-core-VERSION-verify.jar DIRECTORY}; {@code --help} tells the rest.
 */
public final class Verify {
    private static final Duration UNTIL_OTHERS_JOIN = Duration.ofMinutes(10);
    private static final Duration UNTIL_OWN_START = Duration.ofMinutes(2);
    /** Another host may show a directory only once its cache has expired. */
    private static final Duration UNTIL_SEEN = Duration.ofSeconds(30);

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final Duration untilSeen;

    Verify(PrintStream out, PrintStream err, boolean terminal, Duration untilSeen) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.untilSeen = untilSeen;
    }

    /**
     * Runs the tool and ends the JVM with its exit status.
     *
     * @param arguments as {@code --help} describes
     */
    public static void main(String[] arguments) {
        boolean terminal = System.console() != null && System.getenv("TERM") != null;
        System.exit(new Verify(System.out, System.err, terminal, UNTIL_SEEN).run(List.of(arguments)).code);
    }

    static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("\\s", "_");
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    ExitStatus run(List<String> arguments) {
        if (arguments.contains("--help")) {
            out.print(Options.HELP);
            return ExitStatus.KEPT;
        }
        try {
            Options options = Options.parse(arguments);
            if (!Files.isDirectory(options.directory())) {
                throw new UsageException(options.directory() + " is no directory; make it first");
            }
            InetSocketAddress other = options.join();
            if (other != null) {
                return join(options, other);
            }
            ExitStatus status = referee(options);
            out.printf("%nExit status %d: %s.%n", status.code, status.words);
            return status;
        } catch (UsageException e) {
            err.println(e.getMessage());
            return ExitStatus.USAGE;
        } catch (IOException e) {
            err.println(e);
            return ExitStatus.NOT_TRIED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.NOT_TRIED;
        }
    }

    // ---- alone, or as the host that listens

    private ExitStatus referee(Options options) throws IOException, InterruptedException {
        Path place = Files.createTempDirectory(options.directory(), "filelock-verify-");
        try {
            return referee(options, String.valueOf(place.getFileName()));
        } finally {
            remove(place);
        }
    }

    private ExitStatus referee(Options options, String subdirectory) throws IOException, InterruptedException {
        InetSocketAddress address = options.listen() == null
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
                : options.listen();
        try (Crowd crowd = new Crowd();
                Referee referee = new Referee(address, subdirectory, options.processes())) {
            InetSocketAddress reachable = reachable(referee.address());
            crowd.start(options.processes(), reachable, options.directory(), options.patience(), untilSeen);
            if (options.listen() != null) {
                out.printf(
                        "Waiting for %d other hosts; on each, run: java -jar filelock-core-VERSION-verify.jar --join %s:%d DIRECTORY%n",
                        options.hosts() - 1, hostName(), referee.address().getPort());
            }
            Duration atMost = options.listen() == null ? UNTIL_OWN_START : UNTIL_OTHERS_JOIN;
            if (!referee.awaitContenders(options.hosts() - 1, atMost)) {
                err.printf("Only %s have come within %d minutes.%n", referee.presence(), atMost.toMinutes());
                return ExitStatus.NOT_TRIED;
            }
            return play(options, subdirectory, referee);
        }
    }

    private ExitStatus play(Options options, String subdirectory, Referee referee)
            throws IOException, InterruptedException {
        out.printf(
                "%s (%s), %d processes on %d %s, %s s for each backend%n%n",
                options.directory(),
                Files.getFileStore(options.directory()).type(),
                referee.contenders().size(),
                options.hosts(),
                options.hosts() == 1 ? "host" : "hosts",
                BigDecimal.valueOf(options.duration().toMillis(), 3)
                        .stripTrailingZeros()
                        .toPlainString());
        out.print(Report.heading());
        List<Findings> all = new ArrayList<>();
        for (LockBackend backend : options.backends()) {
            Round round = new Round(backend, subdirectory, options.duration());
            Findings findings = referee.play(round, options.patience(), turns -> showProgress(backend, turns));
            clearProgress();
            out.print(Report.row(findings));
            out.flush();
            all.add(findings);
            if (findings.verdict() == Findings.Verdict.FAILED) {
                break; // those that hang would spoil what follows
            }
        }
        return Report.status(all);
    }

    private void showProgress(LockBackend backend, long turns) {
        if (terminal) {
            out.printf(Locale.ROOT, "\r%-11s contending ... %d turns", backend, turns);
            out.flush();
        }
    }

    private void clearProgress() {
        if (terminal) {
            out.print("\r" + " ".repeat(60) + "\r");
        }
    }

    /** What listens on all interfaces is reached from here by this one. */
    private static InetSocketAddress reachable(InetSocketAddress bound) {
        InetAddress address = bound.getAddress();
        return address != null && address.isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
                : bound;
    }

    // ---- as a guest

    private ExitStatus join(Options options, InetSocketAddress referee) throws IOException, InterruptedException {
        try (Link link = Link.to(referee)) {
            String answer = link.ask("GUEST " + hostName() + " " + options.processes());
            String subdirectory = answer.startsWith("WELCOME ") ? answer.substring(8) : null;
            if (subdirectory == null) {
                throw new IOException(referee + " is no host that listens for this: it said '" + answer + "'");
            }
            out.printf(
                    "%d processes of this host take part, in %s; the other host shows the result.%n",
                    options.processes(), options.directory().resolve(subdirectory));
            try (Crowd crowd = new Crowd()) {
                crowd.start(options.processes(), referee, options.directory(), options.patience(), untilSeen);
                return crowd.join() ? ExitStatus.KEPT : ExitStatus.NOT_TRIED;
            }
        }
    }

    // ---- afterwards

    /** Removes what this tool made, links not followed. */
    private static void remove(Path place) throws IOException {
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
