package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.InMemoryLocks;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockContext;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.WaitingLockInfo;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileNames;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where every acquisition and release of this JVM goes through. Not part of the API. */
public final class Engine {
    private final Function<LockBackend, LockProtocol> protocols;
    private final Pruner pruner;
    private final FileKeys keys;
    private final Runtime runtime;
    private final UnreachableHolds unreachableHolds;
    private final LockedHolds lockedHolds = new LockedHolds();

    Engine(
            Function<LockBackend, LockProtocol> protocols,
            FileIdentities identities,
            Pruner pruner,
            Workers workers,
            Watcher watcher) {
        this.protocols = protocols;
        this.pruner = pruner;
        this.keys = new FileKeys(identities);
        this.runtime = new Runtime(new LockTable(keys), identities, workers, new Streaks(), new WaitGraph(), watcher);
        this.unreachableHolds = new UnreachableHolds(runtime.workers());
    }

    /** The engine of this JVM, or of this class loader's copy of the library. */
    public static Engine instance() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final Engine INSTANCE = Backends.engine();
    }

    // ---- making locks

    public FileLock fileLock(Path path, LockMode mode, LockOptions options) {
        return lock(path, mode, options, Scope.NONE);
    }

    public ReadWriteFileLock readWriteLock(Path path, LockOptions options) {
        FileLock readers = lock(path, LockMode.READ, options, Scope.NONE);
        return new EngineReadWriteLock(readers.path(), readers, lock(path, LockMode.WRITE, options, Scope.NONE));
    }

    LockRegistry registry(
            @Nullable Path directory, LockOptions options, List<LockRegistry.NamedDirectory> directories) {
        return registry(directory, null, options, directories);
    }

    public LockRegistry registry(
            @Nullable Path directory,
            @Nullable String chosenBy,
            LockOptions options,
            List<LockRegistry.NamedDirectory> directories) {
        return DirectoryRegistry.create(this, directory, chosenBy, options, directories);
    }

    /** Locks for tests, apart from those of this JVM's files. */
    public static InMemoryLocks inMemory(
            @Nullable Path directory, LockOptions options, List<LockRegistry.NamedDirectory> directories) {
        return new MemoryLocks(Backends.inMemory(), directory, options, directories);
    }

    public LockContext context() {
        return CallChain.current();
    }

    FileLock lock(Path path, LockMode mode, LockOptions options, Scope scope) {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) {
            throw new IllegalArgumentException("lock path '" + path + "' is on " + path.getFileSystem()
                    + ", where no other process could lock it; give a path of the default file system");
        }
        Path name = path.getFileName();
        if (name == null
                || name.toString().isBlank()
                || name.toString().equals("..")
                || name.toString().equals(".")) {
            throw new IllegalArgumentException(
                    "lock path '" + path + "' names no file; give a path such as data.txt.lock");
        }
        LockBackend backend = options.backendFor(mode);
        if (!backend.supports(mode)) {
            throw new IllegalArgumentException(
                    "backend " + backend + " has no mode " + mode + ", only " + backend.modes());
        }
        Path absolute = path.toAbsolutePath();
        protocols.apply(backend).open(absolute, options); // refuses a path that does not suit the backend
        return new EngineFileLock(this, new Request(absolute, mode, options, scope));
    }

    // ---- acquiring

    /** A handle of what an acquisition took. Where memory runs out for it the level ends, as nobody else could end it. */
    Handle handle(Hold hold, Waiter taker) {
        try {
            return new Handle(hold, taker.level, taker.takenAt(), taker.chain, unreachableHolds);
        } catch (RuntimeException | Error e) {
            endAfter(e, hold, taker.level);
            throw e;
        }
    }

    /** Adds a level for the calling thread or throws {@link FileLockTimeoutException}. */
    ThreadWaiter enter(Request request, Deadline deadline, Level level) throws InterruptedException {
        refuseIfInterrupted(request);
        ThreadWaiter taker = enter(request, deadline, level, true, true);
        if (taker == null) {
            throw new IllegalStateException("a deadline that passes is explained by an exception");
        }
        return taker;
    }

    /** Adds a level for the calling thread, or null if the deadline passed. */
    @Nullable ThreadWaiter tryEnter(Request request, Deadline deadline, Level level) throws InterruptedException {
        refuseIfInterrupted(request);
        return enter(request, deadline, level, true, false);
    }

    @Nullable ThreadWaiter tryOnce(Request request, Level level) {
        return enterUninterruptibly(request, Deadline.after(Duration.ZERO), level);
    }

    void enterUninterruptibly(Request request, Level level) {
        enterUninterruptibly(request, Deadline.after(LockOptions.FOREVER), level);
    }

    private @Nullable ThreadWaiter enterUninterruptibly(Request request, Deadline deadline, Level level) {
        try {
            return enter(request, deadline, level, false, false);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a wait that ignores interrupts was interrupted", e);
        }
    }

    private static void refuseIfInterrupted(Request request) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before " + request.path() + " could be acquired");
        }
    }

    private @Nullable ThreadWaiter enter(
            Request request, Deadline deadline, Level level, boolean interruptible, boolean explain)
            throws InterruptedException {
        LockEntry entry = pin(request);
        ThreadWaiter waiter = new ThreadWaiter(request, deadline, level, entry.contest.waitsInsidePoll(), !explain);
        boolean kept = false;
        try {
            if (entry.enter(waiter, interruptible) == null) {
                timedOut(entry, waiter, explain);
                return null;
            }
            kept = waiter.fresh;
        } catch (InterruptedException | RuntimeException e) {
            if (!(e instanceof FileLockTimeoutException)) {
                Announcements.failed(waiter, e);
            }
            throw e;
        } finally {
            if (!kept) {
                unpin(entry); // a hold of its own keeps the entry instead
            }
        }
        if (kept) {
            announce(waiter);
        }
        if (level == Level.LOCK) {
            lockedHolds.add(Objects.requireNonNull(waiter.hold));
        }
        return waiter;
    }

    private static void announce(ThreadWaiter waiter) {
        Hold hold = Objects.requireNonNull(waiter.hold);
        try {
            Announcements.acquired(waiter, hold);
        } catch (RuntimeException | Error e) {
            endAfter(e, hold, waiter.level);
            throw e;
        }
    }

    private static void timedOut(LockEntry entry, ThreadWaiter waiter, boolean explain) {
        Request request = waiter.request;
        if (!explain && request.options().listeners().isEmpty() && waiter.recording == null) {
            return;
        }
        List<LockHolder> holders = entry.diagnosis.blockers().join();
        Duration waited = Announcements.elapsed(waiter.deadline);
        Announcements.timedOut(waiter, waited, holders);
        if (explain) {
            throw new FileLockTimeoutException(request.path(), waiter.deadline.limitAsDuration(), waited, holders);
        }
    }

    /** Acquires without a thread that waits. */
    CompletableFuture<HeldLock> acquireAsync(Request request, Deadline deadline, Executor executor) {
        return new AsyncWaiter<HeldLock>(this, request, deadline, executor, handle -> handle, null).start();
    }

    CompletableFuture<Optional<HeldLock>> tryAcquireAsync(Request request, Executor executor) {
        Deadline once = Deadline.after(Duration.ZERO);
        return new AsyncWaiter<Optional<HeldLock>>(this, request, once, executor, Optional::of, Optional::empty)
                .start();
    }

    Workers workers() {
        return runtime.workers();
    }

    /** Finds or makes the entry of the file a request is for, and keeps it until {@link #unpin}. */
    LockEntry pin(Request request) {
        request.scope().beforeAcquire(request.path());
        while (true) {
            FileKey key = keys.inDirectory(request.path());
            LockEntry entry = runtime.table().pin(key, request, () -> newEntry(key, request));
            if (runtime.table().isOf(entry, request.path())) {
                return entry;
            }
            unpin(entry);
        }
    }

    void unpin(LockEntry entry) {
        runtime.table().unpin(entry);
    }

    private LockEntry newEntry(FileKey key, Request request) {
        return new LockEntry(
                key, request, open(request), protocols.apply(request.backend()).waitsInsidePoll(), runtime);
    }

    private LockFile open(Request request) {
        return protocols.apply(request.backend()).open(request.path(), request.options());
    }

    // ---- releasing

    /** Gives a level back and tells the listeners if that ended the hold. */
    static void end(Hold hold, Level level) {
        boolean listened = hold.announced && !hold.request.options().listeners().isEmpty();
        HeldLockInfo info = listened ? hold.entry.diagnosis.info(hold) : null;
        if (hold.entry.exit(hold, level)) {
            Announcements.released(hold, info);
        }
    }

    /** Gives a level back that can't be handed out. */
    private static void endAfter(Throwable failure, Hold hold, Level level) {
        try {
            end(hold, level);
        } catch (RuntimeException releaseFailure) {
            failure.addSuppressed(releaseFailure);
        }
    }

    void unlock(Request request) {
        Hold last = lockedHolds.last(request);
        Hold hold = last != null ? last : holdOfThisThread(request);
        if (hold == null) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' has no level of "
                            + request.path() + " in mode " + request.mode()
                            + " that lock() or tryLock() took; levels that acquire() took are given back by closing their handle");
        }
        lockedHolds.remove(hold);
        end(hold, Level.LOCK);
    }

    private @Nullable Hold holdOfThisThread(Request request) {
        Thread thread = Thread.currentThread();
        LockEntry entry = find(request);
        Hold found = entry == null ? null : entry.lockedBy(thread, request.mode());
        if (found != null) {
            return found;
        }
        // The directory may have been moved, deleted or replaced since: what is held must be releasable all the same.
        for (LockEntry namesake : runtime.table().named(request.path())) {
            Hold hold = namesake.lockedBy(thread, request.mode());
            if (hold != null) {
                return hold;
            }
        }
        return null;
    }

    // ---- asking

    boolean isHeldByCurrentThread(Request request) {
        Predicate<LockEntry> held =
                entry -> entry.isHeldBy(Thread.currentThread(), CallChain.current(), request.mode());
        LockEntry entry = find(request);
        // By path too: the directory may have been replaced since.
        return (entry != null && held.test(entry))
                || runtime.table().named(request.path()).stream().anyMatch(held);
    }

    List<LockHolder> holders(Request request) {
        request.scope().requireOpen();
        return runtime.workers()
                .ask(
                        FileKeys.directoryOf(request.path()),
                        () -> holdersNow(request),
                        EntryDiagnosis::noAnswer,
                        EntryDiagnosis.PATIENCE_NANOS)
                .join();
    }

    private List<LockHolder> holdersNow(Request request) {
        LockEntry entry = find(request);
        List<LockHolder> here = entry == null ? List.of() : entry.diagnosis.holdersHere();
        if (!here.isEmpty()) {
            return List.copyOf(here);
        }
        return List.copyOf(EntryDiagnosis.onDisk(open(request), request.path()));
    }

    List<LockClaim> claims(Request request) {
        request.scope().requireOpen();
        try {
            return open(request).claims();
        } catch (IOException e) {
            throw new FileLockException(
                    request.path(), "the claims on " + request.path() + " can't be read: " + reason(e), e);
        }
    }

    boolean forceBreak(Request request, LockClaim claim) {
        request.scope().requireOpen();
        try {
            return open(request).forceBreak(claim);
        } catch (IOException e) {
            throw new FileLockException(
                    request.path(),
                    claim.file() + " could not be removed: " + reason(e) + "; remove it by hand, or try again",
                    e);
        }
    }

    List<HeldLockInfo> held(Predicate<Request> which) {
        List<HeldLockInfo> held = new ArrayList<>();
        runtime.table().entries().forEach(entry -> entry.diagnosis.addHeld(which, held));
        return held;
    }

    List<WaitingLockInfo> waiting(Predicate<Request> which) {
        List<CompletableFuture<List<WaitingLockInfo>>> found = new ArrayList<>();
        for (LockEntry entry : runtime.table().entries()) {
            CompletableFuture<List<WaitingLockInfo>> waiting = entry.diagnosis.waiting(which);
            if (waiting != null) {
                found.add(waiting);
            }
        }
        return found.stream().flatMap(each -> each.join().stream()).toList();
    }

    void cancelWaiters(Predicate<Request> which, Supplier<? extends RuntimeException> cause) {
        runtime.table().entries().forEach(entry -> entry.cancelWaiters(which, cause));
    }

    LockProtocol protocol(LockBackend backend) {
        return protocols.apply(backend);
    }

    /** Whether a file of that path must be left alone: opening and closing it could drop a lock that this JVM has. */
    boolean isInUseWithAnotherBackend(Path path, LockBackend backend) {
        LockEntry entry = runtime.table().find(path);
        return entry != null && entry.backend() != backend;
    }

    List<Path> prune(Path directory, Duration age) throws IOException {
        return pruner.prune(directory, age);
    }

    /** How many files this engine keeps in mind. */
    int inUse() {
        return runtime.table().entries().size();
    }

    /** How many files of a directory. */
    int inUse(Path directory) {
        return (int) runtime.table().entries().stream()
                .filter(entry -> entry.path.startsWith(directory))
                .count();
    }

    private @Nullable LockEntry find(Request request) {
        return runtime.table().find(request.path());
    }

    /** The lock file that stands for a data file. */
    public static Path companion(Path dataFile) {
        return FileNames.sibling("", dataFile, LockBackend.NATIVE.suffix());
    }

    /** In words, which the messages of {@link java.nio.file.FileSystemException} are not. */
    static String reason(IOException e) {
        String kind = e.getClass().getSimpleName();
        return e.getMessage() == null ? kind : kind + ": " + e.getMessage();
    }
}
