package dev.filelock.spring.boot.actuate;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.WaitingLockInfo;
import dev.filelock.os.NativeAccessException;
import dev.filelock.os.Processes;
import dev.filelock.spring.boot.FileLockShutdown.State;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Shows the locks that this application holds and waits for, and what crashes left in its lock directories.
 *
 * <p>{@code GET /actuator/filelocks} gives all, {@code GET /actuator/filelocks/{id}} one lock file, or 404 if it is neither held nor
 * waited for and has no leftovers. {@code DELETE /actuator/filelocks/{id}?claim=TOKEN} removes a record that a crash left behind,
 * where access to the endpoint is unrestricted. The answers come from memory and from what the system tells about other processes; of
 * files, only markers and claims are read, since closing another lock file could drop a lock. Fields that are not known are null.
 */
@Endpoint(id = "filelocks", defaultAccess = Access.READ_ONLY)
public final class FileLocksEndpoint {
    private static final Logger log = LoggerFactory.getLogger(FileLocksEndpoint.class);

    /** As many leftovers as somebody may want to read, in the time that somebody may want to wait for a list. */
    private static final int MOST_LEFTOVERS = 100;

    private static final Duration LIMIT_OF_LIST = Duration.ofSeconds(1);

    /** To find one lock among very many takes longer on a share, and whoever asks for it has a reason. */
    private static final Duration LIMIT_OF_ONE = Duration.ofSeconds(10);

    private final List<LockRegistry> registries;
    private final Supplier<State> state;
    private final Show showValues;
    private final LeftoverLook leftovers;

    /**
     * Makes an endpoint.
     *
     * @param registries whose locks it shows, named directories included
     * @param state how far the application's end has come
     * @param showValues whether other processes are shown with their full command lines
     */
    public FileLocksEndpoint(List<LockRegistry> registries, Supplier<State> state, Show showValues) {
        this.registries = List.copyOf(registries);
        this.state = state;
        this.showValues = showValues;
        this.leftovers = new LeftoverLook(this.registries);
    }

    /**
     * All locks.
     *
     * @return what is held, what is waited for, and what crashes left
     */
    @ReadOperation
    public Locks locks() {
        return locks(showValues.isShown(true));
    }

    Locks locks(boolean commandLines) {
        LeftoverLook.Found found = leftovers.look(path -> true, MOST_LEFTOVERS, LIMIT_OF_LIST);
        return new Locks(
                state.get(),
                held().map(FileLocksEndpoint::held).toList(),
                waiting().map(info -> waiting(info, commandLines)).toList(),
                found.places().stream().map(FileLocksEndpoint::leftover).toList(),
                found.cut());
    }

    /**
     * One lock, with the records on disk by which processes have it, where its backend keeps such.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of its path
     * @return null, which the web shows as 404, if it is neither held nor waited for and has no leftovers
     */
    @ReadOperation
    public @Nullable Lock lock(@Selector String id) {
        return lock(id, showValues.isShown(true));
    }

    @Nullable Lock lock(String id, boolean commandLines) {
        List<Held> held = held().map(FileLocksEndpoint::held)
                .filter(each -> each.id().equals(id))
                .toList();
        List<Waiting> waiting = waiting()
                .filter(info -> id(info.path()).equals(id))
                .map(info -> waiting(info, commandLines))
                .toList();
        Records records = records(id);
        return held.isEmpty() && waiting.isEmpty() && records.byClaim().isEmpty() && records.cut() == null
                ? null
                : new Lock(
                        state.get(),
                        held,
                        waiting,
                        records.byClaim().keySet().stream()
                                .map(FileLocksEndpoint::claim)
                                .toList(),
                        records.cut());
    }

    /**
     * The records of one lock file.
     *
     * @param byClaim each with the lock that can remove it
     * @param cut why there may be more, in words; null if these are all
     */
    private record Records(
            Map<LockClaim, FileLock> byClaim, @Nullable String cut) {}

    /** All that it has if it is in use here; else what crashes left. */
    private Records records(String id) {
        Map<LockClaim, FileLock> byClaim = new LinkedHashMap<>();
        FileLock inUse = inUse(id);
        if (inUse != null) {
            inUse.claims().forEach(claim -> byClaim.put(claim, inUse));
            return new Records(byClaim, null);
        }
        LeftoverLook.Found found = leftovers.look(path -> id(path).equals(id), MOST_LEFTOVERS, LIMIT_OF_ONE);
        for (LeftoverLook.Place place : found.places()) {
            place.lock()
                    .claims()
                    .forEach(claim -> byClaim.put(claim, place.lock().lock()));
        }
        return new Records(byClaim, found.cut());
    }

    /**
     * Removes a record that a crash left behind, and no other: never one whose process is known to live. It lets other processes
     * have the lock, so whoever asks must be sure that the record's process has ended.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of the lock's path
     * @param claim the {@code token} of the record
     * @return whether it was removed, and if not, why
     */
    @DeleteOperation
    public Removal remove(@Selector String id, String claim) {
        Records records = records(id);
        Optional<LockClaim> found = records.byClaim().keySet().stream()
                .filter(each -> each.id().equals(claim))
                .findFirst();
        if (found.isEmpty()) {
            return new Removal(
                    Removal.Outcome.NOT_FOUND,
                    "no lock of the id " + id + " has such a record; ask again for those it has"
                            + (records.cut() == null ? "" : " (" + records.cut() + ")"));
        }
        String record = found.get().describe(Instant.now());
        FileLock lock = Objects.requireNonNull(records.byClaim().get(found.get()));
        try {
            if (!lock.forceBreak(found.get())) {
                return new Removal(Removal.Outcome.NOT_FOUND, record + " was gone already");
            }
        } catch (FileLockException e) {
            return new Removal(Removal.Outcome.REFUSED, String.valueOf(e.getMessage()));
        }
        log.warn("{} was removed by hand, through the endpoint", record);
        return new Removal(Removal.Outcome.REMOVED, record + " was removed");
    }

    private Stream<HeldLockInfo> held() {
        return registries.stream().flatMap(each -> each.heldLocks().stream());
    }

    private Stream<WaitingLockInfo> waiting() {
        return registries.stream().flatMap(each -> each.waitingLocks().stream());
    }

    /** A lock on the file of that id, by which nothing is acquired; null if the file is neither held nor waited for. */
    private @Nullable FileLock inUse(String id) {
        return Stream.concat(
                        waiting()
                                .filter(info -> id(info.path()).equals(id))
                                .map(info -> lock(info.path(), info.mode(), info.backend())),
                        held().filter(info -> id(info.path()).equals(id))
                                .map(info -> lock(info.path(), info.mode(), info.backend())))
                .findFirst()
                .orElse(null);
    }

    private static FileLock lock(Path path, LockMode mode, LockBackend backend) {
        return mode == LockMode.EXCLUSIVE
                ? FileLock.builder(path).backend(backend).build()
                : ReadWriteFileLock.builder(path).backend(backend).build().writeLock();
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

    private static Waiting waiting(WaitingLockInfo info, boolean commandLines) {
        return new Waiting(
                id(info.path()),
                info.label(),
                info.directory(),
                info.path().toString(),
                info.mode(),
                info.backend(),
                owner(info.thread()),
                info.since(),
                info.position(),
                info.blockedBy().stream()
                        .map(holder -> blocker(holder, commandLines))
                        .toList());
    }

    private static Leftover leftover(LeftoverLook.Place place) {
        FileLock lock = place.lock().lock();
        return new Leftover(
                id(lock.path()),
                place.directory(),
                lock.path().toString(),
                lock.options().backendFor(lock.mode()),
                place.lock().claims().stream().map(FileLocksEndpoint::claim).toList());
    }

    private static Blocker blocker(LockHolder holder, boolean commandLines) {
        return new Blocker(
                holder.pid(),
                holder.host(),
                holder.process(),
                holder.user(),
                commandLines ? commandLine(holder) : null,
                holder.thread(),
                holder.since(),
                holder.remark());
    }

    /** Of a process of this host only: on another, the same number is another process. */
    private static @Nullable String commandLine(LockHolder holder) {
        if (holder.pid() == null || holder.host() != null) {
            return null;
        }
        return ProcessHandle.of(holder.pid())
                .flatMap(process -> process.info().commandLine())
                .orElse(null);
    }

    private static Claim claim(LockClaim claim) {
        return new Claim(
                claim.id(), claim.file().toString(), claim.kind(), blocker(claim.owner(), false), claim.liveness());
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
     * What is held, what is waited for, and what crashes left.
     *
     * @param state how far the application's end has come
     * @param held the holds of this application
     * @param waiting its waiters, in the order of their queues
     * @param leftovers locks in its directories with records whose owners are not known to live
     * @param cut why there may be more leftovers, in words; null if these are all
     */
    public record Locks(
            State state,
            List<Held> held,
            List<Waiting> waiting,
            List<Leftover> leftovers,
            @Nullable String cut) {}

    /**
     * One lock.
     *
     * @param state how far the application's end has come
     * @param held the holds of this application
     * @param waiting its waiters, in the order of their queues
     * @param claims the records on disk: of this process and others if it is in use here, else those of owners that are not known
     *     to live
     * @param cut why there may be more records, in words; null if these are all
     */
    public record Lock(
            State state,
            List<Held> held,
            List<Waiting> waiting,
            List<Claim> claims,
            @Nullable String cut) {}

    /**
     * A lock with records whose owners are not known to live.
     *
     * @param id the first 16 hexadecimal digits of the SHA-256 of the path
     * @param directory the name of the named directory, null for the default one
     * @param path the lock file
     * @param backend the protocol that the records belong to
     * @param claims those records
     */
    public record Leftover(
            String id, @Nullable String directory, String path, LockBackend backend, List<Claim> claims) {}

    /**
     * A record on disk by which a process has the lock, or is about to take it.
     *
     * @param token what to give to the delete operation; it means this record and no later one
     * @param file where it is
     * @param kind what it is
     * @param owner who wrote it
     * @param liveness whether that process still lives
     */
    public record Claim(String token, String file, LockClaim.Kind kind, Blocker owner, LockClaim.Liveness liveness) {}

    /**
     * What came of the removal of a record.
     *
     * @param outcome whether it was removed
     * @param message why, in words
     */
    public record Removal(Outcome outcome, String message) {
        /** Whether it was removed. */
        public enum Outcome {
            /** It is gone, and others can have the lock. */
            REMOVED,
            /** There is no such lock, or no such record of it. */
            NOT_FOUND,
            /** Its process lives, or the file system refused. */
            REFUSED
        }
    }

    /**
     * Who has a lock, as far as it is known.
     *
     * @param pid the process
     * @param host its host, as its record names it; null: this one
     * @param process its executable and script
     * @param user as whom it runs, or whose its record is
     * @param commandLine its full command line, where that is to be shown
     * @param thread the thread, where it is one of this application
     * @param since since when
     * @param remark what else the reader should know
     */
    public record Blocker(
            @Nullable Long pid,
            @Nullable String host,
            @Nullable String process,
            @Nullable String user,
            @Nullable String commandLine,
            @Nullable String thread,
            @Nullable Instant since,
            @Nullable String remark) {}

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
     * @param position its place in this application's queue for the file, from 1
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
            int position,
            List<Blocker> blockedBy) {}
}
