package dev.filelock.protocol.sqlite;

import dev.filelock.LockHolder;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.KernelLocks.Owner;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Who has a file locked, a writer that waits for readers included, by what the kernel tells of its {@code fcntl} locks. */
final class Holders {
    private final Path path;
    private final FileIdentities identities;
    private final KernelLocks locks;

    Holders(Path path, FileIdentities identities, KernelLocks locks) {
        this.path = path;
        this.identities = identities;
        this.locks = locks;
    }

    List<LockHolder> now() {
        try {
            FileIdentity file = identities.notFollowing(path);
            return file == null
                    ? List.of()
                    : locks.fcntlHolders(file).stream().map(Holders::holder).toList();
        } catch (IOException e) {
            return List.of(LockHolder.unknown(path + " can't be looked at: " + e.getMessage()));
        }
    }

    String whyUnseen() {
        return locks.whyUnseen();
    }

    private static LockHolder holder(Owner owner) {
        return new LockHolder(owner.pid(), null, owner.process(), owner.user(), null, null, owner.remark());
    }
}
