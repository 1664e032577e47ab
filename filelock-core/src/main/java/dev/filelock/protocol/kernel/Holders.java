package dev.filelock.protocol.kernel;

import dev.filelock.LockHolder;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.os.Processes;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/** Names the processes that hold a kernel lock, without opening the file. */
final class Holders {
    private final KernelLocks locks;
    private final Processes processes;

    Holders(KernelLocks locks, Processes processes) {
        this.locks = locks;
        this.processes = processes;
    }

    List<LockHolder> of(Path path, BiFunction<KernelLocks, FileIdentity, List<Long>> kind) {
        try {
            FileIdentity file = OsFileIdentities.system().notFollowing(path);
            return file == null
                    ? List.of()
                    : kind.apply(locks, file).stream().map(this::describe).toList();
        } catch (IOException e) {
            return List.of(); // a message without a name is better than none
        }
    }

    private LockHolder describe(long pid) {
        return new LockHolder(pid, null, processes.describe(pid), null, null, processes.remark(pid));
    }
}
