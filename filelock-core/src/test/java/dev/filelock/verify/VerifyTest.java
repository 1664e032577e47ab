package dev.filelock.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole tool, with its processes, as its command line runs it. */
class VerifyTest {
    private static final Pattern PORT = Pattern.compile("--join \\S+:([0-9]+) ");

    private static final Duration SOON = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void findsTheBackendsSafeHereAndLeavesNothingBehind() throws IOException {
        ExitStatus status = run(
                "--backends", "native,soft,sqlite", "--processes", "3", "--duration", "500ms", directory.toString());

        assertThat(status).as(output()).isEqualTo(ExitStatus.KEPT);
        assertThat(output())
                .contains(", 0.5 s for each backend")
                .containsPattern("NATIVE +safe +[1-9]")
                .containsPattern("SOFT +safe +[1-9]")
                .containsPattern("SQLITE +safe +[1-9]")
                .contains("Exit status 0");
        assertThat(Files.list(directory)).isEmpty();
    }

    @Test
    void saysWholeSecondsAsSuch() throws IOException {
        run("--backends", "native", "--processes", "1", "--duration", "1s", directory.toString());
        assertThat(output()).contains(", 1 s for each backend");
    }

    @Test
    void letsAnotherHostTakePart() throws IOException {
        CompletableFuture<ExitStatus> host = CompletableFuture.supplyAsync(() -> run(
                "--backends",
                "native",
                "--processes",
                "1",
                "--duration",
                "500ms",
                "--listen",
                "127.0.0.1:0",
                "--hosts",
                "2",
                directory.toString()));
        Matcher port = await().until(() -> PORT.matcher(output()), Matcher::find);

        ByteArrayOutputStream guestOut = new ByteArrayOutputStream();
        ExitStatus guest = new Verify(print(guestOut), print(err), false, SOON)
                .run(List.of("--processes", "2", "--join", "127.0.0.1:" + port.group(1), directory.toString()));

        assertThat(guest).as(guestOut + output()).isEqualTo(ExitStatus.KEPT);
        assertThat(host.join()).isEqualTo(ExitStatus.KEPT);
        assertThat(output()).contains("3 processes on 2 hosts").containsPattern("NATIVE +safe");
    }

    @Test
    void saysThatAGuestLooksIntoAnotherDirectory(@TempDir Path other) throws IOException {
        CompletableFuture<ExitStatus> host = CompletableFuture.supplyAsync(() -> run(
                "--backends",
                "native",
                "--processes",
                "1",
                "--duration",
                "100ms",
                "--listen",
                "127.0.0.1:0",
                directory.toString()));
        Matcher port = await().until(() -> PORT.matcher(output()), Matcher::find);

        new Verify(print(new ByteArrayOutputStream()), print(err), false, SOON)
                .run(List.of("--processes", "1", "--join", "127.0.0.1:" + port.group(1), other.toString()));

        assertThat(host.join()).isEqualTo(ExitStatus.NOT_TRIED);
        assertThat(output()).contains("which the referee made: is it the same directory of the same share?");
        assertThat(Files.list(other)).isEmpty();
    }

    @Test
    void triesTmpfsToo() throws IOException {
        Path shm = Path.of("/dev/shm");
        assumeThat(Files.isWritable(shm)).as("/dev/shm is there").isTrue();
        Path place = Files.createTempDirectory(shm, "filelock-test-");
        try {
            assertThat(run("--backends", "native", "--processes", "2", "--duration", "200ms", place.toString()))
                    .as(output())
                    .isEqualTo(ExitStatus.KEPT);
        } finally {
            Files.delete(place);
        }
    }

    @Test
    void refusesADirectoryThatIsNone() {
        assertThat(run(directory.resolve("none").toString())).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("is no directory; make it first");
    }

    @Test
    void showsItsHelp() {
        assertThat(run("--help")).isEqualTo(ExitStatus.KEPT);
        assertThat(output()).isEqualTo(Options.HELP);
    }

    @Test
    void endsItsProcessesWhenItIsKilled() {
        try (ChildProcess tool = JavaPeer.start(
                Verify.class, "--backends", "native", "--processes", "2", "--duration", "1h", directory.toString())) {
            ProcessHandle handle = ProcessHandle.of(tool.pid()).orElseThrow();
            await().until(() -> handle.children().count() == 2);
            List<ProcessHandle> contenders = handle.children().toList();

            tool.kill();

            await().until(() -> contenders.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    private ExitStatus run(String... arguments) {
        return new Verify(print(out), print(err), false, SOON).run(List.of(arguments));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static PrintStream print(ByteArrayOutputStream target) {
        return new PrintStream(target, true, StandardCharsets.UTF_8);
    }
}
