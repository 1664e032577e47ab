package dev.filelock.protocol.kernel;

import dev.filelock.protocol.FileIdentity;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The files that range locks have open in this JVM, by whatever copy of this library.
 *
 * <p>On Unix any close of a file drops all {@code fcntl} locks that the process has on it, so no copy may open one that another
 * has open. All copies (of two web applications, say) share a map in the system properties, made of JDK types only, since their
 * own types are not each other's.
 */
final class RangeLockedFiles {
    private static final String PROPERTY = "dev.filelock.rangelock.open";

    private final ConcurrentMap<String, Boolean> open;

    private RangeLockedFiles(ConcurrentMap<String, Boolean> open) {
        this.open = open;
    }

    @SuppressWarnings("unchecked")
    static RangeLockedFiles ofThisJvm() {
        return new RangeLockedFiles((ConcurrentMap<String, Boolean>)
                System.getProperties().computeIfAbsent(PROPERTY, absent -> new ConcurrentHashMap<>()));
    }

    /** Held while a file is created and while one is registered: nobody registers a file that its creator is yet to close. */
    Object monitor() {
        return open;
    }

    /** Registers a file that is about to be opened; false if somebody has it open. */
    boolean register(FileIdentity file) {
        synchronized (monitor()) {
            return open.putIfAbsent(key(file), true) == null;
        }
    }

    void unregister(FileIdentity file) {
        open.remove(key(file));
    }

    private static String key(FileIdentity file) {
        return Long.toUnsignedString(file.device()) + ":" + Long.toUnsignedString(file.inode());
    }
}
