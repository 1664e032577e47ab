package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher.Subscription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The changes of real files, as the kernel tells them. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class InotifyWatcherTest {
    @TempDir
    Path directory;

    private final InotifyWatcher watcher = new InotifyWatcher();
    private final AtomicInteger signals = new AtomicInteger();
    private final Subscription subscription = watcher.subscribe(signals::incrementAndGet);
    private Path file;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.createFile(directory.resolve("x.lock"));
    }

    @AfterEach
    void stop() {
        subscription.close();
    }

    private void watch(Watch.Kind kind) {
        subscription.watch(Set.of(new Watch(kind == Watch.Kind.DIRECTORY ? directory : file, kind)));
    }

    private interface Change {
        void make() throws IOException;
    }

    private void isSignalled(Change change) throws IOException {
        int before = signals.get();
        change.make();
        await().until(() -> signals.get() > before);
    }

    private void isNotSignalled(Change change) throws IOException {
        int before = signals.get();
        change.make();
        await().during(Duration.ofMillis(200)).until(() -> signals.get() == before);
    }

    @Test
    void aFileThatWasClosedAfterWritingOrTouchedOrDeletedIsSignalled() throws IOException {
        watch(Watch.Kind.FILE);
        isSignalled(() -> Files.newOutputStream(file, StandardOpenOption.WRITE).close());
        isSignalled(() -> ChangeSignals.give(file));
        isNotSignalled(() -> Files.newInputStream(file).close());
        isSignalled(() -> Files.delete(file));
    }

    @Test
    void aLockedFileIsSignalledWhenItWasClosedAfterReadingToo() throws IOException {
        watch(Watch.Kind.LOCKED_FILE);
        isSignalled(() -> Files.newInputStream(file).close());
    }

    @Test
    void aDirectoryIsSignalledWhenAnEntryComesOrGoes() throws IOException {
        watch(Watch.Kind.DIRECTORY);
        Path entry = directory.resolve("entry");
        isSignalled(() -> Files.createFile(entry));
        isSignalled(() -> Files.move(entry, directory.resolve("renamed")));
        isSignalled(() -> Files.delete(directory.resolve("renamed")));
    }

    @Test
    void aFileThatTookThePlaceOfAnotherIsWatchedAfterTheNextCall() throws IOException {
        watch(Watch.Kind.FILE);
        isSignalled(() -> Files.delete(file));
        watch(Watch.Kind.FILE); // there is nothing
        Files.createFile(file);
        watch(Watch.Kind.FILE);
        isSignalled(() -> ChangeSignals.give(file));
    }

    @Test
    void twoWhoWatchOneFileAreBothTold() throws IOException {
        AtomicInteger others = new AtomicInteger();
        try (Subscription other = watcher.subscribe(others::incrementAndGet)) {
            watch(Watch.Kind.FILE);
            other.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            isSignalled(() -> ChangeSignals.give(file));
            await().until(() -> others.get() > 0);
            subscription.close();
            int before = others.get();
            isNotSignalled(() -> ChangeSignals.give(file));
            assertThat(others.get()).isGreaterThan(before);
        }
    }

    @Test
    void whatCantBeWatchedIsNot() {
        subscription.watch(Set.of(
                new Watch(directory.resolve("nothing"), Watch.Kind.FILE),
                new Watch(file, Watch.Kind.DIRECTORY),
                new Watch(Path.of("/proc/self/nothing"), Watch.Kind.FILE)));
        subscription.watch(Set.of());
    }

    @Test
    void aLinkIsWatchedItselfAndNotWhatItNames() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        subscription.watch(Set.of(new Watch(link, Watch.Kind.FILE)));
        isNotSignalled(() -> ChangeSignals.give(file));
        isSignalled(() -> ChangeSignals.give(link));
    }

    @Test
    void aTouchLeavesContentAndPermissionsAlone() throws IOException {
        Files.writeString(file, "content");
        var permissions = Files.getPosixFilePermissions(file);
        ChangeSignals.give(file);
        assertThat(file).hasContent("content");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(permissions);
    }

    @Test
    void aStormOfChangesDoesNotSpin() throws IOException {
        watch(Watch.Kind.FILE);
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(300)) {
            ChangeSignals.give(file);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertThat(signals.get()).isBetween(1, (int) (5 * millis + 20));
    }
}
