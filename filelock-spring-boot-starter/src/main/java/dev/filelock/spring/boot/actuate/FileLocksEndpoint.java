package dev.filelock.spring.boot.actuate;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.NativeAccessException;
import dev.filelock.os.Processes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Shows the locks that this application holds and waits for.
 *
 * <p>{@code GET /actuator/filelocks} gives all, {@code GET /actuator/filelocks/{id}} one lock file, or 404 if it is neither held nor
 * waited for. The answers come from memory and from what the system tells about other processes: no lock file is opened, since
 * closing it could drop a lock. Fields that are not known are null.
 */
@Endpoint(id = "filelocks", defaultAccess = Access.READ_ONLY)
public final class FileLocksEndpoint {
    private static final Logger log = LoggerFactory.getLogger(FileLocksEndpoint.class);

    private final List<LockRegistry> registries;

    /**
     * Makes an endpoint.
     *
     * @param registries whose locks it shows, named directories included
     */
    public FileLocksEndpoint(List<LockRegistry> registries) {
        this.registries = List.copyOf(registries);
    }

    /**
     * All locks.
     *
     * @return what is held and what is waited for
     */
    @ReadOperation
    public Locks locks() {
        return new Locks(
                registries.stream()
                        .flatMap(each -> each.heldLocks().stream())
                        .map(FileLocksEndpoint::held)
                        .toList(),
                registries.stream()
                        .flatMap(each -> each.waitingLocks().stream())
                        .map(FileLocksEndpoint::waiting)
                        .toList());
    }

    /**
     * One lock.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of its path
     * @return null, which the web shows as 404, if it is neither held nor waited for
     */
    @ReadOperation
    public @Nullable Locks lock(@Selector String id) {
        Locks all = locks();
        Locks one = new Locks(
                all.held().stream().filter(each -> each.id().equals(id)).toList(),
                all.waiting().stream().filter(each -> each.id().equals(id)).toList());
        return one.held().isEmpty() && one.waiting().isEmpty() ? null : one;
    }

    private static Held held(HeldLockInfo info) {
        return new Held(
                id(info.path()),
                info.label(),
                info.directory(),
                info.path().toString(),
                info.mode(),
                info.backend(),
                info.fellBack(),
                owner(info.thread()),
                info.since(),
                info.holdCount(),
                info.fencingToken().isPresent() ? info.fencingToken().getAsLong() : null);
    }

    private static Waiting waiting(WaitingLockInfo info) {
        return new Waiting(
                id(info.path()),
                info.label(),
                info.directory(),
                info.path().toString(),
                info.mode(),
                info.backend(),
                owner(info.thread()),
                info.since(),
                info.blockedBy());
    }

    /** The host by its kernel's name, as lock records have it: asking for its address could wait for a name server. */
    private static Owner owner(@Nullable String thread) {
        Processes processes = Processes.system();
        return new Owner(thread, processes.pid(), host(processes));
    }

    private static @Nullable String host(Processes processes) {
        try {
            return processes.hostField();
        } catch (NativeAccessException e) {
            log.debug(
                    "the host's name is not known", e); // range locks work without native calls, so must their endpoint
            return null;
        }
    }

    static String id(Path path) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(path.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * What is held and what is waited for.
     *
     * @param held the holds of this application
     * @param waiting its waiters, in the order of their queues
     */
    public record Locks(List<Held> held, List<Waiting> waiting) {}

    /**
     * A thread of this application.
     *
     * @param thread its name
     * @param pid this process
     * @param host this host; null if this JVM makes no native calls
     */
    public record Owner(
            @Nullable String thread, long pid, @Nullable String host) {}

    /**
     * A hold.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of the path
     * @param label what the lock was taken for
     * @param directory the name of the named directory, null for the default one
     * @param path the lock file
     * @param mode the mode
     * @param backend the protocol in use
     * @param fellBack whether it is a substitute for the one that was asked for
     * @param owner who holds it
     * @param since since when
     * @param holdCount the levels not yet given back
     * @param fencingToken the fencing token
     */
    public record Held(
            String id,
            @Nullable String label,
            @Nullable String directory,
            String path,
            LockMode mode,
            LockBackend backend,
            boolean fellBack,
            Owner owner,
            Instant since,
            int holdCount,
            @Nullable Long fencingToken) {}

    /**
     * A waiter.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of the path
     * @param label what the lock is wanted for
     * @param directory the name of the named directory, null for the default one
     * @param path the lock file
     * @param mode the mode it asks for
     * @param backend the protocol in use
     * @param owner who waits
     * @param since since when
     * @param blockedBy who has the lock, as far as it is known
     */
    public record Waiting(
            String id,
            @Nullable String label,
            @Nullable String directory,
            String path,
            LockMode mode,
            LockBackend backend,
            Owner owner,
            Instant since,
            List<LockHolder> blockedBy) {}
}
