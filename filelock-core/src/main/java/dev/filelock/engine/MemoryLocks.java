package dev.filelock.engine;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.InMemoryLocks;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Plays several processes in one: each has an engine of its own, and all have the same memory. */
final class MemoryLocks implements InMemoryLocks {
    private final Supplier<Engine> processes;
    private final Path directory;
    private final LockOptions options;
    private final List<LockRegistry.NamedDirectory> directories;
    private final LockRegistry registry;
    private final LockRegistry elsewhere;

    MemoryLocks(
            Supplier<Engine> processes,
            @Nullable Path directory,
            LockOptions options,
            List<LockRegistry.NamedDirectory> directories) {
        this.processes = processes;
        this.directory =
                directory != null ? directory : Path.of("").toAbsolutePath().resolve("in-memory");
        this.options = options;
        this.directories = mere(directories);
        this.registry = processes.get().registry(this.directory, options, this.directories);
        this.elsewhere = otherProcess();
    }

    @Override
    public LockRegistry registry() {
        return registry;
    }

    @Override
    public LockRegistry otherProcess() {
        return processes
                .get()
                .registry(
                        directory,
                        silent(options),
                        directories.stream()
                                .map(each -> new LockRegistry.NamedDirectory(
                                        each.name(), each.path(), silent(each.options()), null))
                                .toList());
    }

    /** Without anybody who would look at them. */
    private static List<LockRegistry.NamedDirectory> mere(List<LockRegistry.NamedDirectory> directories) {
        return directories.stream()
                .map(each -> new LockRegistry.NamedDirectory(each.name(), each.path(), each.options(), null))
                .toList();
    }

    private static LockOptions silent(LockOptions options) {
        return options.toBuilder().withoutListeners().build();
    }

    @Override
    public HeldLock holdElsewhere(String name) {
        return holdElsewhere(name, LockMode.EXCLUSIVE);
    }

    @Override
    public HeldLock holdElsewhere(String name, LockMode mode) {
        return hold(elsewhere, name, mode);
    }

    @Override
    public HeldLock holdElsewhere(String directory, String name, LockMode mode) {
        return hold(elsewhere.directory(directory), name, mode);
    }

    private static HeldLock hold(LockRegistry process, String name, LockMode mode) {
        FileLock lock = process.lock(LockName.of(name), mode, process.options());
        HeldLock held = lock.tryAcquire()
                .orElseThrow(() -> new IllegalStateException(
                        "'" + name + "' is not free, so it can't be held elsewhere: close what holds it first"));
        held.detach(); // the thread that plays this process must not re-enter it
        return held;
    }
}
