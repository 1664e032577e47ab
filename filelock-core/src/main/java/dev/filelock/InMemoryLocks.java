package dev.filelock;

/**
 * Locks for tests, which exist in this object's memory only: no file is made, and nothing outside is excluded. Threads, reentrancy,
 * queues, timeouts, modes and listeners are those of real locks.
 *
 * <pre>{@code
 * InMemoryLocks locks = LockRegistry.builder().timeout(Duration.ofSeconds(10)).inMemory();
 * Reports reports = new Reports(locks.registry());
 * try (HeldLock other = locks.holdElsewhere("report")) {
 *     // reports finds the lock taken, and it does not come free
 * }
 * }</pre>
 *
 * <p>Each registry that it makes stands for a process of its own: they exclude each other, also on one thread, which would re-enter
 * within one process. Two {@code InMemoryLocks} have nothing to do with each other. Safe for use by any number of threads.
 */
public interface InMemoryLocks {

    /**
     * The registry of the code under test.
     *
     * @return always the same, with the directories, options and listeners of the builder
     */
    LockRegistry registry();

    /**
     * The registry of one more process that shares the directories.
     *
     * @return a new one, with the directories and options of the builder, and without its listeners
     */
    LockRegistry otherProcess();

    /**
     * Plays another process that takes an exclusive lock and keeps it until the handle is closed.
     *
     * @param name as for {@link LockRegistry#lock(String)}
     * @return the other process's hold; may be closed by any thread
     * @throws IllegalStateException if the lock is not free
     */
    HeldLock holdElsewhere(String name);

    /**
     * Plays another process that takes a lock in the given mode and keeps it until the handle is closed.
     *
     * @param name as for {@link LockRegistry#lock(String)}
     * @param mode the mode; READ lets the code under test read, too
     * @return the other process's hold; may be closed by any thread
     * @throws IllegalStateException if the lock is not free
     */
    HeldLock holdElsewhere(String name, LockMode mode);

    /**
     * Plays another process that takes a lock of a named directory.
     *
     * @param directory as for {@link LockRegistry#directory(String)}
     * @param name as for {@link LockRegistry#lock(String)}
     * @param mode the mode
     * @return the other process's hold; may be closed by any thread
     * @throws IllegalArgumentException if there is no such directory
     * @throws IllegalStateException if the lock is not free
     */
    HeldLock holdElsewhere(String directory, String name, LockMode mode);
}
