package dev.filelock.protocol.claim;

import dev.filelock.LockProtocolException;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a file appear whole or not at all: it is written under a private name and then given its public one by a hard link, which
 * replaces nothing.
 *
 * <p>The private file is closed before it is linked and not after, as Python does: closing is what brings its content to the server of
 * a network file system, and nobody may see the public name before that. On a local one it makes no difference.
 */
final class Publication {
    private static final Logger log = LoggerFactory.getLogger(Publication.class);

    /** The extended attribute that tells the PID namespace of a Java owner. */
    static final String PID_NAMESPACE = "user.filelock.pidns";

    private static final Set<Open> NEW_FILE = Set.of(Open.READ, Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
    private static final int UMASK_DECIDES = 0666;

    private final OsFiles files;
    private final Path lock;
    private final @Nullable Integer permissions;
    private final Supplier<String> tokens;

    /** @param permissions the exact ones, or null if the umask decides */
    Publication(OsFiles files, Path lock, @Nullable Integer permissions, Supplier<String> tokens) {
        this.files = files;
        this.lock = lock;
        this.permissions = permissions;
        this.tokens = tokens;
    }

    /**
     * Publishes a record.
     *
     * @param pidNamespace what to note beside it, or null
     * @return the identity of the file; null if the name was taken, or somebody took the unfinished record for the leftover of a
     *     crash: nothing of ours is left then
     * @throws IOException if it may have been published or not
     */
    @Nullable FileIdentity publish(Path name, byte[] content, @Nullable String pidNamespace) throws IOException {
        Path unfinished = PrivateRecords.name(name, tokens.get());
        try {
            FileIdentity written = write(unfinished, content, pidNamespace);
            return link(files, lock, unfinished, written, name) ? written : null;
        } finally {
            discard(unfinished);
        }
    }

    private FileIdentity write(Path unfinished, byte[] content, @Nullable String pidNamespace) throws IOException {
        try (Descriptor file = files.open(unfinished, NEW_FILE, permissions == null ? UMASK_DECIDES : permissions)) {
            FileIdentity identity = file.status().identity();
            if (permissions != null) {
                file.changePermissions(permissions);
            }
            if (pidNamespace != null) {
                note(file, unfinished, pidNamespace);
            }
            file.write(content);
            return identity;
        } catch (OsException e) {
            throw Advice.on(e, unfinished);
        }
    }

    private static void note(Descriptor file, Path unfinished, String pidNamespace) {
        try {
            if (!file.setAttribute(PID_NAMESPACE, pidNamespace.getBytes(StandardCharsets.US_ASCII))) {
                log.debug("The file system of {} has no extended attributes to tell our PID namespace", unfinished);
            }
        } catch (IOException e) {
            log.debug("{} can't tell our PID namespace", unfinished, e);
        }
    }

    /**
     * Gives a file that is ours another name. What counts is which file that name stands for afterwards: the answer to a call may get
     * lost on a network.
     *
     * @return false if the name stands for no file of ours
     */
    static boolean link(OsFiles files, Path lock, Path ours, FileIdentity identity, Path name) throws IOException {
        try {
            files.link(ours, name);
        } catch (OsException e) {
            switch (e.error()) {
                case EXISTS, NOT_FOUND, STALE -> {
                    // taken, or ours was reclaimed; the look below tells
                }
                case NOT_SUPPORTED, NOT_IMPLEMENTED, CROSS_DEVICE ->
                    throw new LockProtocolException(
                            lock,
                            "the file system of " + lock + " has no hard links, which a STRICT lock is made of ("
                                    + e.getMessage() + "); choose another directory, or a backend without them",
                            e);
                default -> throw e;
            }
        }
        FileStatus there = files.lstat(name);
        return there != null && there.identity().equals(identity);
    }

    /** What can't be removed now is removed by the next who looks at the claims. */
    private void discard(Path unfinished) {
        try {
            files.unlink(unfinished);
        } catch (IOException e) {
            log.debug("{} can't be removed; somebody will later", unfinished, e);
        }
    }
}
