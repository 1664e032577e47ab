package dev.filelock.protocol.sqlite;

import dev.filelock.LockHolder;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.Processes;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who has a file locked, a writer that waits for readers included, by what the kernel tells of its {@code fcntl} locks. */
final class Holders {
    private static final Logger LOG = LoggerFactory.getLogger(Holders.class);

    private final Path path;
    private final FileIdentities identities;
    private final KernelLocks locks;
    private final Processes processes;

    Holders(Path path, FileIdentities identities, KernelLocks locks, Processes processes) {
        this.path = path;
        this.identities = identities;
        this.locks = locks;
        this.processes = processes;
    }

    List<LockHolder> now() {
        try {
            FileIdentity file = identities.notFollowing(path);
            return file == null
                    ? List.of()
                    : locks.fcntlHolders(file).stream()
                            .distinct()
                            .map(this::holder)
                            .toList();
        } catch (IOException e) {
            LOG.debug("who holds {} can't be found out", path, e);
            return List.of();
        }
    }

    private LockHolder holder(long pid) {
        return new LockHolder(pid, null, processes.describe(pid), null, null, processes.remark(pid));
    }
}
