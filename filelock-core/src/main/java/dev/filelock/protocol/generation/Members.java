package dev.filelock.protocol.generation;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.os.FileOwners;
import dev.filelock.os.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whom the newest snapshot names, for people who want to know, and to strike one off. */
final class Members {
    private static final Logger log = LoggerFactory.getLogger(Members.class);

    private final Path lock;
    private final LockDirectory directory;
    private final Liveness liveness;
    private final Duration heartbeat;
    private final Duration staleThreshold;
    private final Processes processes;

    Members(
            Path lock,
            LockDirectory directory,
            Liveness liveness,
            Duration heartbeat,
            Duration staleThreshold,
            Processes processes) {
        this.lock = lock;
        this.directory = directory;
        this.liveness = liveness;
        this.heartbeat = heartbeat;
        this.staleThreshold = staleThreshold;
        this.processes = processes;
    }

    List<LockHolder> holders() throws IOException {
        return claims().stream().map(LockClaim::owner).toList();
    }

    /** Readers first, since a writer beside them waits for them. */
    List<LockClaim> claims() throws IOException {
        Snapshot latest = directory.log().look();
        List<LockClaim> claims = new ArrayList<>();
        for (String reader : latest.readers()) {
            claims.add(claim(reader, LockClaim.Kind.HELD));
        }
        if (latest.writer() != null) {
            claims.add(
                    claim(latest.writer(), latest.readers().isEmpty() ? LockClaim.Kind.HELD : LockClaim.Kind.INTENT));
        }
        return claims;
    }

    private LockClaim claim(String token, LockClaim.Kind kind) throws IOException {
        Path file = directory.holders().directory().resolve(token);
        byte[] bytes = directory.holders().read(token);
        HolderRecord record = bytes == null ? null : HolderRecord.parse(bytes);
        if (record == null) {
            LockHolder nobody = LockHolder.unknown(String.valueOf(remark(token, kind, "its record is missing")));
            return new LockClaim(file, token, kind, nobody, LockClaim.Liveness.UNKNOWN);
        }
        long pid = record.pid();
        String user = FileOwners.of(file);
        if (!record.host().equals(processes.hostField())) {
            LockHolder elsewhere =
                    new LockHolder(pid, record.host(), null, user, null, null, remark(token, kind, null));
            return new LockClaim(file, token, kind, elsewhere, LockClaim.Liveness.UNKNOWN);
        }
        boolean alive = processes.alive(pid);
        LockHolder here = new LockHolder(
                pid,
                null,
                alive ? processes.describe(pid) : null,
                user,
                null,
                null,
                remark(token, kind, alive ? processes.remark(pid) : "there is no such process here"));
        return new LockClaim(file, token, kind, here, alive ? LockClaim.Liveness.ALIVE : LockClaim.Liveness.DEAD);
    }

    private @Nullable String remark(String token, LockClaim.Kind kind, @Nullable String state) {
        List<String> remarks = new ArrayList<>();
        if (kind == LockClaim.Kind.INTENT) {
            remarks.add("a writer that waits for them");
        }
        if (state != null) {
            remarks.add(state);
        }
        Duration silence = liveness.silence(token);
        if (state != null || silence.compareTo(heartbeat) > 0) {
            remarks.add("no sign of life for " + silence.toSeconds() + " s, its place is free after "
                    + staleThreshold.toSeconds() + " s");
        }
        return remarks.isEmpty() ? null : String.join("; ", remarks);
    }

    /**
     * Strikes a member off, as an eviction does.
     *
     * @return false if it is no member any more
     */
    boolean forceBreak(LockClaim claim) throws IOException {
        String token = claim.id();
        if (!Tokens.isToken(token)
                || !claim.file().equals(directory.holders().directory().resolve(token))) {
            throw new IllegalArgumentException(claim.file() + " is no record of the GENERATION lock " + lock
                    + ", whose records are in " + directory.holders().directory());
        }
        directory.requireNotPlanted();
        while (true) {
            Snapshot latest = directory.log().look();
            if (!latest.has(token)) {
                return false;
            }
            LockClaim there = claim(token, claim.kind());
            if (there.liveness() == LockClaim.Liveness.ALIVE) {
                throw new FileLockException(
                        lock,
                        there.describe(Instant.now()) + " keeps its place in the lock " + lock
                                + ", for that process lives; end it first");
            }
            if (directory.log().commit(latest.without(Set.of(token)))) {
                directory.holders().remove(token);
                log.warn("Took {} out of the lock {} as told", there.describe(Instant.now()), lock);
                return true;
            }
        }
    }
}
