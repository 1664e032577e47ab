package dev.filelock.protocol.kernel;

import dev.filelock.FileLockException;
import dev.filelock.LockProtocolException;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A try at the first byte of a file. Like {@link FlockAttempt} it opens the file once per wait, and counts what it locked only if
 * the path still names it. The JDK has no {@code fstat}, so the file is known by what its path named before it was opened.
 *
 * <p>It asks for no change signals, because these take native calls, and this lock is for where there can be none.
 */
final class RangeAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");
    private static final Set<StandardOpenOption> NEW_FILE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int ROUNDS = 4;
    private static final int MOST_DENIED_CREATIONS = 4 * ROUNDS;

    private final RangeLockFile file;
    private final Path path;
    private final Refusals refusals;
    private @Nullable Candidate candidate;
    private int deniedCreations;

    private record Candidate(FileChannel channel, FileIdentity identity) {}

    RangeAttempt(RangeLockFile file) {
        this.file = file;
        this.path = file.path();
        this.refusals = new Refusals(path);
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        try {
            for (int round = 0; round < ROUNDS; round++) {
                FileIdentity named = file.named();
                if (candidate != null && !candidate.identity().equals(named)) {
                    close();
                }
                if (named == null) {
                    create();
                    continue;
                }
                if (candidate == null && !file.openFiles().register(named)) {
                    return null; // another copy of this library has it open; opening it too could drop its lock
                }
                Candidate current = candidate != null ? candidate : open(named);
                candidate = current;
                if (current == null) {
                    continue;
                }
                FileLock lock = tryLock(current);
                if (lock == null) {
                    return null;
                }
                if (named.equals(file.named()) && mayHold(current)) {
                    Grant grant = new RangeGrant(file, current.channel(), lock, current.identity());
                    candidate = null; // not before: if memory runs out here, abandoning the attempt unlocks the file
                    return grant;
                }
                close();
            }
            return null;
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public void abandon() {
        close();
    }

    /** Closed at once, and opened again in the next round when it is known which file it is. */
    private void create() throws IOException {
        synchronized (file.openFiles().monitor()) {
            try {
                createFile(file.options().filePermissions().orElse(null));
            } catch (FileAlreadyExistsException e) {
                log.debug("{} was created by another process meanwhile", path);
            } catch (NoSuchFileException e) {
                if (++deniedCreations >= MOST_DENIED_CREATIONS) {
                    throw refusal(e);
                }
                refusals.createDirectory();
            } catch (IOException e) {
                throw refusal(e);
            }
        }
    }

    /**
     * Permissions are given only to what is created here, and in the directory in which it was: a name may lead elsewhere a moment
     * later, and a descriptor of a file that is locked can't be closed without dropping the lock.
     */
    private void createFile(@Nullable Set<PosixFilePermission> permissions) throws IOException {
        if (permissions == null) {
            FileChannel.open(path, NEW_FILE).close();
            return;
        }
        try (DirectoryStream<Path> directory = Files.newDirectoryStream(path.getParent())) {
            if (directory instanceof SecureDirectoryStream<Path> secure) {
                Path name = path.getFileName();
                secure.newByteChannel(name, NEW_FILE).close();
                secure.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .setPermissions(permissions);
            } else {
                FileChannel.open(path, NEW_FILE).close(); // on Windows, which has no such permissions
            }
        }
    }

    /** Null if the file was deleted meanwhile. */
    private @Nullable Candidate open(FileIdentity named) {
        Candidate opened = null;
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                String found = attributes.isDirectory()
                        ? "a directory"
                        : attributes.isSymbolicLink()
                                ? "a symbolic link, which is never followed"
                                : "a socket, a FIFO or a device";
                throw new LockProtocolException(path, path + " is " + found + ", not a lock file; choose another path");
            }
            FileChannel channel = FileChannel.open(
                    path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
            opened = new Candidate(channel, named);
            return opened;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw refusal(e);
        } finally {
            if (opened == null) {
                file.openFiles().unregister(named);
            }
        }
    }

    private FileLockException refusal(IOException e) {
        String advice = e instanceof AccessDeniedException
                ? "let this user read and write it and its directory, or choose another path"
                : "choose another path";
        return new FileLockException(path, "lock file " + path + " can't be opened: " + e + "; " + advice, e);
    }

    private @Nullable FileLock tryLock(Candidate current) {
        try {
            return current.channel().tryLock(0, 1, false);
        } catch (OverlappingFileLockException e) {
            return null; // other code of this JVM has locked it
        } catch (IOException e) {
            throw refusals.ofLocking(e);
        }
    }

    /** False if the file was deleted meanwhile, or the thread's interruption closed the channel, and with it the lock. */
    private boolean mayHold(Candidate current) throws IOException {
        long size;
        try {
            size = Files.size(path);
        } catch (NoSuchFileException e) {
            return false;
        }
        if (size == 0) {
            return true;
        }
        boolean interrupted = Thread.interrupted();
        try {
            file.inspection().look(path, size, limit -> content(current.channel(), limit));
            return true;
        } catch (ClosedByInterruptException e) {
            interrupted = true;
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static byte[] content(FileChannel channel, int limit) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(limit);
        while (content.hasRemaining() && channel.read(content, content.position()) > 0) {
            // goes on until the limit or the end of the file
        }
        return Arrays.copyOf(content.array(), content.position());
    }

    private void close() {
        Candidate closing = candidate;
        candidate = null;
        if (closing == null) {
            return;
        }
        try {
            closing.channel().close();
        } catch (IOException e) {
            log.debug("Closing {} after a try failed", path, e);
        }
        file.openFiles().unregister(closing.identity());
    }
}
