package dev.filelock.protocol.kernel;

import dev.filelock.LockOptions;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The soft lock that stands in where the kernel answers ENOSYS: such a file system has no kernel locks at all, so no peer can hold
 * one. Once found out, it holds for the whole device.
 */
final class Fallback {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private final LockProtocol soft;
    private final Set<Long> devicesWithoutLocks = ConcurrentHashMap.newKeySet();

    Fallback(LockProtocol soft) {
        this.soft = soft;
    }

    /** False spares the question for a device, which is the case nearly everywhere. */
    boolean wasNeeded() {
        return !devicesWithoutLocks.isEmpty();
    }

    boolean isNeededOn(long device) {
        return devicesWithoutLocks.contains(device);
    }

    void remember(long device, Path path, String fileSystem) {
        if (devicesWithoutLocks.add(device)) {
            log.warn(
                    "{} can't be locked by the kernel: its file system ({}) has no kernel locks. Soft locks are used there from now "
                            + "on, which a crash may leave behind. Choose backend SOFT to use them without this warning, or set "
                            + "fallbackToSoft to false to fail instead",
                    path,
                    fileSystem);
        }
    }

    LockFile open(Path path, LockOptions options) {
        return soft.open(path, options);
    }
}
