package dev.filelock.protocol.generation;

import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.os.Processes;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lock that is a log of generations, and what this JVM knows of those who take part in it. */
final class GenerationLockFile implements LockFile {
    private static final Logger log = LoggerFactory.getLogger(GenerationLockFile.class);

    private final Path path;
    private final Duration heartbeat;
    private final Duration staleThreshold;
    private final Environment environment;
    private final KeptObservations kept;
    private final Liveness liveness;
    private @Nullable LockDirectory directory;

    GenerationLockFile(
            Path path, Duration heartbeat, Duration staleThreshold, Environment environment, KeptObservations kept) {
        this.path = path;
        this.heartbeat = heartbeat;
        this.staleThreshold = staleThreshold;
        this.environment = environment;
        this.kept = kept;
        this.liveness = new Liveness(environment.time(), staleThreshold);
    }

    Path path() {
        return path;
    }

    Duration heartbeat() {
        return heartbeat;
    }

    Duration staleThreshold() {
        return staleThreshold;
    }

    Environment environment() {
        return environment;
    }

    Liveness liveness() {
        return liveness;
    }

    /** Found at the first use, and the same from then on. */
    synchronized LockDirectory directory() throws IOException {
        LockDirectory found = directory;
        if (found == null) {
            found = new LockDirectory(path, environment.files().get(), environment.tokens());
            directory = found;
        }
        return found;
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new Participant(this, mode);
    }

    // ---- who holds it

    @Override
    public List<LockHolder> holders() {
        List<LockHolder> holders = new ArrayList<>();
        try {
            Snapshot latest = directory().log().latest();
            for (String reader : latest.readers()) {
                holders.add(holder(reader, null));
            }
            if (latest.writer() != null) {
                holders.add(
                        holder(latest.writer(), latest.readers().isEmpty() ? null : "a writer that waits for them"));
            }
        } catch (IOException | LockProtocolException e) {
            log.debug("Who holds {} can't be told", path, e);
        }
        return holders;
    }

    private LockHolder holder(String token, @Nullable String role) throws IOException {
        byte[] bytes = directory().holders().read(token);
        HolderRecord record = bytes == null ? null : HolderRecord.parse(bytes);
        if (record == null) {
            return new LockHolder(null, null, null, null, null, remark(token, role, "its record is missing"));
        }
        Processes processes = environment.processes();
        if (!record.host().equals(processes.hostField())) {
            return new LockHolder(record.pid(), record.host(), null, null, null, remark(token, role, null));
        }
        if (!processes.alive(record.pid())) {
            return new LockHolder(
                    record.pid(), null, null, null, null, remark(token, role, "there is no such process here"));
        }
        return new LockHolder(
                record.pid(),
                null,
                processes.describe(record.pid()),
                null,
                null,
                remark(token, role, processes.remark(record.pid())));
    }

    private @Nullable String remark(String token, @Nullable String role, @Nullable String state) {
        List<String> remarks = new ArrayList<>();
        if (role != null) {
            remarks.add(role);
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

    // ---- how long it is remembered

    /** To be called at the end of an attempt or hold. */
    void used() {
        kept.used(this);
    }

    @Override
    public boolean forgettable() {
        return !liveness.hasSeenAnything();
    }

    void forgetObservations() {
        liveness.forget();
    }
}
