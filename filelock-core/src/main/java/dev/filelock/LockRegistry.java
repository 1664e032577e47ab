package dev.filelock;

import dev.filelock.engine.Engine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Named locks in one directory.
 *
 * <pre>{@code
 * LockRegistry registry = LockRegistry.builder()
 *         .directory(Path.of("locks"))
 *         .timeout(Duration.ofSeconds(10))
 *         .build();
 * try (HeldLock held = registry.lock("report").acquire()) { // locks/report.lock
 *     // ...
 * }
 * }</pre>
 *
 * <p>A name never leaves the directory: {@link LockName} says how names become files. In one directory a name is either
 * exclusive or read-write; using it as both is refused.
 *
 * <p>A registry keeps no lock alive and costs nothing per name. It knows the holds and waiters of the locks it gave out, and is
 * safe for use by any number of threads.
 */
public interface LockRegistry extends AutoCloseable {

    /**
     * Starts building a registry.
     *
     * @return a new builder
     */
    static Builder builder() {
        return new Builder();
    }

    /**
     * The exclusive lock of that name.
     *
     * @param name {@code /} makes subdirectories; whatever else a file name can't hold is encoded
     * @return a lock with this registry's options
     * @throws IllegalArgumentException if the name is blank, has an empty segment, or holds NUL
     * @throws FileLockException if the name is in use as a read-write lock
     * @throws IllegalStateException if this registry was closed
     */
    FileLock lock(String name);

    /**
     * The read-write lock of that name.
     *
     * @param name {@code /} makes subdirectories; whatever else a file name can't hold is encoded
     * @return a lock with this registry's options
     * @throws IllegalArgumentException if the name is blank, has an empty segment, or holds NUL
     * @throws FileLockException if the name is in use as an exclusive lock
     * @throws IllegalStateException if this registry was closed
     */
    ReadWriteFileLock readWriteLock(String name);

    /**
     * The lock of that name with a mode and options of its own.
     *
     * @param name the lock's name
     * @param mode the mode in which the returned object acquires
     * @param options used in place of {@link #options()}; the registry's listeners are told too
     * @return a lock
     * @throws IllegalArgumentException if the name does not suit the mode's backend
     * @throws FileLockException if the name is in use by the other family, exclusive or read-write
     * @throws IllegalStateException if this registry was closed
     */
    FileLock lock(LockName name, LockMode mode, LockOptions options);

    /**
     * The file that {@link #lock(LockName, LockMode, LockOptions)} would lock.
     *
     * @param name the lock's name
     * @param backend the backend, which decides the suffix
     * @return an absolute path
     * @throws IllegalArgumentException if the name does not suit the backend
     */
    Path resolve(LockName name, LockBackend backend);

    /**
     * The registry of a named directory; it shares this one's listeners and is closed with it.
     *
     * @param name as given to {@link Builder#directory(String, Path, LockOptions)}
     * @return its registry
     * @throws IllegalArgumentException if there is no directory of that name; the message lists those there are
     */
    LockRegistry directory(String name);

    /**
     * The directory of this registry's locks.
     *
     * @return an absolute path; the directory may not exist yet
     */
    Path directory();

    /**
     * The name under which this registry's directory was added to another registry.
     *
     * @return null for the default directory
     */
    @Nullable String directoryName();

    /**
     * The named directories.
     *
     * @return an unmodifiable map from name to directory
     */
    Map<String, Path> directories();

    /**
     * What locks of this registry are built with.
     *
     * @return never null
     */
    LockOptions options();

    /**
     * The locks of this registry, its named directories included, that this JVM holds now.
     *
     * @return a snapshot from memory; no lock file is opened for it
     */
    List<HeldLockInfo> heldLocks();

    /**
     * Who waits in this JVM for locks of this registry, its named directories included, in the order of their queues.
     *
     * @return a snapshot
     */
    List<WaitingLockInfo> waitingLocks();

    /**
     * Looks for records that a crash may have left: those of {@link LockBackend#SOFT}, {@link LockBackend#MARKER},
     * {@link LockBackend#LEASE}, {@link LockBackend#STRICT} and {@link LockBackend#GENERATION} in this registry's directory and those
     * below it, other named directories excepted, whose owners are not known to live.
     *
     * <p>An owner on another host may well live: that can't be known from here. Files that can't be records, by their name and size,
     * are not opened; so a file of {@link LockBackend#NATIVE}, which is empty, and one of {@link LockBackend#SQLITE} never are. Links
     * are not followed, what can't be read is passed over, and nothing is found below sixteen levels. Where
     * {@link NativeAccess#RANGE_LOCK} is chosen nothing is found at all, since a look could drop a lock.
     *
     * @param which is given the path of each lock file before its records are read, and says whether they are to be
     * @return found as the stream is read, which holds the directory open: close it; a failing disk makes it throw
     *     {@link java.io.UncheckedIOException}
     * @throws FileLockException if the directory can't be listed
     * @throws IllegalStateException if this registry was closed
     */
    Stream<LeftoverLock> leftovers(Predicate<Path> which);

    /**
     * Deletes lock files of {@link LockBackend#NATIVE} in this registry's directory that were made at least so long ago, are
     * empty and nobody holds.
     *
     * <p>Each is deleted under its own lock, and every peer that checks after locking that its file is still the one the path
     * names (this library, and Python's filelock from 3.29 on) is safe against it. Peers that don't check, such as
     * {@code flock(1)}, are not: don't prune a directory they use. Other files are left alone.
     *
     * @param age zero or more
     * @return the paths that were deleted
     * @throws FileLockException if the directory can't be listed
     * @throws IllegalArgumentException if the age is negative
     */
    List<Path> prune(Duration age);

    /**
     * Refuses further acquisitions and ends all waits with {@link IllegalStateException}. Holds stay until their owners close
     * them. Closing twice does nothing.
     */
    @Override
    void close();

    /** Builds a {@link LockRegistry}. Not safe for use by several threads. */
    final class Builder {
        private @Nullable Path directory;
        private @Nullable String chosenBy;
        private final LockOptions.Builder options = LockOptions.builder();
        private final Map<String, NamedDirectory> named = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the directory. Unless set, it is {@code filelock-<user>} in the JVM's temporary directory: made with mode 0700 on
         * first use, refused if it belongs to somebody else or is a link, and warned about once.
         *
         * @param directory created on first use if missing
         * @return this builder
         */
        public Builder directory(Path directory) {
            this.directory = Objects.requireNonNull(directory, "directory");
            this.chosenBy = null;
            return this;
        }

        /**
         * Sets the directory, and where it was chosen, so that an error can send somebody there if the directory can't be used.
         *
         * @param directory created on first use if missing
         * @param chosenBy such as {@code LOCK_DIR of the environment}
         * @return this builder
         */
        public Builder directory(Path directory, String chosenBy) {
            directory(directory);
            this.chosenBy = Objects.requireNonNull(chosenBy, "chosenBy");
            return this;
        }

        /**
         * Adds a named directory with options of its own.
         *
         * @param name how {@link LockRegistry#directory(String)} finds it
         * @param path the directory, created on first use if missing
         * @param options what its locks are built with
         * @return this builder
         * @throws IllegalArgumentException if the name is blank or taken
         */
        public Builder directory(String name, Path path, LockOptions options) {
            return directory(new NamedDirectory(name, path, options, null));
        }

        /**
         * Adds a named directory with options of its own, and where it was chosen, so that an error can send somebody there.
         *
         * @param name how {@link LockRegistry#directory(String)} finds it
         * @param path the directory, created on first use if missing
         * @param options what its locks are built with
         * @param chosenBy such as {@code LOCK_DIR of the environment}
         * @return this builder
         * @throws IllegalArgumentException if the name is blank or taken
         */
        public Builder directory(String name, Path path, LockOptions options, String chosenBy) {
            return directory(new NamedDirectory(name, path, options, chosenBy));
        }

        private Builder directory(NamedDirectory directory) {
            String name = directory.name();
            Path path = directory.path();
            if (name.isBlank()) {
                throw new IllegalArgumentException("the name of lock directory " + path + " is blank");
            }
            NamedDirectory other = named.putIfAbsent(name, directory);
            if (other != null) {
                throw new IllegalArgumentException("lock directory '" + name + "' is both " + other.path() + " and "
                        + path + "; give each its own name");
            }
            return this;
        }

        /**
         * Sets the default timeout of the locks.
         *
         * @param timeout negative: wait for ever (the default); zero: one attempt; positive: wait at most that long
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            options.timeout(timeout);
            return this;
        }

        /**
         * Adds a listener that is told of all acquisitions through the registry.
         *
         * @param listener called on the threads that acquire and release
         * @return this builder
         */
        public Builder listener(LockListener listener) {
            options.listener(listener);
            return this;
        }

        /**
         * Takes all options from the given ones, in place of what was set before.
         *
         * @param options what to copy
         * @return this builder
         */
        public Builder options(LockOptions options) {
            this.options.from(options);
            return this;
        }

        /**
         * Builds the registry; touches no disk.
         *
         * @return an open registry
         */
        public LockRegistry build() {
            return Engine.instance().registry(directory, chosenBy, options.build(), List.copyOf(named.values()));
        }

        /**
         * Builds locks for a test instead, which exist in memory only: the directories are mere names, no file is made, and no other
         * process is excluded.
         *
         * @return locks that nobody else has
         */
        public InMemoryLocks inMemory() {
            return Engine.inMemory(directory, options.build(), List.copyOf(named.values()));
        }
    }

    /**
     * A directory beside the default one.
     *
     * @param name its name
     * @param path where it is
     * @param options what its locks are built with
     * @param chosenBy where it was chosen, for the message of an error; null if that is not known
     */
    record NamedDirectory(
            String name,
            Path path,
            LockOptions options,
            @Nullable String chosenBy) {}
}
