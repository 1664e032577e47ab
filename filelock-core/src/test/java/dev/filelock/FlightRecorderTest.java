package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.testing.JavaPeer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's flight recorder sees of locks, and that it need not be there. */
@Timeout(120)
class FlightRecorderTest {
    @TempDir
    Path directory;

    @Test
    void waitsAndHoldsAreEvents() throws Exception {
        LockRegistry registry = LockRegistry.builder()
                .directory("shared", directory, LockOptions.defaults())
                .build();
        FileLock lock = registry.directory("shared").lock("report").labelled("Reports.write");
        List<RecordedEvent> events;
        try (Recording recording = new Recording()) {
            recording.enable("dev.filelock.Wait").withoutThreshold();
            recording.enable("dev.filelock.Hold").withoutThreshold();
            recording.start();
            try (HeldLock held = lock.acquire();
                    HeldLock again = lock.acquire()) {
                Thread thread = new Thread(() -> {
                    assertThat(lock.tryAcquire()).isEmpty();
                    assertThatThrownBy(() -> lock.acquire(Duration.ofSeconds(1)))
                            .isInstanceOf(FileLockTimeoutException.class);
                });
                thread.start();
                thread.join();
            }
            lock.acquireAsync().get(20, TimeUnit.SECONDS).close();
            recording.stop();
            Path file = directory.resolve("events.jfr");
            recording.dump(file);
            events = RecordingFile.readAllEvents(file);
        }
        assertThat(events)
                .extracting(event -> event.getEventType().getName().substring("dev.filelock.".length()) + " "
                        + event.getString("outcome"))
                .containsExactlyInAnyOrder(
                        "Wait acquired",
                        "Wait timed out",
                        "Wait timed out",
                        "Hold released",
                        "Wait acquired",
                        "Hold released");
        assertThat(events).allSatisfy(event -> {
            assertThat(event.getString("path")).isEqualTo(lock.path().toString());
            assertThat(event.getString("label")).isEqualTo("Reports.write");
            assertThat(event.getString("directory")).isEqualTo("shared");
            assertThat(event.getString("mode")).isEqualTo("EXCLUSIVE");
            assertThat(event.getString("backend")).isEqualTo("NATIVE");
        });
        assertThat(events).anySatisfy(event -> {
            assertThat(event.getString("outcome")).isEqualTo("timed out");
            assertThat(event.getDuration()) // which begins a little later than the time that the wait is given
                    .isGreaterThanOrEqualTo(Duration.ofMillis(20));
        });
    }

    @Test
    void shortOnesAreLeftOutUnlessTheSettingsAskForThem() throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable("dev.filelock.Wait").withThreshold(Duration.ofHours(1));
            recording
                    .enable("dev.filelock.Hold")
                    .withThreshold(Duration.ofHours(1)); // the first one in a JVM takes a while
            recording.start();
            FileLock.of(directory.resolve("x.lock")).acquire().close();
            recording.stop();
            Path file = directory.resolve("events.jfr");
            recording.dump(file);
            assertThat(RecordingFile.readAllEvents(file))
                    .noneMatch(event -> event.getEventType().getName().startsWith("dev.filelock"));
        }
    }

    @Test
    void aRuntimeThatRecordsNothingLoadsNoEventUntilItDoes() throws Exception {
        List<String> said = runs(LateRecording.class, "-Xlog:class+load")
                .lines()
                .filter(line -> line.matches(".*(engine.FlightEvents.Hold|recorded).*"))
                .toList();
        assertThat(said).hasSize(3);
        assertThat(said.get(0)).isEqualTo("nothing was recorded");
        assertThat(said.get(1)).contains("FlightEvents$Hold");
        assertThat(said.get(2)).isEqualTo("recorded [dev.filelock.Hold, dev.filelock.Wait]");
    }

    @Test
    void aRecordingThatBeginsWithTheRuntimeSeesTheFirstLock() throws Exception {
        Path file = directory.resolve("events.jfr");
        String settings = Stream.of("Wait", "Hold")
                .map(event -> ",+dev.filelock.%1$s#enabled=true,+dev.filelock.%1$s#threshold=0ms".formatted(event))
                .collect(Collectors.joining());
        runs(TellingOfRecorder.class, "-XX:StartFlightRecording:filename=" + file + settings);
        assertThat(RecordingFile.readAllEvents(file))
                .extracting(event -> event.getEventType().getName())
                .contains("dev.filelock.Hold", "dev.filelock.Wait");
    }

    @Test
    void aRuntimeWithoutTheRecorderLocksAllTheSame() throws Exception {
        assertThat(runs(TellingOfRecorder.class, "--limit-modules=java.se,jdk.unsupported"))
                .contains("locked without jdk.jfr");
    }

    private String runs(Class<?> main, String option) throws Exception {
        List<String> command = JavaPeer.command(List.of(option));
        command.addAll(List.of(main.getName(), directory.resolve("x.lock").toString()));
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).as(said).isZero();
        return said;
    }

    /** Run as a process of its own. */
    static final class TellingOfRecorder {
        public static void main(String[] arguments) throws Exception {
            Optional<Module> recorder = ModuleLayer.boot().findModule("jdk.jfr");
            try (HeldLock held = FileLock.of(Path.of(arguments[0])).acquire()) {
                System.out.println(recorder.isPresent() ? "the recorder is there" : "locked without jdk.jfr");
            }
        }
    }

    /** Run as a process of its own. */
    static final class LateRecording {
        public static void main(String[] arguments) throws Exception {
            FileLock lock = FileLock.of(Path.of(arguments[0]));
            lock.acquire().close();
            System.out.println("nothing was recorded");
            try (Recording recording = new Recording()) {
                recording.enable("dev.filelock.Wait").withoutThreshold();
                recording.enable("dev.filelock.Hold").withoutThreshold();
                recording.start();
                lock.acquire().close();
                recording.stop();
                Path file = lock.path().resolveSibling("late.jfr");
                recording.dump(file);
                System.out.println("recorded "
                        + RecordingFile.readAllEvents(file).stream()
                                .map(event -> event.getEventType().getName())
                                .sorted()
                                .toList());
            }
        }
    }
}
