package dev.filelock;

import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a lock is taken and kept. Immutable.
 *
 * <p>Timeout, poll interval, label, listeners and the times before a wait or a hold is logged belong to one acquisition. The other
 * options belong to the lock file: while it is held or waited for, every lock on it in this JVM must have the same.
 */
public final class LockOptions {
    /** The timeout that waits for ever. */
    public static final Duration FOREVER = Duration.ofMillis(-1);

    private static final Duration LONGEST_LEASE = Duration.ofDays(365);
    private static final Duration LONGEST_STALE_THRESHOLD = Duration.ofDays(365);
    private static final Duration SHORTEST_HEARTBEAT = Duration.ofMillis(1);

    private static final LockOptions DEFAULTS = builder().build();

    private final LockBackend backend;
    private final LockBackend readWriteBackend;
    private final Duration timeout;
    private final Duration pollInterval;
    private final Duration logWaitingAfter;
    private final Duration logHeldAfter;
    private final @Nullable Set<PosixFilePermission> filePermissions;
    private final boolean fallbackToSoft;
    private final NativeAccess nativeAccess;
    private final Duration leaseDuration;
    private final @Nullable Duration leaseHeartbeat;
    private final Duration generationHeartbeat;
    private final @Nullable Duration staleThreshold;
    private final @Nullable String label;
    private final List<LockListener> listeners;

    private LockOptions(Builder builder) {
        this.backend = builder.backend;
        this.readWriteBackend = builder.readWriteBackend;
        this.timeout = builder.timeout;
        this.pollInterval = builder.pollInterval;
        this.logWaitingAfter = builder.logWaitingAfter;
        this.logHeldAfter = builder.logHeldAfter;
        this.filePermissions = builder.filePermissions;
        this.fallbackToSoft = builder.fallbackToSoft;
        this.nativeAccess = builder.nativeAccess;
        this.leaseDuration = builder.leaseDuration;
        this.leaseHeartbeat = builder.leaseHeartbeat;
        this.generationHeartbeat = builder.generationHeartbeat;
        this.staleThreshold = builder.staleThreshold;
        this.label = builder.label;
        this.listeners = List.copyOf(builder.listeners);
    }

    /**
     * What a lock has when nothing is set.
     *
     * @return the defaults: wait for ever, poll every 50 ms, NATIVE and SQLITE
     */
    public static LockOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from these options.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder().from(this);
    }

    /**
     * The backend for a lock of the given mode.
     *
     * @param mode the lock's mode
     * @return {@link #backend()} for {@link LockMode#EXCLUSIVE}, {@link #readWriteBackend()} for the others
     */
    public LockBackend backendFor(LockMode mode) {
        return mode == LockMode.EXCLUSIVE ? backend : readWriteBackend;
    }

    /**
     * The backend of exclusive locks.
     *
     * @return {@link LockBackend#NATIVE} unless set
     */
    public LockBackend backend() {
        return backend;
    }

    /**
     * The backend of read-write locks.
     *
     * @return {@link LockBackend#SQLITE} unless set
     */
    public LockBackend readWriteBackend() {
        return readWriteBackend;
    }

    /**
     * How long an acquisition waits when it is not told.
     *
     * @return negative: for ever; zero: one attempt; positive: at most that long
     */
    public Duration timeout() {
        return timeout;
    }

    /**
     * The upper bound on the time between two attempts of a waiter, and so on how late it notices a release.
     *
     * @return greater than zero; 50 ms unless set
     */
    public Duration pollInterval() {
        return pollInterval;
    }

    /**
     * After how long a wait is logged first, with the holder's name. If it goes on it is logged again, each time after twice as
     * long, up to a minute.
     *
     * @return one second unless set; negative: never
     */
    public Duration logWaitingAfter() {
        return logWaitingAfter;
    }

    /**
     * After how long a hold is logged, with its owner's name. While it lasts it is logged again, each time after twice as long, up to
     * an hour.
     *
     * @return negative, which is never, unless set
     */
    public Duration logHeldAfter() {
        return logHeldAfter;
    }

    /**
     * The exact permissions of lock files.
     *
     * @return empty if the umask and access control lists decide, which is the default
     */
    public Optional<Set<PosixFilePermission>> filePermissions() {
        return Optional.ofNullable(filePermissions);
    }

    /**
     * Whether {@link LockBackend#NATIVE} becomes {@link LockBackend#SOFT} on a file system that has no kernel locks at all.
     *
     * @return true unless set
     */
    public boolean fallbackToSoft() {
        return fallbackToSoft;
    }

    /**
     * The kernel lock that {@link LockBackend#NATIVE} uses on Unix.
     *
     * @return {@link NativeAccess#REQUIRE} unless set
     */
    public NativeAccess nativeAccess() {
        return nativeAccess;
    }

    /**
     * How long a {@link LockBackend#LEASE} lasts without a refresh. All processes that lock one path must use the same.
     *
     * @return greater than {@link #leaseHeartbeat()}, at most 365 days; 30 seconds unless set
     */
    public Duration leaseDuration() {
        return leaseDuration;
    }

    /**
     * The time between two refreshes of a {@link LockBackend#LEASE}.
     *
     * @return at least a millisecond and less than {@link #leaseDuration()}; a third of that unless set
     */
    public Duration leaseHeartbeat() {
        return leaseHeartbeat != null ? leaseHeartbeat : leaseDuration.dividedBy(3);
    }

    /**
     * How often a holder under {@link LockBackend#GENERATION} gives a sign of life. Must be the same in all processes.
     *
     * @return at least 1 ms; 30 s unless set
     */
    public Duration generationHeartbeat() {
        return generationHeartbeat;
    }

    /**
     * How long a participant under {@link LockBackend#GENERATION} has to be seen without a sign of life before others take its
     * place. Must be the same in all processes.
     *
     * @return greater than {@link #generationHeartbeat()}; three times as long unless set
     */
    public Duration staleThreshold() {
        return staleThreshold == null ? generationHeartbeat.multipliedBy(3) : staleThreshold;
    }

    /**
     * What the lock is taken for.
     *
     * @return empty unless set
     */
    public Optional<String> label() {
        return Optional.ofNullable(label);
    }

    /**
     * Who is told of acquisitions, in the order in which they were added.
     *
     * @return an unmodifiable list
     */
    public List<LockListener> listeners() {
        return listeners;
    }

    /** Builds {@link LockOptions}. Not safe for use by several threads. */
    public static final class Builder {
        private LockBackend backend = LockBackend.NATIVE;
        private LockBackend readWriteBackend = LockBackend.SQLITE;
        private Duration timeout = FOREVER;
        private Duration pollInterval = Duration.ofMillis(50);
        private Duration logWaitingAfter = Duration.ofSeconds(1);
        private Duration logHeldAfter = FOREVER;
        private @Nullable Set<PosixFilePermission> filePermissions;
        private boolean fallbackToSoft = true;
        private NativeAccess nativeAccess = NativeAccess.REQUIRE;
        private Duration leaseDuration = Duration.ofSeconds(30);
        private @Nullable Duration leaseHeartbeat;
        private Duration generationHeartbeat = Duration.ofSeconds(30);
        private @Nullable Duration staleThreshold;
        private @Nullable String label;
        private final List<LockListener> listeners = new ArrayList<>();

        private Builder() {}

        /**
         * Takes all options from the given ones, in place of what was set before.
         *
         * @param options what to copy
         * @return this builder
         */
        public Builder from(LockOptions options) {
            backend = options.backend;
            readWriteBackend = options.readWriteBackend;
            timeout = options.timeout;
            pollInterval = options.pollInterval;
            logWaitingAfter = options.logWaitingAfter;
            logHeldAfter = options.logHeldAfter;
            filePermissions = options.filePermissions;
            fallbackToSoft = options.fallbackToSoft;
            nativeAccess = options.nativeAccess;
            leaseDuration = options.leaseDuration;
            leaseHeartbeat = options.leaseHeartbeat;
            generationHeartbeat = options.generationHeartbeat;
            staleThreshold = options.staleThreshold;
            label = options.label;
            listeners.clear();
            listeners.addAll(options.listeners);
            return this;
        }

        /**
         * Chooses the backend of exclusive locks.
         *
         * @param backend one that has {@link LockMode#EXCLUSIVE}
         * @return this builder
         * @throws IllegalArgumentException if it has not
         */
        public Builder backend(LockBackend backend) {
            requireModes(backend, LockMode.EXCLUSIVE);
            this.backend = backend;
            return this;
        }

        /**
         * Chooses the backend of read-write locks.
         *
         * @param backend one that has {@link LockMode#READ} and {@link LockMode#WRITE}
         * @return this builder
         * @throws IllegalArgumentException if it has not
         */
        public Builder readWriteBackend(LockBackend backend) {
            requireModes(backend, LockMode.READ, LockMode.WRITE);
            this.readWriteBackend = backend;
            return this;
        }

        /**
         * Sets how long an acquisition waits when it is not told.
         *
         * @param timeout negative: for ever; zero: one attempt; positive: at most that long
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            this.timeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Sets the upper bound on the time between two attempts of a waiter.
         *
         * @param interval greater than zero
         * @return this builder
         * @throws IllegalArgumentException if the interval is zero or negative
         */
        public Builder pollInterval(Duration interval) {
            if (interval.isNegative() || interval.isZero()) {
                throw new IllegalArgumentException(
                        "poll interval " + interval + " is not greater than zero; the default is 50 ms");
            }
            this.pollInterval = interval;
            return this;
        }

        /**
         * Sets after how long a wait is logged first, with the holder's name.
         *
         * @param after negative: never
         * @return this builder
         */
        public Builder logWaitingAfter(Duration after) {
            this.logWaitingAfter = Objects.requireNonNull(after, "after");
            return this;
        }

        /**
         * Sets after how long a hold is logged, so that one which was forgotten, or works longer than it should, is noticed.
         *
         * @param after negative: never
         * @return this builder
         */
        public Builder logHeldAfter(Duration after) {
            this.logHeldAfter = Objects.requireNonNull(after, "after");
            return this;
        }

        /**
         * Sets the exact permissions of lock files.
         *
         * @param permissions must let the owner read and write
         * @return this builder
         * @throws IllegalArgumentException if the owner could not read and write
         */
        public Builder filePermissions(Set<PosixFilePermission> permissions) {
            if (!permissions.contains(PosixFilePermission.OWNER_READ)
                    || !permissions.contains(PosixFilePermission.OWNER_WRITE)) {
                throw new IllegalArgumentException("file permissions " + permissions
                        + " must let the owner read and write, or nobody can lock the file");
            }
            this.filePermissions = Collections.unmodifiableSet(EnumSet.copyOf(permissions));
            return this;
        }

        /**
         * Says what happens on a file system that has no kernel locks at all.
         *
         * @param fallback true: use {@link LockBackend#SOFT} there, with one warning; false: fail
         * @return this builder
         */
        public Builder fallbackToSoft(boolean fallback) {
            this.fallbackToSoft = fallback;
            return this;
        }

        /**
         * Chooses the kernel lock that {@link LockBackend#NATIVE} uses on Unix.
         *
         * @param access which one
         * @return this builder
         */
        public Builder nativeAccess(NativeAccess access) {
            this.nativeAccess = Objects.requireNonNull(access, "access");
            return this;
        }

        /**
         * Sets how long a {@link LockBackend#LEASE} lasts without a refresh. All processes that lock one path must use the same.
         *
         * @param duration greater than the heartbeat, at most 365 days
         * @return this builder
         * @throws IllegalArgumentException if the duration is zero, negative or longer than that
         */
        public Builder leaseDuration(Duration duration) {
            if (duration.isNegative() || duration.isZero() || duration.compareTo(LONGEST_LEASE) > 0) {
                throw new IllegalArgumentException("lease duration " + duration
                        + " is not greater than zero and at most 365 days; the default is 30 seconds");
            }
            this.leaseDuration = duration;
            return this;
        }

        /**
         * Sets the time between two refreshes of a {@link LockBackend#LEASE}.
         *
         * @param heartbeat at least a millisecond, and less than the duration
         * @return this builder
         * @throws IllegalArgumentException if the heartbeat is shorter than a millisecond
         */
        public Builder leaseHeartbeat(Duration heartbeat) {
            if (heartbeat.compareTo(SHORTEST_HEARTBEAT) < 0) {
                throw new IllegalArgumentException("lease heartbeat " + heartbeat
                        + " is shorter than a millisecond; the default is a third of the duration");
            }
            this.leaseHeartbeat = heartbeat;
            return this;
        }

        /**
         * Sets how often a holder under {@link LockBackend#GENERATION} gives a sign of life.
         *
         * @param heartbeat at least a millisecond, and shorter than the stale threshold; the same in all processes
         * @return this builder
         * @throws IllegalArgumentException if the heartbeat is shorter than a millisecond, or longer than 365 days
         */
        public Builder generationHeartbeat(Duration heartbeat) {
            if (heartbeat.compareTo(SHORTEST_HEARTBEAT) < 0 || heartbeat.compareTo(LONGEST_STALE_THRESHOLD) > 0) {
                throw new IllegalArgumentException("generation heartbeat " + heartbeat
                        + " is not between a millisecond and 365 days; the default is 30 seconds");
            }
            this.generationHeartbeat = heartbeat;
            return this;
        }

        /**
         * Sets how long a participant under {@link LockBackend#GENERATION} has to be seen without a sign of life before others
         * take its place. Shorter recovers sooner from a crash; longer bears longer pauses of a process that still works.
         *
         * @param threshold longer than the heartbeat, at most 365 days, the same in all processes; unless set, three times the
         *     heartbeat
         * @return this builder
         * @throws IllegalArgumentException if the threshold is zero, negative or longer than that
         */
        public Builder staleThreshold(Duration threshold) {
            if (threshold.isNegative() || threshold.isZero() || threshold.compareTo(LONGEST_STALE_THRESHOLD) > 0) {
                throw new IllegalArgumentException("stale threshold " + threshold
                        + " is not greater than zero and at most 365 days; the default is three times the heartbeat");
            }
            this.staleThreshold = threshold;
            return this;
        }

        /**
         * Names what the lock is taken for.
         *
         * @param label a name of low cardinality, or null for none
         * @return this builder
         */
        public Builder label(@Nullable String label) {
            this.label = label;
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener who is to be told of acquisitions
         * @return this builder
         */
        public Builder listener(LockListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Drops the listeners that were added before.
         *
         * @return this builder
         */
        public Builder withoutListeners() {
            listeners.clear();
            return this;
        }

        /**
         * Builds the options.
         *
         * @return an immutable copy of what was set
         * @throws IllegalArgumentException if a heartbeat is not shorter than the time after which its lease or its holder is
         *     given up
         */
        public LockOptions build() {
            LockOptions options = new LockOptions(this);
            requireShorter(options.leaseHeartbeat(), leaseDuration);
            requireFitting(options.generationHeartbeat(), options.staleThreshold());
            return options;
        }

        private static void requireShorter(Duration heartbeat, Duration leaseDuration) {
            if (heartbeat.compareTo(leaseDuration) >= 0 || heartbeat.compareTo(SHORTEST_HEARTBEAT) < 0) {
                throw new IllegalArgumentException(
                        "lease heartbeat " + heartbeat + " is not less than the lease duration " + leaseDuration
                                + " and at least a millisecond; leave it unset for a third of the duration");
            }
        }

        private static void requireFitting(Duration heartbeat, Duration threshold) {
            if (threshold.compareTo(heartbeat) <= 0) {
                throw new IllegalArgumentException("stale threshold " + threshold
                        + " is not longer than the generation heartbeat " + heartbeat
                        + ", so holders would be taken for dead between two signs of life; leave it unset for three times the"
                        + " heartbeat");
            }
        }

        private static void requireModes(LockBackend backend, LockMode... modes) {
            for (LockMode mode : modes) {
                if (!backend.supports(mode)) {
                    throw new IllegalArgumentException("backend " + backend + " has no mode " + mode + ", only "
                            + backend.modes() + "; the default for " + mode + " is " + LockBackend.defaultFor(mode));
                }
            }
        }
    }
}
