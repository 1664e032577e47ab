package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockBackend;
import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said to be possible on this machine is, and strikes. What is said not to be is skipped. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class PowersTest {
    private static final List<Fault> OF_PROCESSES =
            List.of(Fault.DESCRIPTORS, Fault.INOTIFY, Fault.CLOCK, Fault.PERMISSION);

    @TempDir
    private Path directory;

    @Test
    void aProcessThatMayBeStruckByAllIsStruckByEach() throws Exception {
        List<Fault> possible = OF_PROCESSES.stream()
                .filter(fault -> Powers.lack(fault).isEmpty())
                .toList();
        try (Crowd crowd = crowdOfOne(possible)) {
            crowd.start();
            Contestant victim = crowd.living().get(0);
            if (possible.contains(Fault.DESCRIPTORS)) {
                victim.limitOpen("77");
                assertThat(victim.mayOpen()).isEqualTo("77");
            }
            if (possible.contains(Fault.INOTIFY)) {
                victim.limitInotify(0);
            }
            if (possible.contains(Fault.CLOCK)) {
                victim.stepClock(60);
            }
            assertThat(victim.ask()).endsWith("waiting");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PERMISSION", "INOTIFY,PERMISSION"})
    void whoeverMayLosePermissionsIsBoundByThem(String faults) throws Exception {
        List<Fault> struckBy = new ArrayList<>();
        for (String fault : faults.split(",")) {
            struckBy.add(Fault.valueOf(fault));
        }
        struckBy.forEach(fault -> Assumptions.assumeThat(Powers.lack(fault)).isEmpty());
        Path locks = Files.createDirectory(directory.resolve("locks"));
        Tampering tampering = new Tampering(locks, new Random(1));
        CountDownLatch mended = new CountDownLatch(1);
        CompletableFuture<Void> withdrawn = CompletableFuture.runAsync(() -> withdraw(tampering, mended));
        try {
            await().until(() -> !canMakeFile(locks, struckBy));
        } finally {
            mended.countDown();
        }
        withdrawn.join();
        assertThat(canMakeFile(locks, struckBy)).isTrue();
    }

    private static void withdraw(Tampering tampering, CountDownLatch mended) {
        try {
            tampering.withdrawPermission(mended);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean canMakeFile(Path locks, List<Fault> struckBy) {
        List<String> command = new ArrayList<>(Powers.prefix(struckBy));
        command.addAll(List.of("touch", locks.resolve("file").toString()));
        try (ChildProcess touch = ChildProcess.start(command)) {
            return touch.waitFor() == 0;
        }
    }

    private Crowd crowdOfOne(List<Fault> faults) throws IOException {
        Path notes = Files.createDirectory(directory.resolve("notes"));
        Path locks = Files.createDirectory(directory.resolve("locks"));
        SharedNumber.create(new Arena(LockBackend.NATIVE, locks).number(notes));
        Setup setup = new Setup(
                directory,
                1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                List.of(LockBackend.NATIVE),
                1,
                1,
                0,
                faults,
                false,
                false);
        return new Crowd(setup, notes, locks, new Ledger(), new Random(1));
    }
}
