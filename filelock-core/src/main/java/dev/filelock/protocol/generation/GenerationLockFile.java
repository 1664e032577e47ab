package dev.filelock.protocol.generation;

import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockProtocolException;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A lock that is a log of generations, and what this JVM knows of those who take part in it. */
final class GenerationLockFile implements LockFile {
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

    private Members members() throws IOException {
        return new Members(path, directory(), liveness, heartbeat, staleThreshold, environment.processes());
    }

    @Override
    public List<LockHolder> holders() {
        try {
            return members().holders();
        } catch (NoSuchFileException e) {
            return List.of(); // not even its parent directory is there
        } catch (IOException | LockProtocolException e) {
            return List.of(LockHolder.unknown("its log can't be read: " + e.getMessage()));
        }
    }

    @Override
    public List<LockClaim> claims() throws IOException {
        try {
            return members().claims();
        } catch (NoSuchFileException e) {
            return List.of(); // not even its parent directory is there
        }
    }

    @Override
    public boolean forceBreak(LockClaim claim) throws IOException {
        return members().forceBreak(claim);
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
