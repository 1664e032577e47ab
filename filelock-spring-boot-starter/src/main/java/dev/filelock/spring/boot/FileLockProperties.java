package dev.filelock.spring.boot;

import dev.filelock.LockBackend;
import dev.filelock.LockOptions;
import dev.filelock.NativeAccess;
import dev.filelock.spring.LockDuration;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code filelock}.
 *
 * @param enabled whether there are file locks at all; if not, no bean of the starter exists
 * @param annotations methods annotated with @FileLocked
 * @param misuse what happens if an annotation is found that can't work
 * @param directory the directory of the lock files, created on first use; unless set, a private one of this user in the temporary
 *     directory
 * @param timeout how long an acquisition waits when it is not told: a duration, -1 for ever, or 0 for a single attempt
 * @param pollInterval the longest time between two attempts of a waiter
 * @param backend the on-disk protocol of exclusive locks
 * @param readWriteBackend the on-disk protocol of read-write locks
 * @param fallbackToSoft whether the backend native becomes soft on a file system that has no kernel locks; if not, it fails there
 * @param filePermissions the exact permissions of lock files, such as rw-rw---- or 0660; unless set, the umask decides
 * @param nativeAccess the kernel lock of the backend native on Unix: flock(2), or a range lock which then all processes must use
 * @param logWaitingAfter after how long a wait is logged, and then less and less often; -1 for never
 * @param logHeldAfter after how long a hold is logged, and then less and less often; -1 for never
 * @param lease locks of the backend lease
 * @param generation locks of the backend generation
 * @param transactions locks that are kept until a transaction has completed
 * @param observations calls of locked methods as observations, and so as spans of traces
 * @param shutdown what happens to locks when the application shuts down
 * @param directories further directories by name, each with defaults of its own
 */
@ConfigurationProperties("filelock")
public record FileLockProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Annotations annotations,
        @DefaultValue("fail") Misuse misuse,
        @Nullable String directory,
        @DefaultValue("1m") LockDuration timeout,
        @DefaultValue("50ms") LockDuration pollInterval,
        @DefaultValue("native") LockBackend backend,
        @DefaultValue("sqlite") LockBackend readWriteBackend,
        @DefaultValue("true") boolean fallbackToSoft,
        @Nullable String filePermissions,
        @DefaultValue("require") NativeAccess nativeAccess,
        @DefaultValue("1s") LockDuration logWaitingAfter,
        @DefaultValue("-1") LockDuration logHeldAfter,
        @DefaultValue Lease lease,
        @DefaultValue Generation generation,
        @DefaultValue Transactions transactions,
        @DefaultValue Observations observations,
        @DefaultValue Shutdown shutdown,
        @DefaultValue Map<String, Directory> directories) {

    private static final String PREFIX = "filelock.";

    /** What happens if an annotation is found that can't work. */
    public enum Misuse {
        /** The application does not start. */
        FAIL,

        /** It starts, and says in the log what does not work. */
        WARN
    }

    /**
     * Methods annotated with @FileLocked.
     *
     * @param enabled whether they are locked
     * @param order the order of the advice among others; must be lower than that of transactions
     */
    public record Annotations(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("2147483547") int order) {}

    /**
     * Locks of the backend lease.
     *
     * @param duration how long a lease lasts without a refresh; all processes that lock one path must use the same
     * @param heartbeat the time between two refreshes, less than the duration; unless set, a third of it
     */
    public record Lease(
            @DefaultValue("30s") LockDuration duration,
            @Nullable LockDuration heartbeat) {}

    /**
     * Locks of the backend lease in a named directory.
     *
     * @param duration how long a lease lasts without a refresh
     * @param heartbeat the time between two refreshes
     */
    public record DirectoryLease(
            @Nullable LockDuration duration, @Nullable LockDuration heartbeat) {}

    /**
     * Locks that are kept until a transaction has completed.
     *
     * @param maxWait how long a thread that keeps such a lock waits for another, where it would wait for ever
     */
    public record Transactions(@DefaultValue("30s") LockDuration maxWait) {}

    /**
     * Calls of locked methods as observations, and so as spans of traces.
     *
     * @param enabled whether they are observed
     */
    public record Observations(@DefaultValue("false") boolean enabled) {}

    /**
     * What happens to locks when the application shuts down.
     *
     * @param timeout how long the end of the application waits for locks that are held; 0 for not at all
     */
    public record Shutdown(@DefaultValue("10s") LockDuration timeout) {}

    /**
     * Locks of the backend generation.
     *
     * @param heartbeat how often a holder gives a sign of life; all processes that lock one path must use the same
     * @param staleThreshold how long a holder is without a sign of life before others take the lock, longer than the heartbeat; unless
     *     set, three times as long; all processes that lock one path must use the same
     */
    public record Generation(
            @DefaultValue("30s") LockDuration heartbeat,
            @Nullable LockDuration staleThreshold) {}

    /**
     * Locks of the backend generation in a named directory.
     *
     * @param heartbeat how often a holder gives a sign of life
     * @param staleThreshold how long a holder is without a sign of life before others take the lock
     */
    public record DirectoryGeneration(
            @Nullable LockDuration heartbeat, @Nullable LockDuration staleThreshold) {}

    /**
     * A named directory. What is not set is as in the default directory.
     *
     * @param path the directory of the lock files, created on first use; required
     * @param timeout how long an acquisition waits when it is not told: a duration, -1 for ever, or 0 for a single attempt
     * @param pollInterval the longest time between two attempts of a waiter
     * @param backend the on-disk protocol of exclusive locks
     * @param readWriteBackend the on-disk protocol of read-write locks
     * @param fallbackToSoft whether the backend native becomes soft on a file system that has no kernel locks
     * @param filePermissions the exact permissions of lock files, such as rw-rw---- or 0660
     * @param nativeAccess the kernel lock of the backend native on Unix
     * @param logWaitingAfter after how long a wait is logged, and then less and less often; -1 for never
     * @param logHeldAfter after how long a hold is logged, and then less and less often; -1 for never
     * @param lease locks of the backend lease
     * @param generation locks of the backend generation
     */
    public record Directory(
            @Nullable String path,
            @Nullable LockDuration timeout,
            @Nullable LockDuration pollInterval,
            @Nullable LockBackend backend,
            @Nullable LockBackend readWriteBackend,
            @Nullable Boolean fallbackToSoft,
            @Nullable String filePermissions,
            @Nullable NativeAccess nativeAccess,
            @Nullable LockDuration logWaitingAfter,
            @Nullable LockDuration logHeldAfter,
            @Nullable DirectoryLease lease,
            @Nullable DirectoryGeneration generation) {}

    /** The default directory, or null if none was chosen. */
    @Nullable Path directoryPath() {
        return directory == null ? null : path("directory", directory);
    }

    /** The path of a named directory. */
    Path directoryPath(String name) {
        Directory named = directories.get(name);
        String property = "directories." + name + ".path";
        if (named == null || named.path() == null) {
            throw invalid(property, null, "a named lock directory needs a path");
        }
        return path(property, named.path());
    }

    /** What locks of the default directory are built with. */
    LockOptions options() {
        LockOptions.Builder options = LockOptions.builder();
        set("timeout", timeout, value -> options.timeout(value.value()));
        set("poll-interval", pollInterval, value -> options.pollInterval(value.value()));
        set("backend", backend, options::backend);
        set("read-write-backend", readWriteBackend, options::readWriteBackend);
        options.fallbackToSoft(fallbackToSoft);
        set("file-permissions", filePermissions, value -> options.filePermissions(permissions(value)));
        options.nativeAccess(nativeAccess);
        options.logWaitingAfter(logWaitingAfter.value());
        options.logHeldAfter(logHeldAfter.value());
        setLease("lease.", lease.duration(), lease.heartbeat(), options);
        setGeneration("generation.", generation.heartbeat(), generation.staleThreshold(), options);
        return options.build();
    }

    /** What locks of a named directory are built with. */
    LockOptions options(String name) {
        Directory own = directories.get(name);
        LockOptions.Builder options = options().toBuilder();
        if (own != null) {
            String prefix = "directories." + name + ".";
            set(prefix + "timeout", own.timeout(), value -> options.timeout(value.value()));
            set(prefix + "poll-interval", own.pollInterval(), value -> options.pollInterval(value.value()));
            set(prefix + "backend", own.backend(), options::backend);
            set(prefix + "read-write-backend", own.readWriteBackend(), options::readWriteBackend);
            set(prefix + "fallback-to-soft", own.fallbackToSoft(), options::fallbackToSoft);
            set(
                    prefix + "file-permissions",
                    own.filePermissions(),
                    value -> options.filePermissions(permissions(value)));
            set(prefix + "native-access", own.nativeAccess(), options::nativeAccess);
            set(prefix + "log-waiting-after", own.logWaitingAfter(), value -> options.logWaitingAfter(value.value()));
            set(prefix + "log-held-after", own.logHeldAfter(), value -> options.logHeldAfter(value.value()));
            if (own.lease() != null) {
                setLease(prefix + "lease.", own.lease().duration(), own.lease().heartbeat(), options);
            }
            if (own.generation() != null) {
                setGeneration(
                        prefix + "generation.",
                        own.generation().heartbeat(),
                        own.generation().staleThreshold(),
                        options);
            }
        }
        return options.build();
    }

    /** Duration and heartbeat have to fit together, which only the finished options tell. */
    private static void setLease(
            String prefix,
            @Nullable LockDuration duration,
            @Nullable LockDuration heartbeat,
            LockOptions.Builder options) {
        set(prefix + "duration", duration, value -> options.leaseDuration(value.value()));
        set(prefix + "heartbeat", heartbeat, value -> options.leaseHeartbeat(value.value()));
        if (heartbeat != null) {
            set(prefix + "heartbeat", heartbeat, value -> options.build());
        } else {
            set(prefix + "duration", duration, value -> options.build());
        }
    }

    /** As {@link #setLease}. */
    private static void setGeneration(
            String prefix,
            @Nullable LockDuration heartbeat,
            @Nullable LockDuration staleThreshold,
            LockOptions.Builder options) {
        set(prefix + "heartbeat", heartbeat, value -> options.generationHeartbeat(value.value()));
        set(prefix + "stale-threshold", staleThreshold, value -> options.staleThreshold(value.value()));
        if (staleThreshold != null) {
            set(prefix + "stale-threshold", staleThreshold, value -> options.build());
        } else {
            set(prefix + "heartbeat", heartbeat, value -> options.build());
        }
    }

    private interface Setter<T> {
        void set(T value);
    }

    private static <T> void set(String property, @Nullable T value, Setter<T> setter) {
        if (value != null) {
            try {
                setter.set(value);
            } catch (IllegalArgumentException e) {
                throw invalid(property, value, String.valueOf(e.getMessage()));
            }
        }
    }

    private static Path path(String property, String value) {
        if (value.isBlank()) {
            throw invalid(property, value, "it is blank; name a directory, or leave the property out");
        }
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw invalid(property, value, e.getMessage() + "; name a directory");
        }
    }

    /** Nine letters as {@code ls} shows them, or the octal number that {@code chmod} takes. */
    private static Set<PosixFilePermission> permissions(String text) {
        if (text.matches("0[0-7]{3}|[67][0-7]{2}")) {
            int bits = Integer.parseInt(text, 8);
            Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
            for (PosixFilePermission permission : PosixFilePermission.values()) {
                if ((bits & 0400 >> permission.ordinal()) != 0) {
                    permissions.add(permission);
                }
            }
            return permissions;
        }
        try {
            return PosixFilePermissions.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "these are no permissions; write rw-rw----, or \"0660\" in quotes, since YAML reads 0660 as the number 432",
                    e);
        }
    }

    private static InvalidFileLockPropertyException invalid(String property, @Nullable Object value, String reason) {
        return new InvalidFileLockPropertyException(PREFIX + property, value, reason);
    }

    /** From when on a wait in a directory is long: when it is logged. */
    Duration longWait(@Nullable String directory) {
        Directory own = directory == null ? null : directories.get(directory);
        LockDuration after = own == null || own.logWaitingAfter() == null ? logWaitingAfter : own.logWaitingAfter();
        return after.value();
    }

    /** How long the end of the application waits for locks that are held. */
    Duration shutdownTimeout() {
        Duration wait = shutdown.timeout().value();
        if (wait.isNegative()) {
            throw invalid(
                    "shutdown.timeout",
                    wait,
                    "an application that waits for ever does not end; write 0, or a time such as 10s");
        }
        return wait;
    }

    /** Refuses at startup what only a lock would notice. */
    void check() {
        options();
        directoryPath();
        directories.keySet().forEach(name -> {
            directoryPath(name);
            options(name);
        });
    }
}
