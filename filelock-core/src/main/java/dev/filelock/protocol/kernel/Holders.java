package dev.filelock.protocol.kernel;

import dev.filelock.LockHolder;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.KernelLocks.Owner;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/** Names the processes that hold a kernel lock, without opening the file. */
final class Holders {
    private final KernelLocks locks;

    Holders(KernelLocks locks) {
        this.locks = locks;
    }

    List<LockHolder> of(Path path, BiFunction<KernelLocks, FileIdentity, List<Owner>> kind) {
        try {
            FileIdentity file = OsFileIdentities.system().notFollowing(path);
            return file == null
                    ? List.of()
                    : kind.apply(locks, file).stream().map(Holders::holder).toList();
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
