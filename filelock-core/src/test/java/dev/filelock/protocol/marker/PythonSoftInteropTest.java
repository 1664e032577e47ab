package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.soft;
import static dev.filelock.protocol.marker.Markers.tryOnce;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.Grant;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SOFT and Python's {@code SoftFileLock} exclude each other, read each other's markers and clear up after each other. */
class PythonSoftInteropTest {
    private static final String HOLD = """
            import sys
            from filelock import SoftFileLock
            lock = SoftFileLock(sys.argv[1])
            lock.acquire()
            print('held')
            sys.stdin.readline()
            lock.release()
            print('released')
            """;

    private static final String TRY = """
            import sys
            from filelock import SoftFileLock, Timeout
            lock = SoftFileLock(sys.argv[1])
            for line in sys.stdin:
                if line == 'pid\\n':
                    print(lock.pid)
                else:
                    try:
                        with lock.acquire(timeout=float(line)):
                            print('acquired')
                    except Timeout:
                        print('timeout')
            """;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void namesTheLockFile() {
        PythonPeer.require();
        path = directory.resolve("x.lock");
    }

    @Test
    void javaIsRefusedWhilePythonHoldsAndNamesIt() throws IOException {
        try (ChildProcess python = PythonPeer.start(HOLD, path.toString())) {
            python.expectLine("held");

            assertThat(tryOnce(soft(path))).isNull();
            assertThat(soft(path).holders()).singleElement().satisfies(holder -> {
                assertThat(holder.pid()).isEqualTo(python.pid());
                assertThat(holder.host()).isNull();
                assertThat(holder.process()).startsWith("python");
            });

            python.ask("release");
            tryOnce(soft(path)).release();
        }
    }

    @Test
    void pythonIsRefusedWhileJavaHoldsAndReadsItsPid() throws IOException {
        Grant grant = tryOnce(soft(path));
        try (ChildProcess python = PythonPeer.start(TRY, path.toString())) {
            assertThat(python.ask("0.2")).isEqualTo("timeout");
            assertThat(python.ask("pid"))
                    .isEqualTo(Long.toString(ProcessHandle.current().pid()));
            grant.ensureValid();

            grant.release();
            assertThat(python.ask("5")).isEqualTo("acquired");
            assertThat(python.ask("pid")).isEqualTo("None");
        }
    }

    @Test
    void theMarkersOfBothAreTheSameButForTheProcess() throws IOException {
        try (ChildProcess python = PythonPeer.start(HOLD, path.toString())) {
            python.expectLine("held");
            byte[] ofPython = Files.readAllBytes(path);

            assertThat(Content.of(ofPython)).isInstanceOfSatisfying(Protocol1Record.class, record -> {
                assertThat(record.owner().pid()).isEqualTo((int) python.pid());
                assertThat(record)
                        .isEqualTo(Markers.record(
                                python.pid(),
                                new ProcessesAsSeen().hostField(),
                                new ProcessesAsSeen().startToken(python.pid())));
                assertThat(record.toBytes()).isEqualTo(ofPython);
            });
        }
    }

    @Test
    void javaReclaimsWhatAKilledPythonLeft() throws IOException {
        try (ChildProcess python = PythonPeer.start(HOLD, path.toString())) {
            python.expectLine("held");
            python.kill();
        }
        assertThat(path).exists();

        Grant grant = tryOnce(soft(path));

        assertThat(grant).isNotNull();
        grant.release();
        assertThat(path).doesNotExist();
    }

    @Test
    void pythonReclaimsWhatAKilledJavaLeft() throws IOException {
        try (ChildProcess java = JavaPeer.start(Holder.class, path.toString())) {
            java.expectLine("held");
            try (ChildProcess python = PythonPeer.start(TRY, path.toString())) {
                assertThat(python.ask("0.2")).isEqualTo("timeout");
                assertThat(python.ask("pid")).isEqualTo(Long.toString(java.pid()));

                java.kill();

                assertThat(path).exists();
                assertThat(python.ask("10")).isEqualTo("acquired");
                assertThat(python.ask("pid")).as("asked once it has released").isEqualTo("None");
            }
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void javaReclaimsWhatAKilledJavaLeft() throws IOException {
        try (ChildProcess java = JavaPeer.start(Holder.class, path.toString())) {
            java.expectLine("held");
            assertThat(tryOnce(soft(path))).isNull();
            java.kill();
        }

        Grant grant = tryOnce(soft(path));

        assertThat(grant).isNotNull();
        grant.release();
    }

    @Test
    void bothReadEveryFileAlike() throws IOException {
        Random random = new Random(408);
        int count = 4000;
        for (int i = 0; i < count; i++) {
            Files.write(directory.resolve("" + i), Protocol1RecordTest.randomMarkerLikeBytes(random));
        }
        int records = 0;
        try (ChildProcess python = PythonPeer.start("""
                import sys
                from filelock import SoftFileLock
                for i in range(int(sys.argv[2])):
                    print(SoftFileLock(f'{sys.argv[1]}/{i}').pid)
                """, directory.toString(), "" + count)) {
            for (int i = 0; i < count; i++) {
                byte[] bytes = Files.readAllBytes(directory.resolve("" + i));
                String ours = Content.of(bytes) instanceof Protocol1Record record
                        ? "" + record.owner().pid()
                        : "None";
                assertThat(ours)
                        .as("%s", HexFormat.ofDelimiter(" ").formatHex(bytes))
                        .isEqualTo(python.readLine());
                records += ours.equals("None") ? 0 : 1;
            }
        }
        assertThat(records)
                .as("files that are records, so that the test means something")
                .isGreaterThan(100);
    }

    /** A Java process that holds until it is killed. */
    static final class Holder {
        private Holder() {}

        @SuppressWarnings("SystemOut") // it answers the test
        public static void main(String[] arguments) throws IOException {
            Grant grant = tryOnce(soft(Path.of(arguments[0])));
            System.out.println(grant == null ? "refused" : "held");
            System.in.read();
        }
    }
}
