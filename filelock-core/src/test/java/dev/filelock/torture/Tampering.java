package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What somebody does to lock files who takes them for something else. What he moves away he deletes later, from a place of his own. */
final class Tampering {
    private static final long GIANT = 1L << 40;

    private final Path locks;
    private final Path aside;
    private final Random random;
    private int count;

    Tampering(Path locks, Random random) throws IOException {
        this.locks = locks;
        this.aside = Files.createDirectories(aside(locks));
        this.random = random;
    }

    /** Where he does it: on the same file system, beside the directory of the locks. */
    static Path aside(Path locks) {
        return locks.resolveSibling("aside");
    }

    /** Deletes the directory of all locks. */
    void deleteDirectory() throws IOException, InterruptedException {
        Path place = place();
        Path gone = place.resolve("locks");
        Files.move(
                locks,
                gone,
                StandardCopyOption.ATOMIC_MOVE); // they make it anew; some are still on their way into this one
        discard(place);
    }

    /** Takes a lock's file away, or puts something in its place for a while. */
    void strike(Fault fault, LockBackend backend) throws IOException, InterruptedException {
        Path file = target(backend);
        Path place = place();
        Path away = place.resolve(file.getFileName());
        if (fault == Fault.DELETED) {
            moveAway(file, away);
        } else if (fault == Fault.RENAMED) {
            moveAway(file, away);
            pause();
        } else {
            Path thing = make(fault, place.resolve("thing"));
            moveAway(file, away);
            putFor(thing, file);
        }
        discard(place);
    }

    /** Takes the permission to write the directory of all locks, or to search it, from everybody. */
    void withdrawPermission(CountDownLatch mended) throws IOException, InterruptedException {
        Set<PosixFilePermission> before;
        try {
            before = Files.getPosixFilePermissions(locks);
        } catch (NoSuchFileException e) {
            return; // it was just deleted
        }
        Files.setPosixFilePermissions(
                locks, PosixFilePermissions.fromString(random.nextBoolean() ? "r-xr-xr-x" : "rw-rw-rw-"));
        try {
            mended.await();
        } finally {
            Files.setPosixFilePermissions(locks, before);
        }
    }

    private void putFor(Path thing, Path file) throws IOException, InterruptedException {
        Object itself = Objects.requireNonNull(identity(thing));
        try {
            Files.move(thing, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            return; // somebody was faster, and no directory replaces a file
        }
        pause();
        if (itself.equals(identity(file))) {
            discard(file);
        }
    }

    private static void discard(Path thing) throws IOException, InterruptedException {
        try {
            Torture.remove(thing);
        } catch (DirectoryNotEmptyException e) {
            // FUSE keeps what others have open, under a name of its own
        }
    }

    private Path place() throws IOException {
        return Files.createDirectory(aside.resolve(Integer.toString(count++)));
    }

    private void pause() throws InterruptedException {
        Thread.sleep(300 + random.nextInt(2000));
    }

    private Path target(LockBackend backend) {
        Path lock = new Arena(backend, locks).path();
        return switch (backend) {
            case GENERATION -> lock.resolveSibling(lock.getFileName() + ".rw");
            case STRICT -> random.nextBoolean() ? lock : lock.resolveSibling(lock.getFileName() + ".filelock");
            default -> lock;
        };
    }

    private static void moveAway(Path file, Path away) throws IOException {
        try {
            Files.move(file, away, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            // it is not held at the moment
        }
    }

    private static Path make(Fault fault, Path thing) throws IOException {
        switch (fault) {
            case LINK -> Files.createSymbolicLink(thing, Path.of("/nowhere/at-all"));
            case FIFO -> ChildProcess.start("mkfifo", thing.toString()).expectSuccess();
            case DIRECTORY -> Files.createDirectory(thing);
            case GIANT -> {
                try (RandomAccessFile giant = new RandomAccessFile(thing.toFile(), "rw")) {
                    giant.setLength(GIANT);
                }
            }
            default -> throw new IllegalArgumentException(fault + " puts nothing in the place of a file");
        }
        return thing;
    }

    private static @Nullable Object identity(Path file) throws IOException {
        try {
            return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
