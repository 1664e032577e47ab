package dev.filelock.protocol.sqlite;

import dev.filelock.protocol.FileIdentity;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The lock files that are open in this JVM, by whatever copy of this library.
 *
 * <p>Two copies (two web applications, say) have two copies of SQLite, and the kernel keeps one set of {@code fcntl} locks for
 * both: they would not exclude each other, and one that closes the file would drop the other's locks. So all copies share a map,
 * made of JDK types only since their own types are not each other's, in the system properties: from {@code device:inode} to how to
 * ask for the file. The answer is true if the file was idle and is now closed, false if it is in use.
 */
final class OpenFiles {
    private static final String PROPERTY = "dev.filelock.sqlite.open";

    private final ConcurrentMap<String, BooleanSupplier> open;

    private OpenFiles(ConcurrentMap<String, BooleanSupplier> open) {
        this.open = open;
    }

    @SuppressWarnings("unchecked")
    static OpenFiles ofThisJvm() {
        Object shared = System.getProperties().computeIfAbsent(PROPERTY, absent -> new ConcurrentHashMap<>());
        return new OpenFiles((ConcurrentMap<String, BooleanSupplier>) shared);
    }

    /** Held while a lock file is created, and to register one: so that nobody has a file open that its creator is to close. */
    Object monitor() {
        return open;
    }

    /**
     * Registers a file that is about to be opened, if nobody else has it open or who has lets go of it.
     *
     * @param letGo closes the file if it is idle, unregisters it, and tells whether it is closed
     * @return null if it is registered now, else who has it
     */
    @Nullable BooleanSupplier register(FileIdentity file, BooleanSupplier letGo) {
        while (true) {
            BooleanSupplier other;
            synchronized (monitor()) {
                other = open.putIfAbsent(key(file), letGo);
            }
            if (other == null) {
                return null;
            }
            // Only who registered takes that back: he may be about to open the file, which is not open yet, or he may
            // have opened it again since.
            if (!other.getAsBoolean() || open.get(key(file)) == other) {
                return other;
            }
        }
    }

    void unregister(FileIdentity file, BooleanSupplier letGo) {
        open.remove(key(file), letGo);
    }

    private static String key(FileIdentity file) {
        return Long.toUnsignedString(file.device()) + ":" + Long.toUnsignedString(file.inode());
    }
}
