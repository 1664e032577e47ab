package dev.filelock.protocol.generation;

import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Heartbeats;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * GENERATION: readers and writers agree on a log of snapshots in the directory {@code <lock>.rw}, byte for byte as Python
 * filelock's {@code SoftReadWriteLock} does, and take over from whoever shows no sign of life. Safe for use by any number of
 * threads.
 */
public final class GenerationProtocol implements LockProtocol {
    private static final int FILES_WITH_OBSERVATIONS = 256;

    private final Environment environment;
    private final KeptObservations kept = new KeptObservations(FILES_WITH_OBSERVATIONS);

    /**
     * Makes the protocol.
     *
     * @param files asked at the first use of a lock rather than now, because native calls may be impossible
     * @param processes of this host
     * @param heartbeats what keeps holds alive
     */
    public GenerationProtocol(Supplier<OsFiles> files, Processes processes, Heartbeats heartbeats) {
        this(new Environment(files, processes, heartbeats, Time.system(), Tokens.random()));
    }

    GenerationProtocol(Environment environment) {
        this.environment = environment;
    }

    @Override
    public @Nullable String lockOf(String entry, BasicFileAttributes status) {
        return status.isDirectory() ? LockDirectory.lockOf(entry) : null;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return new GenerationLockFile(path, options.generationHeartbeat(), options.staleThreshold(), environment, kept);
    }
}
