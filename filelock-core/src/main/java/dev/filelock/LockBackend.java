package dev.filelock;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The on-disk protocol by which a lock excludes other processes.
 *
 * <p>Only locks of the same backend exclude each other. One file belongs to one backend: locking it through two at once
 * is refused with an error that names both.
 */
public enum LockBackend {
    /**
     * The kernel's own lock: {@code flock(2)} on Linux and macOS, a one-byte {@code LockFileEx} range on Windows.
     *
     * <p>Excludes Python's {@code filelock.FileLock} and {@code flock(1)} on the same path. The kernel drops it when its
     * holder dies, however it dies. The file stays, empty, after release. For file systems of one host.
     */
    NATIVE(".lock", LockMode.EXCLUSIVE),

    /**
     * A marker file that exists exactly as long as the lock is held; it names its holder's process and host.
     *
     * <p>Excludes Python's {@code filelock.SoftFileLock}. For file systems without kernel locks. A marker left by a crash
     * is reclaimed once its process is proven dead on this host, else it blocks until somebody removes it.
     */
    SOFT(".lock", LockMode.EXCLUSIVE),

    /**
     * As {@link #SOFT}, with a marker that says which contract its owner keeps.
     *
     * <p>Excludes Python's {@code filelock.MarkerSoftFileLock}. It also waits for the owners of {@link #SOFT} and {@link #LEASE}
     * markers and reclaims theirs on proof of death, but they do not do the same for it: Python's {@code SoftFileLock} takes its
     * locks away after two seconds. So one path needs one backend all the same.
     */
    MARKER(".lock", LockMode.EXCLUSIVE),

    /**
     * A marker that is a lock only as long as its holder refreshes it: one that has not been refreshed for
     * {@link LockOptions#leaseDuration()} is taken over, whether its holder is dead or only stands still.
     *
     * <p>Excludes Python's {@code filelock.SoftFileLease}. <b>Two holders are possible:</b> a holder that was paused (a garbage
     * collection, a suspended machine, a hung file system) goes on working for a moment after somebody else has taken over. It is
     * told, by {@link HeldLock#lost()} and {@link HeldLock#ensureValid()}, but what it has done by then is done. Use it only for
     * work that may be done twice, and check {@code ensureValid()} before each step that counts. All who lock one path must use
     * the same duration, and the clocks of all hosts must agree with that of the file system to a small part of it.
     */
    LEASE(".lock", LockMode.EXCLUSIVE),

    /**
     * A directory of claims beside the lock file, for file systems that several hosts share; it never lets two in, and never
     * takes a lock from anybody.
     *
     * <p>Excludes Python's {@code filelock.StrictSoftFileLock}. No clock and no process id decides anything, so it needs only that
     * the file system has hard links and lists at once what was linked. The price: a holder that crashes, or whose host does,
     * keeps everybody out until an operator removes each of its claims; see {@link FileLock#claims()} and
     * {@link FileLock#forceBreak}. The lock file and the directory {@code <lock file>.filelock} stay for ever.
     */
    STRICT(".lock", LockMode.EXCLUSIVE),

    /**
     * A read-write lock on an empty SQLite database file.
     *
     * <p>Excludes Python's {@code filelock.ReadWriteLock}. The kernel drops it when its holder dies. A waiting writer keeps
     * new readers of other processes out. The file name must end in {@code .db}. For local file systems only.
     */
    SQLITE(".db", LockMode.READ, LockMode.WRITE),

    /**
     * A read-write lock for file systems that several hosts share: a log of who is inside, in the directory {@code <lock>.rw}.
     *
     * <p>Excludes Python's {@code filelock.SoftReadWriteLock} of release 4. Needs hard links and coherent reads, no kernel lock.
     * A waiting writer keeps new readers out. Holders give signs of life; whoever is seen without one for the
     * {@linkplain LockOptions#staleThreshold() stale threshold} loses the lock to others, even if it still runs, and is told
     * through {@link HeldLock#lost()}. Its {@linkplain HeldLock#fencingToken() fencing token} grows with every grant, so that a
     * resource which remembers the highest one can refuse a holder that was overtaken. The files are always private to their user
     * (0700 and 0600).
     */
    GENERATION(".lock", LockMode.READ, LockMode.WRITE);

    private final String suffix;
    private final Set<LockMode> modes;

    LockBackend(String suffix, LockMode first, LockMode... rest) {
        this.suffix = suffix;
        this.modes = Collections.unmodifiableSet(EnumSet.of(first, rest));
    }

    /**
     * The modes in which this backend can hold a lock.
     *
     * @return an unmodifiable set, never empty
     */
    public Set<LockMode> modes() {
        return modes;
    }

    /**
     * Tells whether this backend can hold a lock in the given mode.
     *
     * @param mode the mode asked for
     * @return true if {@link #modes()} has it
     */
    public boolean supports(LockMode mode) {
        return modes.contains(mode);
    }

    /**
     * The ending a registry gives to the names of this backend's lock files.
     *
     * @return {@code .db} for {@link #SQLITE}, {@code .lock} for every other; {@link #GENERATION} puts {@code .rw} behind it
     */
    public String suffix() {
        return suffix;
    }

    /**
     * The backend a lock of the given mode has when nobody chose one.
     *
     * @param mode the mode asked for
     * @return {@link #NATIVE} for {@link LockMode#EXCLUSIVE}, {@link #SQLITE} for the others
     */
    public static LockBackend defaultFor(LockMode mode) {
        return mode == LockMode.EXCLUSIVE ? NATIVE : SQLITE;
    }
}
