package dev.filelock.protocol.claim;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockClaim.Kind;
import dev.filelock.LockClaim.Liveness;
import dev.filelock.LockHolder;
import dev.filelock.os.FileOwners;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.Processes;
import dev.filelock.os.RecordedProcess;
import dev.filelock.protocol.claim.ClaimName.State;
import dev.filelock.protocol.claim.ClaimRecord.Malformed;
import dev.filelock.protocol.claim.Scan.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows the claims to people, and removes the one they name. Takes no part in the lock. */
final class Inspection {
    private static final Logger log = LoggerFactory.getLogger(Inspection.class);

    /** No namespace is written so: what can't be found out is not ours. */
    private static final String UNKNOWN_NAMESPACE = "unknown";

    private final OsFiles files;
    private final Processes processes;
    private final Layout layout;
    private final Scan scan;
    private final Sentinel sentinel;

    Inspection(OsFiles files, Surroundings surroundings, Layout layout) {
        this.files = files;
        this.processes = surroundings.processes();
        this.layout = layout;
        this.scan = new Scan(files, surroundings.time(), layout);
        this.sentinel = new Sentinel(files, surroundings.time(), layout);
    }

    /** All there are, those of one acquisition together. */
    List<LockClaim> claims() throws IOException {
        List<LockClaim> claims = new ArrayList<>();
        for (String name : names()) {
            LockClaim claim = name.startsWith(".") ? null : claim(name);
            if (claim != null) {
                claims.add(claim);
            }
        }
        claims.sort(Comparator.comparing(Inspection::acquisition).thenComparing(LockClaim::id));
        return List.copyOf(claims);
    }

    private List<String> names() throws IOException {
        try {
            return files.list(layout.claims());
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
    }

    private static String acquisition(LockClaim claim) {
        ClaimName name = ClaimName.parse(claim.id());
        return name == null ? claim.id() : name.token();
    }

    /** Null if it has gone. */
    private @Nullable LockClaim claim(String id) throws IOException {
        ClaimName name = ClaimName.parse(id);
        if (name == null) {
            return unknown(id, "it is no claim, or one of a newer version");
        }
        try {
            Found found = scan.read(name);
            return found == null ? null : claim(name, found);
        } catch (Malformed e) {
            return unknown(id, e.reason());
        }
    }

    private LockClaim claim(ClaimName name, Found found) {
        Path file = layout.claim(name);
        RecordedProcess owner = found.record().owner(pidNamespace(file));
        String user = FileOwners.of(file);
        RecordedProcess.Fate fate = owner.fate(processes);
        LockHolder holder = switch (fate) {
            case ALIVE ->
                holder(owner, user, null, processes.describe(owner.pid()), found, processes.remark(owner.pid()));
            case ENDED -> holder(owner, user, null, null, found, "that process has ended");
            case SUCCEEDED ->
                holder(owner, user, null, null, found, "that process has ended; its number belongs to another one now");
            case ON_ANOTHER_HOST -> holder(owner, user, owner.host(), null, found, null);
            case IN_ANOTHER_NAMESPACE -> holder(owner, user, null, null, found, "in another PID namespace");
        };
        return new LockClaim(
                file,
                name.fileName(),
                name.state() == State.HELD ? Kind.HELD : Kind.INTENT,
                holder,
                fate == RecordedProcess.Fate.ALIVE ? Liveness.ALIVE : fate.isDead() ? Liveness.DEAD : Liveness.UNKNOWN);
    }

    private static LockHolder holder(
            RecordedProcess owner,
            @Nullable String user,
            @Nullable String host,
            @Nullable String process,
            Found found,
            @Nullable String remark) {
        return new LockHolder(
                owner.pid(), host, process, user, null, found.status().modified(), remark);
    }

    private @Nullable String pidNamespace(Path file) {
        try (Descriptor claim = files.open(file, Scan.TO_LOOK, 0)) {
            byte[] namespace = claim.attribute(Publication.PID_NAMESPACE);
            return namespace == null ? null : new String(namespace, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            log.debug("The PID namespace of {} can't be told", file, e);
            return UNKNOWN_NAMESPACE;
        }
    }

    private @Nullable LockClaim unknown(String id, String reason) throws IOException {
        Path file = layout.claims().resolve(id);
        FileStatus there = files.lstat(file);
        return there == null
                ? null
                : new LockClaim(
                        file,
                        id,
                        Kind.UNKNOWN,
                        new LockHolder(null, null, null, FileOwners.of(file), null, there.modified(), reason),
                        Liveness.UNKNOWN);
    }

    /**
     * Removes a claim, and no other that has its name.
     *
     * @return false if it is not there any more
     */
    boolean forceBreak(LockClaim claim) throws IOException {
        requireNameOfAClaim(claim);
        layout.requireNotPlanted();
        if (!names().contains(claim.id())) {
            return false;
        }
        LockClaim there = claim(claim.id());
        if (there == null || !isSame(there, claim)) {
            return false;
        }
        if (there.liveness() == Liveness.ALIVE) {
            throw new FileLockException(
                    layout.lock(),
                    there.file() + " was not removed, for its process lives: "
                            + there.owner().describe(Instant.now())
                            + ". End that process first; if it is not the one that wrote this, remove the file by hand");
        }
        boolean removed = files.unlink(there.file());
        if (removed) {
            log.warn("Removed {} as told", there.describe(Instant.now()));
        }
        return removed;
    }

    private void requireNameOfAClaim(LockClaim claim) {
        String id = claim.id();
        boolean isName = !id.isEmpty()
                && !id.startsWith(".")
                && id.chars().noneMatch(character -> character == '/' || character == '\\' || character == 0);
        if (!isName || !claim.file().equals(layout.claims().resolve(id))) {
            throw new IllegalArgumentException(claim.file() + " is no claim of the STRICT lock " + layout.lock()
                    + ", whose claims are in " + layout.claims());
        }
    }

    private static boolean isSame(LockClaim one, LockClaim other) {
        return one.kind() == other.kind()
                && java.util.Objects.equals(one.owner().pid(), other.owner().pid())
                && java.util.Objects.equals(one.owner().host(), other.owner().host())
                && java.util.Objects.equals(one.owner().since(), other.owner().since());
    }

    /**
     * Who has the lock or is in its doorway, each with what to do if it never leaves.
     *
     * @param isResidue tells the tokens of claims that are ours and can't be removed for the moment
     */
    List<LockHolder> holders(Predicate<String> isResidue) throws IOException {
        Sentinel.Other other = sentinel.other();
        if (other != null) {
            return List.of(holder(other));
        }
        Map<String, List<LockClaim>> byAcquisition = claims().stream()
                .collect(Collectors.groupingBy(Inspection::acquisition, LinkedHashMap::new, Collectors.toList()));
        return byAcquisition.entrySet().stream()
                .map(each -> holder(each.getValue(), isResidue.test(each.getKey())))
                .toList();
    }

    private LockHolder holder(Sentinel.Other other) {
        OtherRecord record = other.record();
        String host = processes.hostField().equals(record.host()) ? null : record.host();
        Long pid = record.pid();
        boolean ended = pid != null && pid <= Integer.MAX_VALUE && host == null && !processes.alive(pid);
        return new LockHolder(
                pid,
                host,
                null,
                FileOwners.of(layout.lock()),
                null,
                other.status().modified(),
                record.kind() + " is at " + layout.lock()
                        + (ended ? "; that process has ended" : "")
                        + "; use one backend for all who lock it, or remove that file by hand if nobody needs it");
    }

    private static LockHolder holder(List<LockClaim> claims, boolean residue) {
        LockClaim any = claims.get(0);
        LockHolder owner = any.owner();
        String names = claims.stream().map(LockClaim::id).collect(Collectors.joining(" and "));
        if (residue) {
            return with(owner, "this JVM, which could not remove its claim yet and keeps trying");
        }
        return switch (any.liveness()) {
            case ALIVE -> owner;
            case DEAD ->
                with(
                        owner,
                        owner.remark() + "; remove what it left, " + names
                                + ", by lock.forceBreak(claim) for each of lock.claims()");
            case UNKNOWN ->
                with(
                        owner,
                        (owner.remark() == null ? "" : owner.remark() + "; ") + "if it has ended, remove what it left, "
                                + names + ", by lock.forceBreak(claim) for each of lock.claims()");
        };
    }

    private static LockHolder with(LockHolder owner, String remark) {
        return new LockHolder(
                owner.pid(), owner.host(), owner.process(), owner.user(), owner.thread(), owner.since(), remark);
    }
}
