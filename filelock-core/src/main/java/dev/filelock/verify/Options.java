package dev.filelock.verify;

import dev.filelock.LockBackend;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param directory where to contend
 * @param backends which locks to try, in their order
 * @param duration how long the processes contend for each
 * @param processes how many of them on this host
 * @param patience how long one of them waits for one lock before that counts as starvation
 * @param listen where other hosts join; null if none may
 * @param hosts how many hosts take part, this one included
 * @param join the host that listens; null unless this one joins it
 */
record Options(
        Path directory,
        List<LockBackend> backends,
        Duration duration,
        int processes,
        Duration patience,
        @Nullable InetSocketAddress listen,
        int hosts,
        @Nullable InetSocketAddress join) {

    static final String HELP = """
            Finds out whether file locks keep processes apart in a directory.

            Usage: java -jar filelock-core-VERSION-verify.jar [options] DIRECTORY

            Several processes contend in DIRECTORY for a lock of each backend. Each reports to a referee, over a socket,
            when it is in and when it is about to leave. The referee trusts no lock: if two are ever in at once, that
            backend does not work there. All files are made in a new subdirectory, which is removed at the end.

            Options:
              --backends LIST       which to try, such as native,strict; default: all
              --duration TIME       how long to contend for each, such as 10s or 5m; default: 10s
              --processes N         how many processes on this host, 1 to 64; default: 4
              --patience TIME       a wait longer than this counts as starvation; default: 60s
              --listen [HOST:]PORT  let processes of other hosts take part, which see the same DIRECTORY; without HOST on
                                    all interfaces. Whoever reaches the port can take part and spoil the result: use it
                                    in a network you trust
              --hosts N             with --listen: how many hosts take part, this one included; default: 2
              --join HOST:PORT      take part in what the host started that listens there; it decides all but DIRECTORY
                                    and --processes, and shows the result
              --help                show this text

            Exit status:
              0  every backend that could be tried kept its promise
              1  a backend let two in at once, or starved a process
              2  the command line can't be understood
              3  nothing could be tried, or a process failed

            A run without overlap is evidence, not proof: try long enough, with as many processes as you will have, and on
            a file system of several hosts with all of them.
            """;

    private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,5})(ms|s|m|h)");
    private static final Pattern ADDRESS = Pattern.compile("(?:(.+):)?([0-9]{1,5})");

    static Options parse(List<String> arguments) throws UsageException {
        Path directory = null;
        Set<LockBackend> backends = EnumSet.allOf(LockBackend.class);
        Duration duration = Duration.ofSeconds(10);
        int processes = 4;
        Duration patience = Duration.ofSeconds(60);
        InetSocketAddress listen = null;
        Integer hosts = null;
        InetSocketAddress join = null;

        Deque<String> rest = new ArrayDeque<>(arguments);
        List<String> decidedByTheOther = new ArrayList<>();
        while (!rest.isEmpty()) {
            String argument = rest.removeFirst();
            switch (argument) {
                case "--backends" -> backends = backends(valueOf(argument, rest));
                case "--duration" -> duration = time(argument, valueOf(argument, rest));
                case "--processes" -> processes = number(argument, valueOf(argument, rest), 1, 64);
                case "--patience" -> patience = time(argument, valueOf(argument, rest));
                case "--listen" -> listen = address(argument, valueOf(argument, rest), "0.0.0.0");
                case "--hosts" -> hosts = number(argument, valueOf(argument, rest), 1, 64);
                case "--join" -> join = address(argument, valueOf(argument, rest), null);
                default -> {
                    if (argument.startsWith("-")) {
                        throw new UsageException("there is no option " + argument + "; --help lists those there are");
                    }
                    if (directory != null) {
                        throw new UsageException(
                                "there are two directories, " + directory + " and " + argument + "; give one");
                    }
                    directory = path(argument);
                }
            }
            if (List.of("--backends", "--duration", "--patience", "--hosts", "--listen")
                    .contains(argument)) {
                decidedByTheOther.add(argument);
            }
        }
        if (directory == null) {
            throw new UsageException("no directory is given; give the one whose file system you doubt");
        }
        if (join != null && !decidedByTheOther.isEmpty()) {
            throw new UsageException(String.join(", ", decidedByTheOther)
                    + " can't be given with --join: the host that listens decides that");
        }
        if (hosts != null && listen == null) {
            throw new UsageException("--hosts goes with --listen, or no other host can take part");
        }
        return new Options(
                directory,
                List.copyOf(backends),
                duration,
                processes,
                patience,
                listen,
                listen == null ? 1 : hosts == null ? 2 : hosts,
                join);
    }

    private static String valueOf(String option, Deque<String> rest) throws UsageException {
        if (rest.isEmpty()) {
            throw new UsageException(option + " needs a value; --help shows which");
        }
        return rest.removeFirst();
    }

    private static Set<LockBackend> backends(String text) throws UsageException {
        Set<LockBackend> backends = EnumSet.noneOf(LockBackend.class);
        for (String name : text.split(",", -1)) {
            LockBackend found = null;
            for (LockBackend backend : LockBackend.values()) {
                found = backend.name().equalsIgnoreCase(name.strip()) ? backend : found;
            }
            if (found == null) {
                throw new UsageException("'" + name + "' in --backends is no backend; there are "
                        + Arrays.stream(LockBackend.values())
                                .map(backend -> backend.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", ")));
            }
            Collections.addAll(backends, found);
        }
        return backends;
    }

    private static Duration time(String option, String text) throws UsageException {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(option + " '" + text + "' is no time; write 500ms, 10s, 5m or 1h");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    private static int number(String option, String text, int least, int most) throws UsageException {
        if (text.matches("[0-9]{1,4}")) {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new UsageException(option + " '" + text + "' is no number from " + least + " to " + most);
    }

    private static InetSocketAddress address(String option, String text, @Nullable String defaultHost)
            throws UsageException {
        Matcher matcher = ADDRESS.matcher(text);
        if (matcher.matches()) {
            String host = matcher.group(1) == null ? defaultHost : matcher.group(1);
            int port = Integer.parseInt(matcher.group(2));
            if (host != null && port <= 65_535) {
                return new InetSocketAddress(host, port);
            }
        }
        throw new UsageException(option + " '" + text + "' is no address; write "
                + (defaultHost == null ? "build-3:7700" : "7700 or build-3:7700"));
    }

    private static Path path(String text) throws UsageException {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException("'" + text + "' is no path: " + e.getReason());
        }
    }
}
