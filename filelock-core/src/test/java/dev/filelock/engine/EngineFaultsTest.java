package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Detached;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Watcher;
import dev.filelock.protocol.claim.ClaimProtocol;
import dev.filelock.protocol.marker.MarkerProtocol;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever fails inside, and whenever: no lock stays taken, no waiter is forgotten, and the caller learns why. */
@Timeout(60)
class EngineFaultsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    /** What code throws that its author never thought of. */
    private static final class Broken extends Error {
        private static final long serialVersionUID = 1L;

        Broken() {
            super("broken as told");
        }
    }

    @TempDir
    Path directory;

    private final ScriptedProtocol protocol = new ScriptedProtocol(false);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicBoolean once = new AtomicBoolean();
    private Engine engine;
    private Path path;

    @BeforeEach
    void makeEngine() {
        engine = engine(protocol);
        path = directory.resolve("x.lock");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private static Engine engine(LockProtocol protocol) {
        return engine(protocol, OsFileIdentities.system());
    }

    private static Engine engine(LockProtocol protocol, FileIdentities identities) {
        return new Engine(backend -> protocol, identities, (dir, age) -> List.of(), new Workers(), Watcher.NONE);
    }

    private FileLock lock() {
        return lock(engine, LockOptions.defaults());
    }

    private FileLock lock(Engine from, LockOptions options) {
        return from.fileLock(path, LockMode.EXCLUSIVE, options);
    }

    private void breakOnce() {
        if (once.compareAndSet(false, true)) {
            throw new Broken();
        }
    }

    private void assertThatNothingIsLeft(Engine of) throws Exception {
        threads.submit(() -> lock(of, LockOptions.defaults()).acquire(LONG))
                .get()
                .close();
        await().until(() -> of.inUse() == 0);
    }

    // ---- errors

    @Test
    void anErrorInAPollReachesTheCallerAndLeavesNothing() throws Exception {
        protocol.beforePoll = this::breakOnce;
        assertThatThrownBy(() -> lock().acquire()).isInstanceOf(Broken.class);
        assertThat(protocol.events).contains("abandon EXCLUSIVE");
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anErrorAtTheStartOfAnAttemptReachesTheCallerAndLeavesNothing() throws Exception {
        protocol.beforeAttempt = this::breakOnce;
        assertThatThrownBy(() -> lock().acquire()).isInstanceOf(Broken.class);
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aWaiterForWhomNoThreadCanBeStartedIsServedOnceOneCan() throws Exception {
        AtomicBoolean exhausted = new AtomicBoolean();
        Workers workers = new Workers((name, work) -> {
            if (exhausted.get()) {
                throw new OutOfMemoryError("unable to create native thread, as told");
            }
            return Detached.thread(name, work);
        });
        engine = new Engine(
                backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), workers, Watcher.NONE);
        HeldLock held = lock().acquire();
        Future<HeldLock> waiting = engine.fileLock(
                        path,
                        LockMode.EXCLUSIVE,
                        LockOptions.builder()
                                .logWaitingAfter(LockOptions.FOREVER)
                                .build())
                .acquireAsync();
        await().until(() -> engine.waiting(request -> true).size() == 1);
        exhausted.set(true);
        held.close();
        exhausted.set(false);
        workers.timer(0, () -> {});
        waiting.get(20, TimeUnit.SECONDS).close();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aListenerThatBreaksDoesNotDisturbTheWait() throws Exception {
        LockListener broken = new LockListener() {
            @Override
            public void waiting(WaitingLockInfo lock) {
                throw new Broken();
            }
        };
        protocol.heldElsewhere.put(path, true);
        FileLock lock = lock(engine, LockOptions.builder().listener(broken).build());
        assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(20))).isInstanceOf(FileLockTimeoutException.class);
        protocol.heldElsewhere.clear();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aProtocolThatCantNameHoldersDoesNotDisturbTheWait() throws Exception {
        protocol.heldElsewhere.put(path, true);
        protocol.beforeHolders = () -> {
            throw new IOException("holders failed as told");
        };
        FileLock lock = lock(
                engine,
                LockOptions.builder().logWaitingAfter(Duration.ofMillis(1)).build());
        assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(50)))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("held by an unknown process (that could not be found out: ");
        protocol.heldElsewhere.clear();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anErrorWhileTheHolderIsNamedDoesNotDisturbTheWait() throws Exception {
        protocol.heldElsewhere.put(path, true);
        protocol.beforeHolders = this::breakOnce;
        FileLock reporting = lock(
                engine, LockOptions.builder().logWaitingAfter(Duration.ZERO).build());
        Future<HeldLock> waiting = threads.submit(() -> reporting.acquire(LONG));
        await().until(once::get);
        protocol.heldElsewhere.clear();
        waiting.get(20, TimeUnit.SECONDS).close();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aBlockingDeadlineHoldsThoughNobodyCanSayWhoHolds() throws Exception {
        protocol.heldElsewhere.put(path, true);
        CountDownLatch hang = new CountDownLatch(1);
        protocol.beforeHolders = () -> awaitUninterruptibly(hang);
        FileLock lock = lock(
                engine, LockOptions.builder().logWaitingAfter(Duration.ZERO).build());
        assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(50)))
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("held by an unknown process (the file system gave no answer in time)");
        assertThat(lock.holders()).containsExactly(LockHolder.unknown("the file system gave no answer in time"));
        hang.countDown();
        protocol.heldElsewhere.clear();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aReleaseThatBreaksIsTriedAgain() throws Exception {
        protocol.beforeRelease = this::breakOnce;
        FileLock lock = lock();
        lock.lock();
        assertThatThrownBy(lock::unlock).isInstanceOf(Broken.class);
        assertThatNothingIsLeft(engine);
        assertThat(protocol.grants).hasValue(0);
    }

    @Test
    void aReleaseThatBreaksAgainAndAgainIsTriedUntilItSucceeds() throws Exception {
        protocol.beforeRelease = () -> {
            if (protocol.releases.get() < 4) {
                throw new Broken();
            }
        };
        HeldLock held = lock().acquire();
        assertThatThrownBy(held::close).isInstanceOf(Broken.class);
        await().until(() -> protocol.grants.get() == 0);
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anAbandonThatBreaksOnAThreadOfTheEngineDoesNotStopIt() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting);
        waiting.heldElsewhere.put(path, true);
        waiting.beforeAbandon = this::breakOnce;
        CountDownLatch inTurn = new CountDownLatch(1);
        CountDownLatch timedOut = new CountDownLatch(1);
        waiting.beforePoll = () -> {
            if (waiting.polls.get() == 2) {
                inTurn.countDown();
                awaitUninterruptibly(timedOut);
            }
        };
        Future<HeldLock> first =
                threads.submit(() -> lock(other, LockOptions.defaults()).acquire(Duration.ofSeconds(2)));
        awaitUninterruptibly(inTurn);
        assertThatThrownBy(first::get).hasCauseInstanceOf(FileLockTimeoutException.class);
        timedOut.countDown();
        await().until(() -> once.get() && waiting.events.contains("abandon EXCLUSIVE"));
        Future<HeldLock> second =
                threads.submit(() -> lock(other, LockOptions.defaults()).acquire(LONG));
        await().until(() -> waiting.polls.get() > 4);
        waiting.heldElsewhere.clear();
        second.get(20, TimeUnit.SECONDS).close();
        await().until(() -> other.inUse() == 0);
    }

    /** As where the logger is that of an application which a container has dropped. */
    @Test
    void anAbandonIsTriedAgainThoughTheLoggerCantSayWhatItThrew() throws Exception {
        protocol.heldElsewhere.put(path, true);
        protocol.beforeAbandon = () -> {
            if (once.compareAndSet(false, true)) {
                throw new Unspeakable();
            }
        };
        assertThatThrownBy(() -> lock().acquire(Duration.ofMillis(20))).isInstanceOf(FileLockTimeoutException.class);
        await().until(() -> protocol.events.contains("abandon EXCLUSIVE"));
        protocol.heldElsewhere.clear();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anEndlessPollIntervalAndAnEndlessTimeoutDoNotOverflow() throws Exception {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        FileLock lock = lock(
                engine,
                LockOptions.builder()
                        .pollInterval(endless)
                        .timeout(endless)
                        .logWaitingAfter(endless)
                        .build());
        HeldLock held = lock().acquire();
        Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
        await().until(() -> engine.waiting(request -> true).size() == 1);
        held.close();
        waiting.get(20, TimeUnit.SECONDS).close();
        assertThat(lock.tryLock(Long.MAX_VALUE, TimeUnit.DAYS)).isTrue();
        lock.unlock();
        assertThat(lock.tryLock(Long.MIN_VALUE, TimeUnit.DAYS)).isTrue();
        lock.unlock();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anEndlessPollIntervalIsStillAPollInterval() throws Exception {
        protocol.heldElsewhere.put(path, true);
        FileLock lock = lock(
                engine,
                LockOptions.builder()
                        .pollInterval(Duration.ofSeconds(Long.MAX_VALUE))
                        .build());
        Future<HeldLock> waiting = threads.submit(() -> lock.acquire());
        await().until(() -> protocol.polls.get() > 2);
        protocol.heldElsewhere.clear();
        waiting.get(20, TimeUnit.SECONDS).close();
    }

    // ---- moments

    @Test
    void aFileIsPolledOnceAtATimeEvenAfterTheWaiterLeft() throws Exception {
        ScriptedProtocol waiting = new ScriptedProtocol(true);
        Engine other = engine(waiting);
        waiting.heldElsewhere.put(path, true);
        CountDownLatch hang = new CountDownLatch(1);
        waiting.beforePoll = () -> {
            if (waiting.polls.get() == 2) {
                awaitUninterruptibly(hang);
            }
        };
        FileLock lock = lock(other, LockOptions.defaults());
        Future<?> waiter = threads.submit(() -> lock.acquire());
        await().until(() -> waiting.polls.get() == 2); // the engine's thread hangs
        waiter.cancel(true);
        await().until(() -> other.waiting(request -> true).isEmpty());
        assertThat(lock.tryAcquire()).isEmpty();
        assertThat(waiting.polls).hasValue(2);
        waiting.heldElsewhere.clear();
        hang.countDown();
        assertThatNothingIsLeft(other);
        assertThat(waiting.grants).hasValue(0);
    }

    @Test
    void aRegistryThatClosesWhileAThreadIsOnItsWayIntoTheQueueRefusesIt() {
        AtomicReference<LockRegistry> registry = new AtomicReference<>();
        AtomicBoolean close = new AtomicBoolean();
        FileIdentities closing = new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path file) throws IOException {
                if (close.get()) {
                    registry.get().close();
                }
                return OsFileIdentities.system().following(file);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path file) throws IOException {
                return OsFileIdentities.system().notFollowing(file);
            }
        };
        Engine other = engine(protocol, closing);
        registry.set(other.registry(directory, LockOptions.defaults(), List.of()));
        FileLock lock = registry.get().lock("x");
        close.set(true);
        assertThatThrownBy(lock::tryAcquire)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(protocol.polls).hasValue(0);
        assertThat(other.inUse()).isZero();
    }

    @Test
    void eachWaiterOfAClosedRegistryGetsAnExceptionOfItsOwn() throws Exception {
        LockRegistry registry = engine.registry(directory, LockOptions.defaults(), List.of());
        protocol.heldElsewhere.put(path, true);
        Future<HeldLock> first = threads.submit(() -> registry.lock("x").acquire());
        Future<HeldLock> second = threads.submit(() -> registry.lock("x").acquire());
        await().until(() -> registry.waitingLocks().size() == 2);
        registry.close();
        assertThat(causeOf(first)).isInstanceOf(IllegalStateException.class).isNotSameAs(causeOf(second));
        await().until(() -> engine.inUse() == 0);
    }

    private static Throwable causeOf(Future<?> failed) {
        try {
            failed.get(20, TimeUnit.SECONDS);
            throw new AssertionError("it did not fail");
        } catch (Exception e) {
            return Objects.requireNonNull(e.getCause());
        }
    }

    @Test
    void aLostHoldThatIsClosedDoesNotTakeItsSuccessorForGone() throws Exception {
        Path alias = Files.createLink(directory.resolve("alias.lock"), Files.createFile(path));
        FileIdentity file = Objects.requireNonNull(OsFileIdentities.system().notFollowing(path));
        protocol.identities.put(path, file);
        protocol.identities.put(alias, file);
        HeldLock lost = lock().acquire();
        Objects.requireNonNull(protocol.loser)
                .accept(new LockLostException(path, LockLostException.Reason.OWNER_CHANGED, "taken over"));
        HeldLock successor = threads.submit(() -> lock().acquire()).get();
        lost.close();
        FileLock other = engine.fileLock(alias, LockMode.EXCLUSIVE, LockOptions.defaults());
        assertThatThrownBy(other::tryAcquire)
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("one file under two names");
        successor.close();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void anInodeThatWasReusedMeanwhileIsNoSecondName() throws Exception {
        FileIdentity reused = new FileIdentity(1, 2);
        AtomicReference<HeldLock> taken = new AtomicReference<>();
        Path second = directory.resolve("second.lock");
        FileIdentities inodes = new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path file) throws IOException {
                return OsFileIdentities.system().following(file);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path file) {
                if (taken.get() != null) {
                    return null;
                }
                protocol.identities.put(second, reused);
                taken.set(engine.fileLock(second, LockMode.EXCLUSIVE, LockOptions.defaults())
                        .tryAcquire()
                        .orElseThrow());
                return reused; // as the path was a moment ago
            }
        };
        engine = engine(protocol, inodes);
        Path third = directory.resolve("third.lock");
        protocol.identities.put(third, new FileIdentity(3, 4));
        protocol.heldElsewhere.put(path, true);
        try (HeldLock held = engine.fileLock(third, LockMode.EXCLUSIVE, LockOptions.defaults())
                .acquire()) {
            assertThat(lock().tryAcquire()).isEmpty();
            taken.get().close();
        }
    }

    /** Whatever is asked for is this file, or none, in a directory that is another one once it was replaced. */
    private static FileIdentities inReplaceableDirectory(AtomicBoolean replaced, @Nullable FileIdentity file) {
        return new FileIdentities() {
            @Override
            public FileIdentity following(Path any) {
                return new FileIdentity(1, replaced.get() ? 4 : 3);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path any) {
                return file;
            }
        };
    }

    @Test
    void aHoldTakenBeforeItsDirectoryWasReplacedIsWaitedFor() throws Exception {
        FileIdentity file = new FileIdentity(1, 2);
        AtomicBoolean replaced = new AtomicBoolean();
        engine = engine(protocol, inReplaceableDirectory(replaced, file));
        protocol.identities.put(path, file);
        try (HeldLock before = lock().acquire()) {
            replaced.set(true);
            protocol.heldElsewhere.put(path, true); // by ourselves, as the protocol sees it
            assertThat(threads.submit(() -> lock().tryAcquire()).get(20, TimeUnit.SECONDS))
                    .isEmpty();
        }
        protocol.heldElsewhere.clear();
        lock().acquire().close();
        assertThatNothingIsLeft(engine);
    }

    /** Torture found it: a directory is replaced while a thread waits, which then has the lock in the new one. */
    @Test
    void whatWasWaitedForWhileItsDirectoryWasReplacedIsEnteredAgain() throws Exception {
        AtomicBoolean replaced = new AtomicBoolean();
        engine = engine(protocol, inReplaceableDirectory(replaced, null));
        protocol.heldElsewhere.put(path, true);
        Future<?> nesting = threads.submit(() -> {
            try (HeldLock outer = lock().acquire(LONG)) {
                protocol.heldElsewhere.put(path, true); // by ourselves, as the protocol sees it
                lock().acquire(LONG).close();
                assertThat(lock().tryAcquire()).isPresent().get().satisfies(HeldLock::close);
                lock().lock();
                assertThat(lock().isHeldByCurrentThread()).isTrue();
                lock().unlock();
                HeldLock async = outer.call(() -> lock().acquireAsync().get(20, TimeUnit.SECONDS));
                outer.close();
                assertThat(async.isValid()).isTrue();
                assertThat(protocol.grants).hasValue(1);
                async.close();
            }
            return null;
        });
        await().until(() -> protocol.polls.get() > 1);
        replaced.set(true);
        protocol.heldElsewhere.clear();
        nesting.get(50, TimeUnit.SECONDS);
        protocol.heldElsewhere.clear();
        assertThatNothingIsLeft(engine);
    }

    @Test
    void aHoldThatWentWithItsDirectoryIsLostWhenItIsEnteredAgain() throws Exception {
        Path sub = Files.createDirectory(directory.resolve("sub"));
        FileLock lock = engine.fileLock(sub.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        HeldLock before = lock.acquire();
        Files.move(sub, directory.resolve("moved"));
        Files.createDirectory(sub);
        protocol.beforeEnsureValid = () -> {
            throw new LockLostException(path, LockLostException.Reason.MARKER_MISSING, "it is gone");
        };
        HeldLock other = threads.submit(() -> lock.acquire()).get(20, TimeUnit.SECONDS);
        assertThatThrownBy(lock::acquire).isInstanceOf(LockLostException.class);
        assertThatThrownBy(lock::tryAcquire).isInstanceOf(LockLostException.class);
        other.close();
        before.close();
        lock.acquire().close();
        assertThat(engine.inUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "SOFT"})
    void whoWaitsByOneNameOfADirectoryIsNotGivenALockWhereItsOtherNameLeadsNow(LockBackend backend) throws Exception {
        Path before = Files.createDirectory(directory.resolve("before"));
        Path after = Files.createDirectory(directory.resolve("after"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), before);
        LockOptions options = LockOptions.builder().backend(backend).build();
        engine = Backends.engine();
        FileLock byLink = engine.fileLock(link.resolve("y.lock"), LockMode.EXCLUSIVE, options);
        FileLock byName = engine.fileLock(before.resolve("y.lock"), LockMode.EXCLUSIVE, options);
        HeldLock heldElsewhere = Backends.engine()
                .fileLock(byName.path(), LockMode.EXCLUSIVE, options)
                .acquire();
        Future<HeldLock> first = threads.submit(() -> byLink.acquire(LONG));
        await().until(() -> engine.waiting(request -> true).size() == 1);
        Future<HeldLock> second = threads.submit(() -> byName.acquire(LONG));
        await().until(() -> engine.waiting(request -> true).size() == 2);
        Files.delete(link);
        Files.createSymbolicLink(link, after);
        first.get(20, TimeUnit.SECONDS).close();
        assertThat(causeOf(second))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining(byName.path().toString())
                .hasMessageContaining(byLink.path().toString());
        heldElsewhere.close();
        byName.acquire(LONG).close();
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void aLossThatIsToldAtOnceIsLookedIntoWithoutTheMutex() throws Exception {
        List<Object> seenMeanwhile = new CopyOnWriteArrayList<>();
        FileIdentities asking = new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path any) throws IOException {
                if (protocol.grants.get() > 0) {
                    try {
                        seenMeanwhile.add(threads.submit(() -> engine.held(request -> true))
                                .get(5, TimeUnit.SECONDS));
                    } catch (Exception e) {
                        seenMeanwhile.add(e);
                    }
                }
                return OsFileIdentities.system().following(any);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path any) throws IOException {
                return OsFileIdentities.system().notFollowing(any);
            }
        };
        engine = engine(protocol, asking);
        protocol.lostAtOnce = new LockLostException(path, LockLostException.Reason.MARKER_MISSING, "it is gone");
        try (HeldLock held = lock().acquire()) {
            assertThat(held.isValid()).isFalse();
            assertThat(held.lost()
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS)
                            .reason())
                    .isEqualTo(LockLostException.Reason.MARKER_MISSING);
        }
        assertThat(seenMeanwhile)
                .isNotEmpty()
                .allSatisfy(seen -> assertThat(seen).isInstanceOf(List.class));
    }

    @Test
    void aDirectoryThatWasGivenTheInodeOfADeletedOneHasLocksOfItsOwn() throws Exception {
        Path deleted = Files.createDirectory(directory.resolve("deleted"));
        Path made = directory.resolve("made");
        FileIdentities inodes = new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path any) {
                return Files.exists(any) ? new FileIdentity(1, 7) : null;
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path any) {
                return null;
            }
        };
        engine = engine(protocol, inodes);
        FileLock old = engine.fileLock(deleted.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        FileLock lock = engine.fileLock(made.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        old.lock();
        Files.delete(deleted);
        Files.createDirectory(made);
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        try (HeldLock held = lock.acquire(LONG)) {
            assertThat(held.path()).isEqualTo(lock.path());
            assertThat(held.info().holdCount()).isOne();
            assertThat(engine.held(request -> true)).hasSize(2);
            assertThat(old.isHeldByCurrentThread()).isTrue();
            old.unlock();
            assertThat(lock.isHeldByCurrentThread()).isTrue();
        }
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void aDirectoryThatIsDeletedJustBeforeItsLockIsLookedUpIsNotTheOneThatWasGivenItsInode() throws Exception {
        Path deleted = Files.createDirectory(directory.resolve("deleted"));
        Path made = directory.resolve("made");
        AtomicReference<HeldLock> ofMade = new AtomicReference<>();
        FileIdentities inodes = new FileIdentities() {
            @Override
            public @Nullable FileIdentity following(Path any) throws IOException {
                if (!Files.exists(any)) {
                    return null;
                } else if (ofMade.get() != null && any.equals(deleted)) {
                    return new FileIdentity(1, 8); // made anew
                } else if (any.equals(deleted)) {
                    Files.delete(deleted);
                    Files.createDirectory(made);
                    ofMade.set(engine.fileLock(made.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults())
                            .tryAcquire()
                            .orElseThrow());
                }
                return new FileIdentity(1, 7);
            }

            @Override
            public @Nullable FileIdentity notFollowing(Path any) {
                return null;
            }
        };
        engine = engine(protocol, inodes);
        FileLock lock = engine.fileLock(deleted.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        try (HeldLock held = lock.acquire(LONG)) {
            assertThat(held.path()).isEqualTo(lock.path());
            assertThat(ofMade.get().info().holdCount()).isOne();
        }
        ofMade.get().close();
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void aFileOfTheSameNameInTheNewDirectoryIsNotTheSameFileUnderTwoNames() throws Exception {
        Path sub = Files.createDirectory(directory.resolve("sub"));
        Path file = sub.resolve("y.lock");
        protocol.identities.put(file, new FileIdentity(1, 2)); // an inode that is used again
        FileLock lock = engine.fileLock(file, LockMode.EXCLUSIVE, LockOptions.defaults());
        HeldLock before = lock.acquire();
        Files.move(sub, directory.resolve("moved"));
        Files.createDirectory(sub);
        HeldLock other = threads.submit(() -> lock.acquire()).get(20, TimeUnit.SECONDS);
        before.close();
        other.close();
        assertThat(engine.inUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"SOFT", "STRICT"})
    void aFileThatGoesBetweenTwoLooksAtItIsLostAndNotUnreadable(LockBackend backend) throws Exception {
        AtomicBoolean goes = new AtomicBoolean();
        TamperedFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("open") && goes.getAndSet(false)) {
                    Files.delete(file);
                }
            }
        };
        LockProtocol real = backend == LockBackend.SOFT
                ? MarkerProtocol.soft(() -> files, Processes.system(), Time.system())
                : new ClaimProtocol(() -> files, Processes.system());
        HeldLock held = lock(
                        engine(real), LockOptions.builder().backend(backend).build())
                .acquire();
        held.ensureValid();
        goes.set(true);
        assertThatThrownBy(held::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        lost -> assertThat(lost.reason())
                                .isIn(LockLostException.Reason.MARKER_MISSING, LockLostException.Reason.CLAIM_MISSING));
        assertThat(goes).isFalse();
        held.close();
    }

    @Test
    void aMarkerThatIsReplacedBetweenTwoLooksAtItIsNotTakenForOneThatWasWrittenOver() throws Exception {
        AtomicBoolean replaced = new AtomicBoolean();
        TamperedFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("open") && replaced.getAndSet(false)) {
                    Files.delete(file);
                    Files.writeString(file, "a successor");
                }
            }
        };
        LockProtocol real = MarkerProtocol.soft(() -> files, Processes.system(), Time.system());
        HeldLock held = lock(
                        engine(real),
                        LockOptions.builder().backend(LockBackend.SOFT).build())
                .acquire();
        replaced.set(true);
        assertThatThrownBy(held::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        lost -> assertThat(lost.reason()).isEqualTo(LockLostException.Reason.OWNER_CHANGED));
        assertThat(replaced).isFalse();
        held.close();
        assertThat(path).hasContent("a successor");
    }

    @Test
    void whatCantBeExaminedTwiceIsNoLoss() throws Exception {
        HeldLock held = lock().acquire();
        AtomicInteger looks = new AtomicInteger();
        protocol.beforeEnsureValid = () -> {
            throw new IOException("look " + looks.incrementAndGet() + " failed as told");
        };
        assertThatThrownBy(held::ensureValid)
                .isExactlyInstanceOf(FileLockException.class)
                .hasMessage(path + " can't be examined: look 2 failed as told");
        held.close();
    }

    @Test
    void aHoldIsNotReleasedOnDiskWhileItIsExamined() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        protocol.beforeEnsureValid = () -> {
            inside.countDown();
            awaitUninterruptibly(leave);
            assertThat(protocol.releases).hasValue(0);
        };
        HeldLock held = lock().acquire();
        Future<Boolean> valid = threads.submit(held::isValid);
        awaitUninterruptibly(inside);
        AtomicReference<Thread> closer = new AtomicReference<>();
        Future<?> closing = threads.submit(() -> {
            closer.set(Thread.currentThread());
            held.close();
        });
        await().until(() -> protocol.releases.get() > 0
                || (closer.get() != null && closer.get().getState() == Thread.State.WAITING));
        leave.countDown();
        assertThat(valid.get(20, TimeUnit.SECONDS)).isTrue();
        closing.get(20, TimeUnit.SECONDS);
        assertThat(protocol.releases).hasValue(1);
    }

    @Test
    void anUnlockWorksAlthoughTheDirectoryWasReplacedAndTheNewFileIsInUse() throws Exception {
        Path sub = Files.createDirectory(directory.resolve("sub"));
        FileLock lock = engine.fileLock(sub.resolve("y.lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
        lock.lock();
        Files.move(sub, directory.resolve("moved"));
        Files.createDirectory(sub);
        HeldLock other = threads.submit(() -> lock.acquire()).get(20, TimeUnit.SECONDS);
        lock.unlock();
        assertThat(protocol.grants).hasValue(1);
        other.close();
        assertThat(engine.inUse()).isZero();
    }

    @Test
    void aDetachedHoldThatWasDroppedIsReleasedAlthoughItsThreadLives() throws Exception {
        lock().acquire().detach();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            System.gc();
            return protocol.grants.get() == 0;
        });
        assertThatNothingIsLeft(engine);
    }

    @Test
    void askingOftenWhetherAHoldWasLostCostsNothing() throws Exception {
        try (HeldLock held = lock().acquire()) {
            assertThat(held.lost() == held.lost()).isTrue();
        }
    }

    @Test
    void aTimeoutSaysSinceWhenItWaited() throws Exception {
        AtomicReference<WaitingLockInfo> told = new AtomicReference<>();
        LockListener listener = new LockListener() {
            @Override
            public void timedOut(WaitingLockInfo lock, Duration time) {
                told.set(lock);
            }
        };
        protocol.heldElsewhere.put(path, true);
        Instant before = Instant.now();
        FileLock lock = lock(engine, LockOptions.builder().listener(listener).build());
        assertThatThrownBy(() -> lock.acquire(Duration.ofMillis(500))).isInstanceOf(FileLockTimeoutException.class);
        assertThat(told.get().since()).isBetween(before, Instant.now().minus(Duration.ofMillis(100)));
    }

    @Test
    void theEnginesThreadsInheritNothingFromWhoeverStartsThem() throws Exception {
        InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
        tenant.set("of this request");
        AtomicReference<String> seen = new AtomicReference<>("not run");
        AtomicReference<ClassLoader> loader = new AtomicReference<>(getClass().getClassLoader());
        protocol.beforeRelease = () -> {
            if (protocol.releases.get() == 1) {
                throw new IOException("release failed as told");
            }
            seen.set(tenant.get());
            loader.set(Thread.currentThread().getContextClassLoader());
        };
        HeldLock held = lock().acquire();
        assertThatThrownBy(held::close).isInstanceOf(FileLockException.class);
        await().until(() -> protocol.grants.get() == 0);
        assertThat(seen.get()).isNull();
        assertThat(loader.get()).isNull();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the test was stopped", e);
        }
    }
}
