package dev.filelock.protocol.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.HeldLock;
import dev.filelock.LockLostException;
import dev.filelock.LockProtocolException;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java and Python on one log: crowds of both, and what each makes of the other's crashes and pauses. */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class PythonGenerationInteropTest {
    private static final Duration PATIENT_HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration PATIENT_THRESHOLD = Duration.ofSeconds(40);
    private static final Duration HEARTBEAT = Duration.ofMillis(500);
    private static final Duration THRESHOLD = Duration.ofSeconds(3);

    /** Does what its input says, as {@link GenerationPeer} does. */
    private static final String PYTHON = """
            import filelock, os, random, sys, threading
            path, heartbeat, threshold = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
            lost, reasons = threading.Event(), []
            def on_compromise(compromise):
                reasons.append(compromise.reason)
                lost.set()
            lock = filelock.SoftReadWriteLock(path, heartbeat_interval=heartbeat, stale_threshold=threshold,
                                              poll_interval=0.02, on_compromise=on_compromise)
            def crowd(times, directory, seed):
                chance = random.Random(seed)
                counter = directory + '/counter'
                while times:
                    if chance.random() < 0.5:
                        with lock.write_lock():
                            number = int(open(counter).read())
                            os.sched_yield()
                            with open(counter, 'w') as out:
                                out.write(str(number + 1))
                            with open(directory + '/tokens', 'a') as out:
                                out.write('%d python\\n' % lock.generation)
                        times -= 1
                    else:
                        with lock.read_lock():
                            before = open(counter).read()
                            os.sched_yield()
                            if before != open(counter).read():
                                raise RuntimeError('a writer wrote while a reader read')
            print('ready', flush=True)
            for line in sys.stdin:
                words = line.split()
                if words[0] == 'acquire':
                    lock.acquire_write() if words[1] == 'WRITE' else lock.acquire_read()
                    print('held', lock.generation, flush=True)
                elif words[0] == 'try':
                    try:
                        lock.acquire_write(timeout=0) if words[1] == 'WRITE' else lock.acquire_read(timeout=0)
                        print('held', lock.generation, flush=True)
                    except filelock.Timeout:
                        print('timeout', flush=True)
                    except OSError as e:
                        print(type(e).__name__, flush=True)
                elif words[0] == 'lost':
                    print('lost', reasons[0] if lost.wait(60) else 'never', flush=True)
                elif words[0] == 'release':
                    lock.release()
                    print('released', flush=True)
                elif words[0] == 'crowd':
                    crowd(int(words[1]), words[2], int(words[3]))
                    print('done', flush=True)
            """;

    @TempDir
    Path directory;

    private Path path = Path.of("unset");

    @BeforeEach
    void choosePath() {
        path = directory.resolve("x.lock");
    }

    private ChildProcess python(Duration heartbeat, Duration threshold) {
        return PythonPeer.start(
                        PYTHON,
                        path.toString(),
                        Double.toString(heartbeat.toMillis() / 1000.0),
                        Double.toString(threshold.toMillis() / 1000.0))
                .expectLine("ready");
    }

    private ReadWriteFileLock lock(Duration heartbeat, Duration threshold) {
        return GenerationPeer.lock(path, heartbeat, threshold);
    }

    @Test
    void aCrowdOfReadersAndWritersOfBothLosesNothingAndItsFencingTokensOnlyGrow() throws Exception {
        Files.writeString(directory.resolve("counter"), "0");
        Files.createFile(directory.resolve("tokens"));
        List<ChildProcess> crowd = new ArrayList<>();
        int times = 20;
        try {
            for (int i = 0; i < 3; i++) {
                crowd.add(python(PATIENT_HEARTBEAT, PATIENT_THRESHOLD));
                crowd.add(GenerationPeer.start(path, PATIENT_HEARTBEAT, PATIENT_THRESHOLD));
            }
            for (int i = 0; i < crowd.size(); i++) {
                crowd.get(i).writeLine("crowd " + times + " " + directory + " " + i);
            }
            crowd.forEach(process -> process.expectLine("done"));
        } finally {
            crowd.forEach(ChildProcess::close);
        }
        assertThat(Files.readString(directory.resolve("counter"))).isEqualTo(Integer.toString(crowd.size() * times));
        List<String> tokens = Files.readAllLines(directory.resolve("tokens"));
        assertThat(tokens)
                .hasSize(crowd.size() * times)
                .anyMatch(token -> token.endsWith("java"))
                .anyMatch(token -> token.endsWith("python"));
        long newest = 0;
        for (String token : tokens) {
            long number = Long.parseLong(token.substring(0, token.indexOf(' ')));
            assertThat(number)
                    .as("each writer's token is greater than the one before")
                    .isGreaterThan(newest);
            newest = number;
        }
        try (Stream<Path> records = Files.list(directory.resolve("x.lock.rw/holders"))) {
            assertThat(records).isEmpty();
        }
    }

    @Test
    void bothLeaveTheSameBytes() throws Exception {
        Path log = directory.resolve("x.lock.rw/gen");
        try (ChildProcess python = python(PATIENT_HEARTBEAT, PATIENT_THRESHOLD);
                HeldLock reader =
                        lock(PATIENT_HEARTBEAT, PATIENT_THRESHOLD).readLock().acquire()) {
            assertThat(reader.fencingToken()).hasValue(1);
            assertThat(python.ask("acquire READ")).isEqualTo("held 2");
            byte[] two = Files.readAllBytes(log.resolve("00000000000000000002"));
            assertThat(Snapshot.parse(two).readers()).hasSize(2);
            assertThat(Snapshot.parse(two).toBytes()).isEqualTo(two);
            for (String token : Snapshot.parse(two).readers()) {
                byte[] record = Files.readAllBytes(directory.resolve("x.lock.rw/holders/" + token));
                assertThat(HolderRecord.parse(record).toBytes()).isEqualTo(record);
            }
            assertThat(python.ask("release")).isEqualTo("released");
            assertThat(Files.readString(log.resolve("00000000000000000003")))
                    .isEqualTo("filelock-rw/1\ngeneration=3\nreader="
                            + Snapshot.parse(Files.readAllBytes(log.resolve("00000000000000000001")))
                                    .readers()
                                    .first() + "\n");
            for (String each : List.of("x.lock.rw", "x.lock.rw/gen", "x.lock.rw/holders")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(each))))
                        .isEqualTo("rwx------");
            }
        }
    }

    @Test
    void aWaitingWriterOfEitherKeepsNewReadersOfTheOtherOutAndIsGrantedOnceTheLastOneLeft() throws Exception {
        ReadWriteFileLock lock = lock(PATIENT_HEARTBEAT, PATIENT_THRESHOLD);
        try (ChildProcess python = python(PATIENT_HEARTBEAT, PATIENT_THRESHOLD);
                ChildProcess another = python(PATIENT_HEARTBEAT, PATIENT_THRESHOLD);
                ChildProcess java = GenerationPeer.start(path, PATIENT_HEARTBEAT, PATIENT_THRESHOLD)) {
            assertThat(python.ask("acquire READ")).isEqualTo("held 1");
            java.writeLine("acquire WRITE");
            awaitGeneration(2);
            assertThat(another.ask("try READ")).isEqualTo("timeout");
            assertThat(lock.readLock().tryAcquire()).isEmpty();
            assertThat(python.ask("release")).isEqualTo("released");
            assertThat(java.readLine()).isEqualTo("held 4");
            another.writeLine("acquire WRITE");
            assertThat(java.ask("release")).isEqualTo("released");
            assertThat(another.readLine()).isEqualTo("held 6");
            assertThat(another.ask("release")).isEqualTo("released");
            HeldLock reader = lock.readLock().acquire();
            another.writeLine("acquire WRITE");
            awaitGeneration(9);
            reader.close();
            assertThat(another.readLine()).isEqualTo("held 11");
        }
    }

    private void awaitGeneration(long generation) {
        await().atMost(60, TimeUnit.SECONDS)
                .until(() -> Files.exists(directory.resolve(String.format("x.lock.rw/gen/%020d", generation))));
    }

    @Test
    void aStoppedPythonHolderLosesTheLockAfterTheThresholdAndIsTold() throws Exception {
        try (ChildProcess python = python(HEARTBEAT, THRESHOLD)) {
            python.writeLine("acquire WRITE").expectLine("held 1");
            python.suspend();
            long begun = System.nanoTime();
            try (HeldLock held = lock(HEARTBEAT, THRESHOLD).writeLock().acquire(Duration.ofSeconds(60))) {
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(THRESHOLD);
                assertThat(held.fencingToken().orElseThrow()).isGreaterThan(1);
                python.resume();
                assertThat(python.ask("lost")).isEqualTo("lost evicted");
                assertThat(python.ask("release")).isEqualTo("released");
                assertThat(held.isValid()).isTrue();
            }
        }
    }

    @Test
    void aStoppedJavaHolderLosesTheLockAfterTheThresholdAndIsTold() throws Exception {
        try (ChildProcess java = GenerationPeer.start(path, HEARTBEAT, THRESHOLD);
                ChildProcess python = python(HEARTBEAT, THRESHOLD)) {
            java.writeLine("acquire WRITE").expectLine("held 1");
            assertThat(java.ask("valid")).isEqualTo("valid");
            java.suspend();
            String taken = python.ask("acquire WRITE");
            assertThat(taken).startsWith("held ").isNotEqualTo("held 1");
            java.resume();
            assertThat(java.ask("valid")).isEqualTo("LockLostException");
            assertThat(java.ask("lost")).isEqualTo("lost " + LockLostException.Reason.EVICTED);
            assertThat(java.ask("release")).isEqualTo("released");
            assertThat(python.ask("release")).isEqualTo("released");
        }
    }

    @Test
    void pythonGoesOnAfterAKilledJavaReader() throws Exception {
        try (ChildProcess java = GenerationPeer.start(path, HEARTBEAT, THRESHOLD);
                ChildProcess python = python(HEARTBEAT, THRESHOLD)) {
            java.writeLine("acquire READ").expectLine("held 1");
            java.kill();
            assertThat(python.ask("try WRITE")).isEqualTo("timeout");
            assertThat(python.ask("acquire WRITE")).startsWith("held ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filelock-rw/1\ngeneration=7\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\nreader=93b411641fd265e3839af0e897b06356\ngeneration=7\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b06356\nreader=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\ngeneration=7\nreader=93b411641fd265e3839af0e897b06356\nreader=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\n",
                "filelock-rw/1\ngeneration=8\n",
                "filelock-rw/1\ngeneration=07\n",
                "filelock-rw/1\ngeneration=7\n\n",
                "filelock-rw/1\ngeneration=7",
                "filelock-rw/1\ngeneration=7\r\n",
                "filelock-rw/1\ngeneration=7\nkey=value\n",
                "filelock-rw/1\ngeneration=7\nwriter=93B411641FD265E3839AF0E897B06356\n",
                "filelock-rw/2\ngeneration=7\n",
                "",
            })
    void bothAgreeOnWhatASnapshotIs(String text) throws Exception {
        Path log = Files.createDirectories(directory.resolve("x.lock.rw/gen"));
        Files.write(log.resolve("00000000000000000007"), text.getBytes(StandardCharsets.US_ASCII));
        String java;
        try {
            java = lock(PATIENT_HEARTBEAT, PATIENT_THRESHOLD)
                    .writeLock()
                    .tryAcquire()
                    .map(held -> {
                        held.close();
                        return "held";
                    })
                    .orElse("timeout");
        } catch (LockProtocolException e) {
            java = "SoftFileLockProtocolError";
        }
        try (ChildProcess python = python(PATIENT_HEARTBEAT, PATIENT_THRESHOLD)) {
            assertThat(python.ask("try WRITE")).startsWith(java.equals("held") ? "held 1" : java);
        }
    }
}
