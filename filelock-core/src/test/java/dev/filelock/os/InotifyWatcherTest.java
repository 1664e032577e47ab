package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher.Lookout;
import dev.filelock.protocol.Watcher.Subscription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
            await().until(() -> others.get() > before);
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
        await().until(() -> signals.get() > 0);
        assertThat(signals.get()).isLessThanOrEqualTo((int) (5 * millis + 20));
    }

    // ---- lookouts

    private static final long LONG = TimeUnit.SECONDS.toNanos(50);

    private Lookout lookout(Watch.Kind kind) {
        Lookout lookout = Objects.requireNonNull(watcher.lookout());
        lookout.watch(Set.of(new Watch(file, kind)));
        return lookout;
    }

    @Test
    void aLookoutSeesAChangeThatWasMadeBeforeItWaitedUntilItWatchesAnew() throws IOException {
        try (Lookout lookout = lookout(Watch.Kind.FILE)) {
            ChangeSignals.give(file);
            assertThat(lookout.await(LONG)).isTrue();
            assertThat(lookout.await(LONG)).isTrue();
            lookout.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            assertThat(lookout.await(1000)).isFalse();
            Files.delete(file);
            assertThat(lookout.await(LONG)).isTrue();
        }
    }

    @Test
    void aLookoutIsWokenOnceByEachWakeAndSeesNothingInIt() {
        try (Lookout lookout = lookout(Watch.Kind.FILE)) {
            lookout.wake();
            lookout.wake();
            assertThat(lookout.await(LONG)).isFalse();
            long begun = System.nanoTime();
            assertThat(lookout.await(TimeUnit.MILLISECONDS.toNanos(20))).isFalse();
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    void anInterruptEndsTheWaitAtALookoutAndIsLeftToTheCaller() throws Exception {
        try (Lookout lookout = lookout(Watch.Kind.FILE)) {
            for (int i = 0; i < 3; i++) {
                CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
                Thread thread = new Thread(() -> {
                    lookout.await(LONG);
                    interrupted.complete(Thread.currentThread().isInterrupted());
                });
                thread.start();
                await().during(Duration.ofMillis(20)).until(() -> !interrupted.isDone());
                thread.interrupt();
                assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
                thread.join();
            }
        }
    }

    @Test
    void aLookoutThatIsUsedAgainSeesNothingOfWhatWasWatchedBefore() throws IOException {
        lookout(Watch.Kind.FILE).close();
        ChangeSignals.give(file);
        Path other = Files.createFile(directory.resolve("y.lock"));
        try (Lookout again = Objects.requireNonNull(watcher.lookout())) {
            again.watch(Set.of(new Watch(other, Watch.Kind.FILE)));
            ChangeSignals.give(file);
            assertThat(again.await(TimeUnit.MILLISECONDS.toNanos(20))).isFalse();
            ChangeSignals.give(other);
            assertThat(again.await(LONG)).isTrue();
        }
    }

    @Test
    void lookoutsAreFewSoThatOtherProgramsHaveSome() {
        List<Lookout> all = new ArrayList<>();
        for (Lookout one = watcher.lookout(); one != null; one = watcher.lookout()) {
            all.add(one);
        }
        assertThat(all).hasSize(8);
        all.remove(0).close();
        all.add(Objects.requireNonNull(watcher.lookout()));
        all.forEach(Lookout::close);
    }

    @Test
    void aLookoutThatIsUsedAgainForTheSameFileHasForgottenWhatHappenedBetween() throws IOException {
        lookout(Watch.Kind.FILE).close();
        ChangeSignals.give(file);
        try (Lookout again = lookout(Watch.Kind.FILE)) {
            assertThat(again.await(TimeUnit.MILLISECONDS.toNanos(20))).isFalse();
        }
    }

    // ---- what nobody uses

    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(20);

    private static long instances() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(each -> {
                        try {
                            return Files.readSymbolicLink(each).toString().equals("anon_inode:inotify");
                        } catch (IOException e) {
                            return false; // closed meanwhile
                        }
                    })
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By an instance of this JVM, as proc(5) tells. */
    private static boolean isWatched(Path file) throws IOException {
        String inode = String.format(" ino:%x ", Files.getAttribute(file, "unix:ino"));
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            return descriptors.anyMatch(each -> {
                try {
                    return Files.readString(each).contains(inode);
                } catch (IOException e) {
                    return false; // closed meanwhile
                }
            });
        }
    }

    @Test
    void whatNobodyUsesIsClosedAndOpenedAgainForTheNext() {
        InotifyWatcher tidy = new InotifyWatcher(SOON, LONG, Thread::new);
        long before = instances();
        for (int round = 0; round < 2; round++) {
            List<Lookout> all = new ArrayList<>();
            for (Lookout one = tidy.lookout(); one != null; one = tidy.lookout()) {
                all.add(one);
            }
            assertThat(all).hasSize(8);
            all.forEach(Lookout::close);
            await().until(() -> instances() <= before);
        }
    }

    @Test
    void whatSomebodyUsesStaysOpen() throws IOException {
        InotifyWatcher tidy = new InotifyWatcher(SOON, LONG, Thread::new);
        AtomicInteger told = new AtomicInteger();
        long before = instances();
        Objects.requireNonNull(tidy.lookout()).close();
        try (Subscription watching = tidy.subscribe(told::incrementAndGet)) {
            watching.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            await().until(() -> instances() <= before + 1); // the lookout is closed
            await().during(Duration.ofNanos(5 * SOON)).until(() -> isWatched(file));
            ChangeSignals.give(file);
            await().until(() -> told.get() > 0);
        }
        await().until(() -> instances() <= before);
    }

    // ---- what goes wrong

    @Test
    void aWatcherForWhichNoThreadCanBeStartedLeavesNothingOpen() {
        InotifyWatcher failing = new InotifyWatcher(LONG, 0, work -> {
            throw new OutOfMemoryError("unable to create native thread, as told");
        });
        long before = instances();
        for (int i = 0; i < 3; i++) {
            assertThat(failing.lookout()).isNull();
        }
        assertThat(instances()).isLessThanOrEqualTo(before);
    }

    @Test
    void aWatcherThatEndsForAnErrorLeavesNothingOpen() throws IOException {
        InotifyWatcher failing = new InotifyWatcher();
        long before = instances();
        Lookout inUse = Objects.requireNonNull(failing.lookout());
        Objects.requireNonNull(failing.lookout()).close();
        try (Subscription watching = failing.subscribe(() -> {
            throw new IllegalStateException("on purpose");
        })) {
            watching.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            ChangeSignals.give(file);
            await().until(() -> instances() <= before + 1);
            assertThat(failing.lookout()).isNull();
        }
        inUse.close();
        assertThat(instances()).isLessThanOrEqualTo(before);
    }

    @Test
    void afterAnErrorItIsTriedAgainAndAllItsLookoutsAreThere() throws IOException {
        InotifyWatcher failing = new InotifyWatcher(LONG, SOON, Thread::new);
        AtomicInteger told = new AtomicInteger();
        Lookout inUse = Objects.requireNonNull(failing.lookout());
        Objects.requireNonNull(failing.lookout()).close();
        try (Subscription watching = failing.subscribe(() -> {
            if (told.incrementAndGet() == 1) {
                throw new IllegalStateException("on purpose");
            }
        })) {
            watching.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            ChangeSignals.give(file);
            await().until(() -> told.get() == 1);
            await().until(() -> {
                watching.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
                ChangeSignals.give(file);
                return told.get() > 1;
            });
        }
        inUse.close();
        List<Lookout> all = new ArrayList<>();
        for (Lookout one = failing.lookout(); one != null; one = failing.lookout()) {
            all.add(one);
        }
        assertThat(all).hasSize(8);
        all.forEach(Lookout::close);
    }

    @Test
    void afterMoreChangesThanTheKernelCanQueueEverybodyIsTold() throws Exception {
        int queue = Integer.parseInt(Files.readAllLines(Path.of("/proc/sys/fs/inotify/max_queued_events"))
                .get(0));
        AtomicInteger told = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        Path other = Files.createDirectory(directory.resolve("d"));
        try (Subscription slow = watcher.subscribe(() -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        })) {
            Subscription bystander = watcher.subscribe(told::incrementAndGet);
            slow.watch(Set.of(new Watch(other, Watch.Kind.DIRECTORY)));
            bystander.watch(Set.of(new Watch(file, Watch.Kind.FILE)));
            Path a = other.resolve("a");
            Path b = other.resolve("b");
            Files.createFile(a);
            for (int i = 0; i < queue; i++) { // two events each
                Files.move(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a);
            }
            assertThat(told).as("nothing happened to its file").hasValue(0);
            go.countDown();
            await().until(() -> told.get() > 0);
            bystander.close();
        }
    }
}
