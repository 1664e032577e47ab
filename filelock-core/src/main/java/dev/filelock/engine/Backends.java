package dev.filelock.engine;

import dev.filelock.LockBackend;
import dev.filelock.os.ChangeSignals;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.Heartbeats;
import dev.filelock.protocol.Later;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Watcher;
import dev.filelock.protocol.claim.ClaimProtocol;
import dev.filelock.protocol.generation.GenerationProtocol;
import dev.filelock.protocol.kernel.KernelLockPruner;
import dev.filelock.protocol.kernel.KernelProtocol;
import dev.filelock.protocol.marker.MarkerProtocol;
import dev.filelock.protocol.memory.Memory;
import dev.filelock.protocol.sqlite.SqliteProtocol;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** The composition root: the one place that knows which protocols there are and which system they run on. */
final class Backends {
    private Backends() {}

    /** Nothing native is loaded before the first acquisition. */
    static Engine engine() {
        return engine(ChangeSignals.watcher());
    }

    static Engine engine(Watcher watcher) {
        Workers workers = new Workers();
        Heartbeats heartbeats = new DirectoryHeartbeats(workers);
        FileIdentities identities = OsFileIdentities.system();
        KernelLocks kernelLocks = KernelLocks.system();
        Processes processes = Processes.system();
        Time time = Time.system();
        LockProtocol soft = MarkerProtocol.soft(OsFiles::system, processes, time);
        KernelProtocol kernel = new KernelProtocol(OsFiles::system, kernelLocks, soft);
        Map<LockBackend, LockProtocol> protocols = new EnumMap<>(LockBackend.class);
        protocols.put(LockBackend.NATIVE, kernel);
        protocols.put(LockBackend.SOFT, soft);
        protocols.put(LockBackend.MARKER, MarkerProtocol.marker(OsFiles::system, processes, time));
        protocols.put(LockBackend.LEASE, MarkerProtocol.lease(OsFiles::system, processes, time, heartbeats));
        protocols.put(LockBackend.STRICT, new ClaimProtocol(OsFiles::system, processes));
        Later later = (directory, delay, work) -> workers.timer(delay.toNanos(), () -> workers.turn(directory, work));
        protocols.put(LockBackend.SQLITE, new SqliteProtocol(identities, kernelLocks, later));
        protocols.put(LockBackend.GENERATION, new GenerationProtocol(OsFiles::system, processes, heartbeats));
        return new Engine(
                backend -> Objects.requireNonNull(protocols.get(backend), backend::name),
                identities,
                new KernelLockPruner(kernel)::prune,
                workers,
                watcher);
    }

    /** Engines as of different processes that share a memory instead of a disk. */
    static Supplier<Engine> inMemory() {
        Memory memory = new Memory();
        return () -> new Engine(memory::protocol, memory, (directory, age) -> List.of(), new Workers(), Watcher.NONE);
    }
}
