package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.os.Processes;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What SOFT, MARKER and LEASE do with each marker there can be, and what their counterparts in Python do, both with markers that the
 * other language made. Each table is to be read beside the one in {@code docs/interoperability.md}.
 */
@Timeout(120)
class MixingMatrixTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration OTHER_LEASE = Duration.ofSeconds(60);

    /** More than the two seconds that a marker may take to be written, less than any lease. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    private enum Outcome {
        ACQUIRED,
        WAITS,
        REFUSED,
        MISMATCH
    }

    private static final Map<LockBackend, String> PYTHON = Map.of(
            LockBackend.SOFT, "SoftFileLock(path)",
            LockBackend.MARKER, "MarkerSoftFileLock(path)",
            LockBackend.LEASE, "SoftFileLease(path, lease_duration=%s)");

    /** Holds each of the given paths until it is killed. */
    private static final String HOLD = """
            import sys
            from filelock import MarkerSoftFileLock, SoftFileLease, SoftFileLock
            held = []
            for path in sys.argv[2:]:
                lock = eval(sys.argv[1])
                lock.acquire(timeout=0)
                held.append(lock)
            print('held')
            sys.stdin.readline()
            """;

    /** A few single attempts each: the first that finds a stale marker only removes it. */
    private static final String TRY = """
            import sys, time
            from filelock import LeaseSettingsMismatch, MarkerSoftFileLock, SoftFileLease, SoftFileLock, Timeout
            for line in sys.stdin:
                expression, path = line.rstrip('\\n').split('\\t')
                outcome = 'WAITS'
                for attempt in range(5):
                    try:
                        with eval(expression).acquire(timeout=0):
                            outcome = 'ACQUIRED'
                        break
                    except Timeout:
                        time.sleep(0.01)
                    except LeaseSettingsMismatch:
                        outcome = 'MISMATCH'
                        break
                print(outcome)
            """;

    private static ChildProcess pythonContender;

    @TempDir
    Path directory;

    private final List<ChildProcess> holders = new ArrayList<>();

    @BeforeAll
    static void startContender() {
        pythonContender = PythonPeer.start(TRY);
    }

    @AfterAll
    static void stopContender() {
        if (pythonContender != null) {
            pythonContender.close();
        }
    }

    @ParameterizedTest(name = "{0}: {1}, {2}, {3}")
    @CsvSource(delimiter = '|', textBlock = """
            # what is there         | SOFT     | MARKER   | LEASE
            SOFT live               | WAITS    | WAITS    | WAITS
            SOFT gone               | ACQUIRED | ACQUIRED | ACQUIRED
            MARKER live             | REFUSED  | WAITS    | WAITS
            MARKER gone             | REFUSED  | ACQUIRED | REFUSED
            LEASE live              | REFUSED  | WAITS    | WAITS
            LEASE gone              | REFUSED  | ACQUIRED | ACQUIRED
            LEASE expired           | REFUSED  | WAITS    | ACQUIRED
            OTHER_LEASE live        | REFUSED  | WAITS    | MISMATCH
            OTHER_LEASE gone        | REFUSED  | ACQUIRED | MISMATCH
            OTHER_LEASE expired     | REFUSED  | WAITS    | MISMATCH
            FOREIGN_SOFT file       | WAITS    | WAITS    | WAITS
            UNKNOWN_MODE file       | REFUSED  | WAITS    | WAITS
            UNKNOWN_MODE_GONE file  | REFUSED  | WAITS    | WAITS
            SENTINEL file           | REFUSED  | REFUSED  | REFUSED
            DATA file               | REFUSED  | REFUSED  | REFUSED
            LONG_DATA file          | REFUSED  | REFUSED  | REFUSED
            DAMAGED file            | REFUSED  | REFUSED  | REFUSED
            EMPTY file              | ACQUIRED | ACQUIRED | ACQUIRED
            CUT_OFF_SOFT file       | ACQUIRED | ACQUIRED | ACQUIRED
            CUT_OFF_LEASE file      | ACQUIRED | ACQUIRED | ACQUIRED
            SYMLINK file            | REFUSED  | REFUSED  | REFUSED
            """)
    void javaMeetsWhatPythonLeft(String row, Outcome soft, Outcome marker, Outcome lease) throws Exception {
        Map<LockBackend, Outcome> outcomes = new EnumMap<>(LockBackend.class);
        Map<LockBackend, Path> markers = markers(row, true);
        for (LockBackend contender : markers.keySet()) {
            Path path = markers.get(contender);
            Map<Path, String> before = content();
            Outcome outcome = javaTries(contender, path);
            outcomes.put(contender, outcome);
            if (outcome != Outcome.ACQUIRED) {
                assertThat(content()).as("nothing is touched").isEqualTo(before);
            }
        }
        assertThat(outcomes).isEqualTo(expected(soft, marker, lease));
    }

    /** Where Python takes what it can't read after two seconds, a live lock of another kind included. */
    @ParameterizedTest(name = "{0}: {1}, {2}, {3}")
    @CsvSource(delimiter = '|', textBlock = """
            # what is there         | SOFT     | MARKER   | LEASE
            SOFT live               | WAITS    | WAITS    | WAITS
            SOFT gone               | ACQUIRED | ACQUIRED | ACQUIRED
            MARKER live             | ACQUIRED | WAITS    | WAITS
            MARKER gone             | ACQUIRED | ACQUIRED | WAITS
            LEASE live              | ACQUIRED | WAITS    | WAITS
            LEASE gone              | ACQUIRED | ACQUIRED | ACQUIRED
            LEASE expired           | ACQUIRED | WAITS    | ACQUIRED
            OTHER_LEASE live        | ACQUIRED | WAITS    | MISMATCH
            OTHER_LEASE gone        | ACQUIRED | ACQUIRED | MISMATCH
            FOREIGN_SOFT file       | WAITS    | WAITS    | WAITS
            UNKNOWN_MODE file       | ACQUIRED | WAITS    | WAITS
            UNKNOWN_MODE_GONE file  | ACQUIRED | WAITS    | WAITS
            SENTINEL file           | WAITS    | WAITS    | WAITS
            DATA file               | ACQUIRED | ACQUIRED | ACQUIRED
            LONG_DATA file          | ACQUIRED | ACQUIRED | ACQUIRED
            DAMAGED file            | ACQUIRED | ACQUIRED | ACQUIRED
            EMPTY file              | ACQUIRED | ACQUIRED | ACQUIRED
            """)
    void pythonMeetsWhatJavaLeft(String row, Outcome soft, Outcome marker, Outcome lease) throws Exception {
        Map<LockBackend, Outcome> outcomes = new EnumMap<>(LockBackend.class);
        markers(row, false)
                .forEach((contender, path) -> outcomes.put(
                        contender, Outcome.valueOf(pythonContender.ask(python(contender, LEASE) + "\t" + path))));
        assertThat(outcomes).isEqualTo(expected(soft, marker, lease));
    }

    private static Map<LockBackend, Outcome> expected(Outcome soft, Outcome marker, Outcome lease) {
        return Map.of(LockBackend.SOFT, soft, LockBackend.MARKER, marker, LockBackend.LEASE, lease);
    }

    /** The marker of a row, once for each contender. */
    private Map<LockBackend, Path> markers(String row, boolean ofPython) throws Exception {
        String what = row.split(" ")[0];
        String state = row.split(" ")[1];
        Map<LockBackend, Path> markers = new EnumMap<>(LockBackend.class);
        for (LockBackend contender : PYTHON.keySet()) {
            markers.put(contender, directory.resolve("for-" + contender + ".lock"));
        }
        if (state.equals("file")) {
            for (Path path : markers.values()) {
                putFile(what, path);
            }
            return markers;
        }
        LockBackend backend = what.equals("OTHER_LEASE") ? LockBackend.LEASE : LockBackend.valueOf(what);
        Duration duration = what.equals("OTHER_LEASE") ? OTHER_LEASE : LEASE;
        try {
            hold(backend, duration, List.copyOf(markers.values()), ofPython);
            if (state.equals("gone")) {
                holders.forEach(ChildProcess::kill);
            } else {
                holders.forEach(ChildProcess::suspend); // alive, but no heartbeat comes in between
            }
            for (Path path : markers.values()) {
                age(path, state.equals("expired") ? duration.plus(SETTLED) : SETTLED);
            }
            return markers;
        } catch (RuntimeException | Error e) {
            stopHolders();
            throw e;
        }
    }

    @AfterEach
    void stopHolders() {
        holders.forEach(ChildProcess::close);
        holders.clear();
    }

    private void hold(LockBackend backend, Duration duration, List<Path> paths, boolean inPython) {
        List<String> arguments = new ArrayList<>();
        paths.forEach(path -> arguments.add(path.toString()));
        ChildProcess holder;
        if (inPython) {
            arguments.add(0, python(backend, duration));
            holder = PythonPeer.start(HOLD, arguments.toArray(String[]::new));
        } else {
            arguments.addAll(0, List.of(backend.name(), duration.toString()));
            holder = JavaPeer.start(Holder.class, arguments.toArray(String[]::new));
        }
        holders.add(holder);
        holder.expectLine("held");
    }

    private static String python(LockBackend backend, Duration duration) {
        return String.format(PYTHON.get(backend), duration.toSeconds());
    }

    private void putFile(String what, Path path) throws IOException {
        String here = Processes.system().hostField();
        long pid = ProcessHandle.current().pid();
        String owner = "filelock/2\npid=" + pid + "\nhost=" + here + "\n";
        if (what.equals("SYMLINK")) {
            Path target = path.resolveSibling(path.getFileName() + ".target");
            Files.createSymbolicLink(path, target);
            age(Files.createFile(target), SETTLED);
            return;
        }
        Files.writeString(
                path,
                switch (what) {
                    case "FOREIGN_SOFT" -> Integer.MAX_VALUE + "\nanother-host\n10\n";
                    case "UNKNOWN_MODE" -> owner + "mode=shared\n";
                    case "UNKNOWN_MODE_GONE" ->
                        "filelock/2\npid=" + Integer.MAX_VALUE + "\nhost=" + here + "\nmode=shared\n";
                    case "SENTINEL" -> "1\nfilelock-strict-v1\0\n0\n";
                    case "DATA" -> "name,amount\nmiller,3\n";
                    case "LONG_DATA" -> "1\n" + "h".repeat(2000) + "\n";
                    case "DAMAGED" -> owner + "nonsense\n";
                    case "EMPTY" -> "";
                    case "CUT_OFF_SOFT" -> Integer.MAX_VALUE + "\n";
                    case "CUT_OFF_LEASE" -> owner + "mode=lease\ntoken=152bd0ec";
                    default -> throw new IllegalArgumentException(what);
                });
        age(path, SETTLED);
    }

    private static void age(Path path, Duration age) throws IOException {
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
    }

    private static Outcome javaTries(LockBackend backend, Path path) {
        FileLock lock =
                FileLock.builder(path).backend(backend).leaseDuration(LEASE).build();
        try {
            for (int attempt = 0; attempt < 3; attempt++) {
                Optional<HeldLock> held = lock.tryAcquire();
                if (held.isPresent()) {
                    held.get().close();
                    return Outcome.ACQUIRED;
                }
            }
            return Outcome.WAITS;
        } catch (LeaseMismatchException e) {
            assertThat(e.duration()).isEqualTo(LEASE);
            assertThat(e.peerDuration()).isEqualTo(OTHER_LEASE);
            assertThat(e).hasMessageContaining(path + " is leased by pid ").hasMessageContaining("for 60.0 s");
            return Outcome.MISMATCH;
        } catch (LockProtocolException e) {
            assertThat(e).hasMessageContaining(path.toString());
            return Outcome.REFUSED;
        }
    }

    private Map<Path, String> content() throws IOException {
        Map<Path, String> content = new HashMap<>();
        try (var entries = Files.list(directory)) {
            for (Path path : (Iterable<Path>) entries::iterator) {
                content.put(path, Files.readString(path, StandardCharsets.ISO_8859_1));
            }
        }
        return content;
    }

    /** A Java process that holds each of the given paths until it is killed. */
    static final class Holder {
        private Holder() {}

        @SuppressWarnings("SystemOut") // it answers the test
        public static void main(String[] arguments) throws Exception {
            List<HeldLock> held = new ArrayList<>();
            for (String path : List.of(arguments).subList(2, arguments.length)) {
                held.add(FileLock.builder(Path.of(path))
                        .backend(LockBackend.valueOf(arguments[0]))
                        .leaseDuration(Duration.parse(arguments[1]))
                        .build()
                        .acquire(Duration.ZERO));
            }
            System.out.println("held");
            System.in.read();
            held.forEach(HeldLock::close);
        }
    }
}
