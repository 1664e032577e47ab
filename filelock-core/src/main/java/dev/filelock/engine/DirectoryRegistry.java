package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLockInfo;
import dev.filelock.LeftoverLock;
import dev.filelock.LockBackend;
import dev.filelock.LockListener;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.NativeAccess;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.WaitingLockInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The locks of one directory, and of the named directories beside it. */
final class DirectoryRegistry implements LockRegistry, Scope {
    private final Engine engine;
    private final Path directory;
    private final @Nullable String directoryName;
    private final @Nullable DirectoryGuard guard;
    private final LockOptions options;
    private final Map<String, DirectoryRegistry> named;
    private final NameFamilies families = new NameFamilies();
    private volatile boolean closed;

    private DirectoryRegistry(
            Engine engine,
            Path directory,
            @Nullable String directoryName,
            @Nullable DirectoryGuard guard,
            LockOptions options,
            Map<String, DirectoryRegistry> named) {
        this.engine = engine;
        this.directory = directory.toAbsolutePath().normalize();
        this.directoryName = directoryName;
        this.guard = guard;
        this.options = options;
        this.named = named;
    }

    static DirectoryRegistry create(
            Engine engine,
            @Nullable Path directory,
            @Nullable String chosenBy,
            LockOptions options,
            List<NamedDirectory> directories) {
        Map<String, DirectoryRegistry> named = new LinkedHashMap<>();
        for (NamedDirectory each : directories) {
            LockOptions merged = withListeners(each.options(), options.listeners());
            DirectoryGuard guard = guard(each.path(), each.chosenBy());
            named.put(each.name(), new DirectoryRegistry(engine, each.path(), each.name(), guard, merged, Map.of()));
        }
        Map<String, DirectoryRegistry> known = Collections.unmodifiableMap(named);
        if (directory != null) {
            return new DirectoryRegistry(engine, directory, null, guard(directory, chosenBy), options, known);
        }
        PrivateDirectory own = PrivateDirectory.ofUser();
        return new DirectoryRegistry(engine, own.path(), null, file -> own.prepare(), options, known);
    }

    private static @Nullable DirectoryGuard guard(Path directory, @Nullable String chosenBy) {
        return chosenBy == null ? null : new ChosenDirectory(directory, chosenBy);
    }

    @Override
    public FileLock lock(String name) {
        return lock(LockName.of(name), LockMode.EXCLUSIVE, options);
    }

    @Override
    public ReadWriteFileLock readWriteLock(String name) {
        LockName lockName = LockName.of(name);
        FileLock readers = lock(lockName, LockMode.READ, options);
        return new EngineReadWriteLock(readers.path(), readers, lock(lockName, LockMode.WRITE, options));
    }

    @Override
    public FileLock lock(LockName name, LockMode mode, LockOptions options) {
        requireOpen();
        Path path = name.in(directory, options.backendFor(mode));
        FileLock lock = engine.lock(path, mode, withListeners(options, this.options.listeners()), this);
        families.use(name, mode, path);
        return lock;
    }

    @Override
    public Path resolve(LockName name, LockBackend backend) {
        return name.in(directory, backend);
    }

    @Override
    public LockRegistry directory(String name) {
        LockRegistry registry = named.get(name);
        if (registry == null) {
            throw new IllegalArgumentException(
                    "there is no lock directory '" + name + "'; those known are " + named.keySet());
        }
        return registry;
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public @Nullable String directoryName() {
        return directoryName;
    }

    @Override
    public Map<String, Path> directories() {
        Map<String, Path> paths = new LinkedHashMap<>();
        named.forEach((name, registry) -> paths.put(name, registry.directory));
        return Collections.unmodifiableMap(paths);
    }

    @Override
    public LockOptions options() {
        return options;
    }

    @Override
    public List<HeldLockInfo> heldLocks() {
        return engine.held(this::owns);
    }

    @Override
    public List<WaitingLockInfo> waitingLocks() {
        return engine.waiting(this::owns);
    }

    @Override
    public Stream<LeftoverLock> leftovers(Predicate<Path> which) {
        requireOpen();
        if (options.nativeAccess() == NativeAccess.RANGE_LOCK) {
            return Stream.empty(); // closing a file that was looked at would drop a range lock on it
        }
        Set<Path> others = named.values().stream().map(each -> each.directory).collect(Collectors.toUnmodifiableSet());
        try {
            return new LeftoverSearch(engine, options, this, others, which).in(directory);
        } catch (IOException e) {
            throw new FileLockException(
                    directory, "lock directory " + directory + " can't be searched: " + Engine.reason(e), e);
        }
    }

    @Override
    public List<Path> prune(Duration age) {
        if (age.isNegative()) {
            throw new IllegalArgumentException(
                    "age " + age + " is negative; give the least age of the files to delete");
        }
        requireOpen();
        try {
            if (!Files.exists(directory)) {
                return List.of(); // nothing was locked there yet
            }
            beforeAcquire(directory);
            return engine.prune(directory, age);
        } catch (NoSuchFileException e) {
            return List.of(); // nothing was locked there yet
        } catch (IOException e) {
            throw new FileLockException(
                    directory, "lock directory " + directory + " could not be pruned: " + Engine.reason(e), e);
        }
    }

    @Override
    public void close() {
        closed = true;
        named.values().forEach(registry -> registry.closed = true);
        engine.cancelWaiters(this::owns, this::closedException);
    }

    /** Refuses what may not be acquired any more, or not there. */
    @Override
    public void beforeAcquire(Path path) {
        requireOpen();
        if (guard != null && path.startsWith(directory)) {
            guard.prepare(path);
        }
    }

    @Override
    public String toString() {
        return "locks in " + directory + (closed ? " (closed)" : "");
    }

    private boolean owns(Request request) {
        return request.scope() == this || named.containsValue(request.scope());
    }

    @Override
    public void requireOpen() {
        if (closed) {
            throw closedException();
        }
    }

    private IllegalStateException closedException() {
        return new IllegalStateException("the registry of the locks in " + directory + " was closed");
    }

    private static LockOptions withListeners(LockOptions options, List<LockListener> more) {
        LockOptions.Builder merged = options.toBuilder();
        boolean changed = false;
        for (LockListener listener : more) {
            if (!options.listeners().contains(listener)) {
                merged.listener(listener);
                changed = true;
            }
        }
        return changed ? merged.build() : options;
    }
}
