package dev.filelock.protocol.kernel;

import dev.filelock.LockBackend;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file locked by {@code flock(2)}: the descriptor is the lock.
 *
 * @param file where it was opened
 * @param descriptor locked
 * @param identity of the locked file
 */
record FlockGrant(FlockFile file, Descriptor descriptor, FileIdentity identity) implements Grant {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    /** Never fails: where the kernel refuses to unlock, closing the only descriptor releases all the same. */
    @Override
    public void release() {
        try {
            descriptor.unlock();
        } catch (IOException e) {
            log.debug("Unlocking {} failed; closing it releases the lock", file.path(), e);
        }
        try {
            descriptor.close();
        } catch (IOException e) {
            log.debug("Closing {} after it was released failed", file.path(), e);
        }
    }

    @Override
    public void ensureValid() throws IOException {
        FileStatus named = file.files().get().lstat(file.path());
        LockedFile.requireNamed(file.path(), identity, named == null ? null : named.identity());
    }

    @Override
    public boolean canBePassedOn() {
        return true;
    }

    @Override
    public LockBackend backend() {
        return LockBackend.NATIVE;
    }
}
