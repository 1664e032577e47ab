package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.filelock.testing.CapturedLog;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.LogRecorder;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names stand for files in a directory, each for one lock; the registry knows its own and ends with them. */
@Timeout(120)
class LockRegistryTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path temporary;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Path directory;
    private LockRegistry registry;

    @BeforeEach
    void makeRegistry() {
        directory = temporary.resolve("locks");
        registry = LockRegistry.builder().directory(directory).build();
    }

    @AfterEach
    void stopThreads() {
        registry.close();
        threads.shutdownNow();
    }

    private static LockName trusted(String text) {
        return LockName.builder().text(text).build();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> tree = Files.walk(temporary)) {
            return tree.filter(Files::isRegularFile)
                    .map(file -> temporary.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    // ---- names

    @Test
    void aNameIsAFileInTheDirectory() throws Exception {
        FileLock report = registry.lock("report");
        ReadWriteFileLock catalog = registry.readWriteLock("catalog");
        assertThat(directory).as("nothing is touched before it is acquired").doesNotExist();
        registry.lock("ledger/4711").acquire().close();
        report.acquire().close();
        catalog.readLock().acquire().close();
        assertThat(files()).containsExactly("locks/catalog.db", "locks/ledger/4711.lock", "locks/report.lock");
        assertThat(report.mode()).isEqualTo(LockMode.EXCLUSIVE);
        assertThat(catalog.readLock().mode()).isEqualTo(LockMode.READ);
        assertThat(catalog.writeLock().mode()).isEqualTo(LockMode.WRITE);
        assertThat(registry.resolve(LockName.of("report"), LockBackend.NATIVE)).isEqualTo(report.path());
    }

    @Test
    void namesThatWantToLeaveTheDirectoryStay() throws Exception {
        for (String name : List.of("../../etc/passwd", "..", "..\\..\\x", "%2e%2e/x", "C:\\x", "con", "x?*|<>\":.")) {
            registry.lock(name).acquire().close();
        }
        assertThat(files()).hasSize(7).allMatch(file -> file.startsWith("locks/"));
    }

    @ParameterizedTest
    @EnumSource(LockBackend.class)
    void aNameOfAnyLengthCanBeLocked(LockBackend backend) throws Exception {
        assumeTrue(Charset.forName(System.getProperty("sun.jnu.encoding"))
                .newEncoder()
                .canEncode("\u65e5"));
        LockMode mode = backend.modes().contains(LockMode.EXCLUSIVE) ? LockMode.EXCLUSIVE : LockMode.WRITE;
        LockOptions options = mode == LockMode.EXCLUSIVE
                ? LockOptions.builder().backend(backend).build()
                : LockOptions.defaults();
        FileLock one = registry.lock(LockName.of("\u65e5".repeat(1000)), mode, options);
        FileLock other = registry.lock(LockName.of("\u65e5".repeat(1001)), mode, options);
        try (HeldLock held = one.acquire()) {
            threads.submit(() -> other.acquire(Duration.ZERO)).get().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a//b", "/a", "a/", "a\0b"})
    void anEmptyNameOrSegmentIsRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> registry.lock(name));
        assertThatIllegalArgumentException().isThrownBy(() -> registry.readWriteLock(name));
    }

    @Test
    void oneNameIsOneLockInEveryRegistryOfTheDirectory() throws Exception {
        LockRegistry other =
                LockRegistry.builder().directory(directory.resolve("../locks")).build();
        try (HeldLock held = registry.lock("x").acquire()) {
            assertThat(threads.submit(() -> other.lock("x").tryAcquire()).get()).isEmpty();
            assertThat(threads.submit(() ->
                                    FileLock.of(directory.resolve("x.lock")).tryAcquire())
                            .get())
                    .isEmpty();
        }
    }

    // ---- named directories

    @Test
    void aNamedDirectoryHasAPathAndOptionsOfItsOwn() throws Exception {
        Path shared = temporary.resolve("shared");
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .timeout(Duration.ofSeconds(3))
                .directory(
                        "shared",
                        shared,
                        LockOptions.builder().backend(LockBackend.SOFT).build())
                .build();
        FileLock lock = all.directory("shared").lock("x");
        assertThat(lock.path()).isEqualTo(shared.resolve("x.lock"));
        assertThat(lock.options().backend()).isEqualTo(LockBackend.SOFT);
        assertThat(lock.options().timeout()).isNegative();
        assertThat(all.lock("x").options().timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(all.directories()).hasSize(1).containsEntry("shared", shared);
        assertThat(all.directory("shared").directoryName()).isEqualTo("shared");
        assertThat(all.directoryName()).isNull();
    }

    @Test
    void anUnknownDirectoryIsAnErrorThatListsThoseThereAre() {
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .directory("fast", temporary.resolve("a"), LockOptions.defaults())
                .directory("shared", temporary.resolve("b"), LockOptions.defaults())
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.directory("share"))
                .withMessageContaining("'share'")
                .withMessageContaining("[fast, shared]");
    }

    @Test
    void twoDirectoriesOfOneNameAreRefused() {
        LockRegistry.Builder builder = LockRegistry.builder().directory("a", temporary, LockOptions.defaults());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.directory("a", directory, LockOptions.defaults()))
                .withMessageContaining("'a'")
                .withMessageContaining(temporary.toString())
                .withMessageContaining(directory.toString());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.directory(" ", directory, LockOptions.defaults()))
                .withMessageContaining("blank");
    }

    // ---- one name, one family

    @Test
    void anExclusiveNameIsRefusedAsAReadWriteLock() {
        registry.lock("x");
        assertThatThrownBy(() -> registry.readWriteLock("x"))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("lock 'x' is used in mode READ")
                .hasMessageContaining("as an exclusive lock (mode EXCLUSIVE)")
                .hasMessageContaining("use mode EXCLUSIVE, or another name");
    }

    @Test
    void aReadWriteNameIsRefusedAsAnExclusiveLock() {
        registry.readWriteLock("x");
        assertThatThrownBy(() -> registry.lock("x"))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("lock 'x' is used in mode EXCLUSIVE")
                .hasMessageContaining("as a read-write lock (modes READ and WRITE)")
                .hasMessageContaining("use mode WRITE, or another name");
        registry.readWriteLock("x");
        registry.lock("x.lock");
    }

    @Test
    void theFamilyIsThatOfTheNameHoweverItIsWritten() {
        registry.lock("x");
        assertThatThrownBy(() -> registry.lock(trusted("x.db"), LockMode.READ, LockOptions.defaults()))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("lock 'x.db'");
    }

    @Test
    void aReadWriteNameUnderGenerationIsAPathOfTheOtherSuffixAndOfTheSameFamily() throws Exception {
        LockRegistry shared = LockRegistry.builder()
                .directory(directory)
                .options(LockOptions.builder()
                        .readWriteBackend(LockBackend.GENERATION)
                        .build())
                .build();
        ReadWriteFileLock lock = shared.readWriteLock("x");
        assertThat(lock.path()).isEqualTo(directory.resolve("x.lock"));
        try (HeldLock held = lock.readLock().acquire()) {
            assertThat(shared.heldLocks())
                    .singleElement()
                    .satisfies(info -> assertThat(info.fencingToken()).hasValue(1));
        }
        assertThat(directory.resolve("x.lock")).doesNotExist();
        assertThat(directory.resolve("x.lock.rw")).isDirectory();
        assertThat(shared.lock(trusted("x.lock"), LockMode.READ, shared.options())
                        .path())
                .isEqualTo(lock.path());
        assertThatThrownBy(() -> shared.lock("x"))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("use mode WRITE, or another name");
    }

    @Test
    void aReadWriteNameUnderGenerationWhoseLockFileExistsIsWarnedAbout() throws Exception {
        Files.createDirectories(directory);
        Files.createFile(directory.resolve("x.lock"));
        try (LogRecorder log = LogRecorder.of("dev.filelock")) {
            LockRegistry.builder()
                    .directory(directory)
                    .options(LockOptions.builder()
                            .readWriteBackend(LockBackend.GENERATION)
                            .build())
                    .build()
                    .readWriteLock("x");
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("is a read-write lock, but there is " + directory.resolve("x.lock"));
        }
    }

    @Test
    void eachDirectoryHasFamiliesOfItsOwn() {
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .directory("shared", temporary.resolve("shared"), LockOptions.defaults())
                .build();
        all.lock("x");
        all.directory("shared").readWriteLock("x");
    }

    @Test
    void aUseThatWasRefusedDoesNotDecideTheFamily() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.lock(trusted("x.lock"), LockMode.READ, LockOptions.defaults()))
                .withMessageContaining("'x.lock'")
                .withMessageContaining("write 'x.db'");
        registry.lock(trusted("x.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
    }

    @Test
    void aFileOfTheOtherFamilyIsWarnedAboutOnce() throws Exception {
        Files.createDirectory(directory);
        Files.createFile(directory.resolve("x.db"));
        Files.createFile(directory.resolve("y.lock"));
        try (CapturedLog log = new CapturedLog()) {
            registry.lock("x");
            registry.lock("x");
            registry.readWriteLock("y");
            registry.lock("z");
            assertThat(log.warnings()).hasSize(2);
            assertThat(log.warnings().get(0))
                    .contains("'x'")
                    .contains(directory.resolve("x.db").toString())
                    .contains("with READ or WRITE");
            assertThat(log.warnings().get(1))
                    .contains(directory.resolve("y.lock").toString())
                    .contains("exclusively");
        }
    }

    // ---- who holds, who waits

    @Test
    void aRegistryShowsItsOwnHoldsAndThoseOfItsDirectories() throws Exception {
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .directory("shared", temporary.resolve("shared"), LockOptions.defaults())
                .build();
        try (HeldLock one = all.lock("one").labelled("import").acquire();
                HeldLock again = all.lock("one").acquire();
                HeldLock two =
                        all.directory("shared").readWriteLock("two").readLock().acquire();
                HeldLock others = registry.lock("others").acquire();
                HeldLock nobodys =
                        FileLock.of(directory.resolve("nobodys.lock")).acquire()) {
            assertThat(all.heldLocks())
                    .extracting(HeldLockInfo::path)
                    .containsExactlyInAnyOrder(one.path(), two.path());
            assertThat(all.directory("shared").heldLocks())
                    .extracting(HeldLockInfo::path)
                    .containsExactly(two.path());
            assertThat(registry.heldLocks()).extracting(HeldLockInfo::path).containsExactly(others.path());
            assertThat(all.heldLocks())
                    .filteredOn(info -> info.path().equals(one.path()))
                    .singleElement()
                    .satisfies(info -> {
                        assertThat(info.label()).isEqualTo("import");
                        assertThat(info.mode()).isEqualTo(LockMode.EXCLUSIVE);
                        assertThat(info.backend()).isEqualTo(LockBackend.NATIVE);
                        assertThat(info.fellBack()).isFalse();
                        assertThat(info.thread())
                                .isEqualTo(Thread.currentThread().getName());
                        assertThat(info.holdCount()).isEqualTo(2);
                        assertThat(info.since()).isBetween(Instant.now().minus(LONG), Instant.now());
                    });
        }
        assertThat(all.heldLocks()).isEmpty();
    }

    @Test
    void aRegistryShowsWhoWaitsAndForWhomInTheOrderOfTheQueue() throws Exception {
        LockRegistry other = LockRegistry.builder().directory(directory).build();
        HeldLock held = registry.lock("x").acquire();
        Future<HeldLock> first = waiting(registry.lock("x").labelled("first"), registry, 1);
        Future<HeldLock> others = waiting(other.lock("x"), other, 1);
        Future<HeldLock> second = waiting(registry.lock("x").labelled("second"), registry, 2);
        assertThat(registry.waitingLocks()).extracting(WaitingLockInfo::label).containsExactly("first", "second");
        assertThat(registry.waitingLocks())
                .extracting(WaitingLockInfo::position)
                .containsExactly(1, 3);
        assertThat(registry.waitingLocks().get(0).blockedBy())
                .singleElement()
                .satisfies(holder -> assertThat(holder.thread())
                        .isEqualTo(Thread.currentThread().getName()));
        assertThat(other.waitingLocks()).hasSize(1);
        assertThat(other.heldLocks()).isEmpty();
        held.close();
        for (Future<HeldLock> each : List.of(first, others, second)) {
            HeldLock hold = each.get(60, TimeUnit.SECONDS);
            hold.close();
        }
        assertThat(registry.waitingLocks()).isEmpty();
    }

    private Future<HeldLock> waiting(FileLock lock, LockRegistry in, int waiters) {
        Future<HeldLock> future = threads.submit(() -> lock.acquire(LONG));
        await().until(() -> in.waitingLocks().size() == waiters);
        return future;
    }

    // ---- pruning

    private Path aged(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        return file;
    }

    @Test
    void oldEmptyLockFilesThatNobodyHoldsAreDeleted() throws Exception {
        Path left = aged(directory.resolve("left.lock"), "");
        Path below = aged(directory.resolve("ledger/4711.lock"), "");
        aged(directory.resolve("data.lock"), "somebody's");
        aged(directory.resolve("catalog.db"), "");
        aged(directory.resolve("notes.txt"), "");
        aged(temporary.resolve("outside.lock"), "");
        registry.lock("young").acquire().close();
        assertThat(registry.prune(Duration.ofDays(1))).containsExactlyInAnyOrder(left, below);
        assertThat(files())
                .containsExactly(
                        "locks/catalog.db", "locks/data.lock", "locks/notes.txt", "locks/young.lock", "outside.lock");
        assertThat(directory.resolve("data.lock")).hasContent("somebody's");
        registry.lock("left").acquire().close();
    }

    @Test
    void lockFilesInUseInThisJvmAreKept() throws Exception {
        try (HeldLock held = registry.lock("x").acquire()) {
            aged(held.path(), "");
            assertThat(registry.prune(Duration.ZERO)).isEmpty();
            assertThat(held.isValid()).isTrue();
        }
    }

    @Test
    void aRangeLockOfThisJvmOutlastsPruning() throws Exception {
        LockOptions options =
                LockOptions.builder().nativeAccess(NativeAccess.RANGE_LOCK).build();
        Path path = aged(directory.resolve("x.lock"), "");
        try (ChildProcess peer = Peer.start(LockKind.RANGE, path);
                HeldLock held = FileLock.builder(path).options(options).build().acquire()) {
            assertThat(registry.prune(Duration.ZERO)).isEmpty();
            assertThat(peer.ask("try 0")).startsWith("timeout");
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void lockFilesThatAnotherProcessHoldsAreKept() throws Exception {
        Path path = aged(directory.resolve("x.lock"), "");
        try (ChildProcess flock =
                ChildProcess.start("flock", path.toString(), "sh", "-c", "echo held; read line; echo done")) {
            flock.expectLine("held");
            assertThat(registry.prune(Duration.ZERO)).isEmpty();
            assertThat(flock.ask("go on")).isEqualTo("done");
            flock.expectSuccess();
        }
        assertThat(registry.prune(Duration.ZERO)).containsExactly(path);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void linksAreNeitherPrunedNorFollowed() throws Exception {
        Path target = aged(temporary.resolve("target.lock"), "");
        Path elsewhere = aged(temporary.resolve("elsewhere/y.lock"), "");
        Files.createDirectories(directory);
        Files.createSymbolicLink(directory.resolve("link.lock"), target);
        Files.createSymbolicLink(directory.resolve("sub"), elsewhere.getParent());
        assertThat(registry.prune(Duration.ZERO)).isEmpty();
        assertThat(directory.resolve("link.lock")).isSymbolicLink();
        assertThat(target).exists();
        assertThat(elsewhere).exists();
    }

    @Test
    void aDirectoryThatIsNotThereYetHasNothingToPrune() {
        assertThat(registry.prune(Duration.ZERO)).isEmpty();
        assertThat(directory).doesNotExist();
    }

    @Test
    void aNegativeAgeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.prune(Duration.ofDays(-1)))
                .withMessageContaining("PT-24H");
    }

    // ---- closing

    @Test
    void aClosedRegistryRefusesEverythingButReleases() throws Exception {
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .directory("shared", temporary.resolve("shared"), LockOptions.defaults())
                .build();
        FileLock lock = all.lock("x");
        FileLock shared = all.directory("shared").lock("y");
        HeldLock held = lock.acquire();
        lock.lock();
        all.close();
        all.close();
        for (FileLock each : List.of(lock, shared)) {
            assertThatIllegalStateException().isThrownBy(each::acquire).withMessageContaining("was closed");
            assertThatIllegalStateException().isThrownBy(each::claims).withMessageContaining("was closed");
            assertThatIllegalStateException().isThrownBy(each::tryAcquire);
            assertThatIllegalStateException().isThrownBy(each::tryLock);
            assertThatIllegalStateException().isThrownBy(each::lock);
            assertThatIllegalStateException().isThrownBy(each::lockInterruptibly);
            assertThatIllegalStateException().isThrownBy(() -> each.execute(() -> null));
        }
        assertThatIllegalStateException().isThrownBy(() -> all.lock("z")).withMessageContaining(directory.toString());
        assertThatIllegalStateException().isThrownBy(() -> all.readWriteLock("z"));
        assertThatIllegalStateException().isThrownBy(() -> all.prune(Duration.ZERO));
        assertThatIllegalStateException()
                .isThrownBy(() -> all.directory("shared").lock("z"));
        assertThat(held.isValid()).isTrue();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThat(all.heldLocks()).hasSize(1);
        held.close();
        lock.unlock();
        assertThat(all.heldLocks()).isEmpty();
        registry.lock("x").acquire(Duration.ZERO).close();
    }

    @Test
    void closingEndsTheWaitsOfThisRegistryOnly() throws Exception {
        LockRegistry closing = LockRegistry.builder()
                .directory(directory)
                .directory("same", directory, LockOptions.defaults())
                .build();
        HeldLock held = registry.lock("x").acquire();
        Future<HeldLock> ended = waiting(closing.lock("x"), closing, 1);
        Future<HeldLock> endedToo = waiting(closing.directory("same").lock("x"), closing, 2);
        Future<HeldLock> goesOn = waiting(registry.lock("x"), registry, 1);
        closing.close();
        for (Future<HeldLock> each : List.of(ended, endedToo)) {
            assertThatThrownBy(() -> each.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was closed");
        }
        held.close();
        goesOn.get(60, TimeUnit.SECONDS).close();
    }

    // ---- options and listeners

    @Test
    void listenersOfTheRegistryHearOfAllItsLocksAndEachOnce() throws Exception {
        Recorder ofAll = new Recorder();
        Recorder ofShared = new Recorder();
        Recorder ofCall = new Recorder();
        LockRegistry all = LockRegistry.builder()
                .directory(directory)
                .listener(ofAll)
                .directory(
                        "shared",
                        temporary.resolve("shared"),
                        LockOptions.builder().listener(ofShared).build())
                .build();
        all.lock("x").acquire().close();
        assertThat(ofAll.names).containsExactly("x.lock");
        all.directory("shared").lock("y").acquire().close();
        assertThat(ofShared.names).containsExactly("y.lock");
        assertThat(ofAll.names).containsExactly("x.lock", "y.lock");
        LockOptions twice =
                LockOptions.builder().listener(ofCall).listener(ofCall).build();
        all.lock(LockName.of("z"), LockMode.EXCLUSIVE, twice).acquire().close();
        assertThat(ofAll.names).containsExactly("x.lock", "y.lock", "z.lock");
        assertThat(ofCall.names).containsExactly("z.lock", "z.lock");
        all.lock(LockName.of("z"), LockMode.EXCLUSIVE, all.options()).acquire().close();
        assertThat(ofAll.names).endsWith("z.lock").hasSize(4);
    }

    private static final class Recorder implements LockListener {
        final List<String> names = new CopyOnWriteArrayList<>();

        @Override
        public void acquired(HeldLockInfo lock, Duration waited) {
            names.add(lock.path().getFileName().toString());
        }
    }

    @Test
    void whatIsHeldAndWaitedForNamesItsDirectory() throws Exception {
        List<String> directories = new CopyOnWriteArrayList<>();
        LockListener listener = new LockListener() {
            @Override
            public void acquired(HeldLockInfo lock, Duration waited) {
                directories.add("acquired in " + lock.directory());
            }

            @Override
            public void timedOut(WaitingLockInfo lock, Duration waited) {
                directories.add("timed out in " + lock.directory());
            }
        };
        LockRegistry registry = LockRegistry.builder()
                .directory(directory)
                .directory("nested", directory.resolve("nested"), LockOptions.defaults())
                .listener(listener)
                .build();
        FileLock lock = registry.directory("nested").lock("x");
        try (HeldLock held = lock.acquire();
                HeldLock other = registry.lock("y").acquire()) {
            assertThat(held.info().directory()).isEqualTo("nested");
            assertThat(other.info().directory()).isNull();
            Thread thread = new Thread(() -> lock.tryAcquire().ifPresent(HeldLock::close));
            thread.start();
            thread.join();
        }
        assertThat(directories).containsExactly("acquired in nested", "acquired in null", "timed out in nested");
    }

    @Test
    void aLockHasTheOptionsOfItsRegistry() {
        LockOptions options = LockOptions.builder()
                .backend(LockBackend.SOFT)
                .timeout(Duration.ofSeconds(7))
                .build();
        LockRegistry all =
                LockRegistry.builder().directory(directory).options(options).build();
        assertThat(all.lock("x").options().backend()).isEqualTo(LockBackend.SOFT);
        assertThat(all.lock("x").options().timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(all.options().timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(all.lock("x").labelled("import").options().label()).contains("import");
        assertThat(all.lock("x").labelled("import").options().timeout()).isEqualTo(Duration.ofSeconds(7));
    }

    // ---- the default directory

    @Test
    void withoutADirectoryLocksGoToAPrivateOne() throws Exception {
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", temporary.toString());
        try (LockRegistry unconfigured = LockRegistry.builder().build();
                CapturedLog log = new CapturedLog()) {
            assertThat(unconfigured.directory()).hasParentRaw(temporary).doesNotExist();
            unconfigured.lock("x").acquire().close();
            unconfigured.lock("y").acquire().close();
            assertThat(unconfigured.directory().resolve("x.lock")).exists();
            assertThat(log.warnings()).hasSize(1);
            Path outside = temporary.resolve("outside.lock");
            unconfigured
                    .lock(trusted(outside.toString().replace('\\', '/')), LockMode.EXCLUSIVE, LockOptions.defaults())
                    .acquire()
                    .close();
            assertThat(outside).exists();
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDefaultDirectoryThatCantBeTrustedIsRefused() throws Exception {
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", temporary.toString());
        try (LockRegistry unconfigured = LockRegistry.builder().build()) {
            Files.createSymbolicLink(unconfigured.directory(), Files.createDirectory(temporary.resolve("elsewhere")));
            aged(temporary.resolve("elsewhere/x.lock"), "");
            assertThatThrownBy(() -> unconfigured.lock("x").acquire())
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining("can't be trusted");
            assertThatThrownBy(() -> unconfigured.prune(Duration.ZERO))
                    .isInstanceOf(FileLockException.class)
                    .hasMessageContaining("can't be trusted");
            assertThat(temporary.resolve("elsewhere/x.lock")).exists();
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }
}
