package dev.filelock.protocol.kernel;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file whose first byte is locked.
 *
 * @param file where it was opened
 * @param channel what it was opened with; closing it releases the lock too
 * @param lock the lock
 * @param identity of the locked file
 */
record RangeGrant(RangeLockFile file, FileChannel channel, FileLock lock, FileIdentity identity) implements Grant {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    @Override
    public void release() {
        try {
            lock.release();
        } catch (IOException e) {
            log.debug("Unlocking {} failed; closing it releases the lock", file.path(), e);
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing {} after it was released failed", file.path(), e);
        }
        file.openFiles().unregister(identity);
    }

    @Override
    public void ensureValid() throws IOException {
        if (!lock.isValid()) {
            throw new LockLostException(
                    file.path(),
                    LockLostException.Reason.CLOSED,
                    file.path() + " is no longer locked: its channel was closed");
        }
        LockedFile.requireNamed(file.path(), identity, file.named());
    }

    @Override
    public LockBackend backend() {
        return LockBackend.NATIVE;
    }
}
