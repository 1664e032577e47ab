package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.filelock.testing.LogRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hold that lasts longer than it should is told of, by whom it is. */
@Timeout(60)
class HeldReportTest {
    @TempDir
    Path directory;

    private FileLock lock(Duration after) {
        return FileLock.builder(directory.resolve("x.lock"))
                .options(LockOptions.builder()
                        .logHeldAfter(after)
                        .label("Reports.write")
                        .build())
                .build();
    }

    private static List<ILoggingEvent> reports(LogRecorder log) {
        return log.events(Level.WARN).stream()
                .filter(event -> event.getFormattedMessage().contains("has been held"))
                .toList();
    }

    @Test
    void anOldHoldIsToldOfAgainAndAgain() throws Exception {
        FileLock lock = lock(Duration.ofMillis(10));
        try (LogRecorder log = LogRecorder.of("dev.filelock");
                HeldLock held = lock.acquire();
                HeldLock again = lock.acquire()) {
            await().until(() -> reports(log).size() >= 2);
            assertThat(reports(log))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .allMatch(line -> line.matches("\\Q" + lock.path() + "\\E has been held for \\d+ s by thread '\\Q"
                            + Thread.currentThread().getName() + "\\E', for Reports\\.write"));
        }
    }

    @Test
    void aYoungOneIsNot() throws Exception {
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            lock(Duration.ofMinutes(10)).acquire().close();
            FileLock.of(directory.resolve("x.lock")).acquire().close();
            assertThat(reports(log)).isEmpty();
        }
    }

    @Test
    void soIsOneWithoutAThread() throws Exception {
        try (LogRecorder log = LogRecorder.of("dev.filelock");
                HeldLock held = lock(Duration.ZERO).acquireAsync().get(60, TimeUnit.SECONDS)) {
            await().until(() -> !reports(log).isEmpty());
            assertThat(reports(log).get(0).getFormattedMessage()).contains("by no thread in particular");
        }
    }

    @Test
    void itSaysWhereTheHoldWasTakenIfThatIsTraced() throws Exception {
        System.setProperty("dev.filelock.trace-holds", "true");
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            try (HeldLock held = lock(Duration.ZERO).acquireAsync().get(60, TimeUnit.SECONDS)) {
                await().until(() -> !reports(log).isEmpty());
            }
            assertThat(reports(log).get(0).getThrowableProxy().getStackTraceElementProxyArray())
                    .as("the caller, not the engine's thread")
                    .anyMatch(frame ->
                            frame.getStackTraceElement().getClassName().equals(HeldReportTest.class.getName()));
        } finally {
            System.clearProperty("dev.filelock.trace-holds");
        }
    }
}
