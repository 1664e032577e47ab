package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A crowd of JVMs and Python processes adds to one number, each by reading, pausing and writing: nothing is lost. */
@Timeout(180)
class CrowdTest {
    private static final int JVMS = 3;
    private static final int PYTHONS = 3;
    private static final int TIMES = 40;

    private static final String COUNT = """
            import filelock, os, sys
            path, counter, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
            timeout = -1
            print('ready', flush=True)
            sys.stdin.readline()
            for _ in range(times):
                with %s:
                    number = int(open(counter).read())
                    os.sched_yield()
                    with open(counter, 'w') as out:
                        out.write(str(number + 1))
            print('counted', flush=True)
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "MARKER", "LEASE", "STRICT", "SQLITE_WRITE", "GENERATION_WRITE"})
    void jvmsAndPythonsLoseNothing(LockKind kind) throws Exception {
        Path path = directory.resolve("crowd" + kind.suffix);
        Path counter = directory.resolve("counter");
        Files.writeString(counter, "0");
        List<ChildProcess> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < PYTHONS; i++) {
                crowd.add(PythonPeer.start(
                                String.format(COUNT, kind.pythonLock()),
                                path.toString(),
                                counter.toString(),
                                Integer.toString(TIMES))
                        .expectLine("ready"));
            }
            for (int i = 0; i < JVMS; i++) {
                crowd.add(Peer.start(kind, path));
            }
            crowd.forEach(process -> process.writeLine("count " + TIMES + " " + counter));
            crowd.forEach(process -> process.expectLine("counted"));
        } finally {
            crowd.forEach(ChildProcess::close);
        }
        assertThat(Files.readString(counter)).isEqualTo(Integer.toString((JVMS + PYTHONS) * TIMES));
    }
}
