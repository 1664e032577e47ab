package dev.filelock.verify;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.ReadWriteFileLock;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that takes the lock as often as it can and tells the referee: after it is in, and before it leaves. Not for people:
 * {@link Verify} starts it.
 */
public final class Contender {
    private static final long LONGEST_STAY = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long LONGEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(500);
    private final Link referee;
    private final Path directory;
    private final Duration patience;
    private final Duration untilSeen;

    private Contender(Link referee, Path directory, Duration patience, Duration untilSeen) {
        this.referee = referee;
        this.directory = directory;
        this.patience = patience;
        this.untilSeen = untilSeen;
    }

    /**
     * Contends until the referee ends it.
     *
     * @param arguments the referee's host and port, this host's directory, and in milliseconds the patience and how long the
     *     referee's subdirectory may take to show here
     * @throws IOException if the referee can't be reached
     * @throws InterruptedException never
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        endWithParent();
        InetSocketAddress address = InetSocketAddress.createUnresolved(arguments[0], Integer.parseInt(arguments[1]));
        try (Link referee = Link.to(address)) {
            referee.send("CONTENDER " + Verify.hostName() + " "
                    + ProcessHandle.current().pid());
            new Contender(
                            referee,
                            Path.of(arguments[2]),
                            Duration.ofMillis(Long.parseLong(arguments[3])),
                            Duration.ofMillis(Long.parseLong(arguments[4])))
                    .run();
        } catch (EOFException e) {
            System.exit(ExitStatus.NOT_TRIED.code); // the referee has gone
        }
    }

    /** Whoever started this process keeps its input open. */
    private static void endWithParent() {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // nothing is ever sent
                        }
                    } catch (IOException e) {
                        // as good as the end
                    }
                    Runtime.getRuntime().halt(ExitStatus.NOT_TRIED.code);
                },
                "parent");
        watch.setDaemon(true);
        watch.start();
    }

    private void run() throws IOException, InterruptedException {
        for (String command = referee.receive(); !command.equals("QUIT"); command = referee.receive()) {
            String[] words = command.split(" ", 3); // BEGIN, backend, file
            LockBackend backend = LockBackend.valueOf(words[1]);
            try {
                contend(backend, directory.resolve(words[2]));
                referee.send("DONE");
            } catch (FileLockTimeoutException e) {
                referee.send("STARVED " + e.getMessage());
            } catch (FileLockException | IllegalArgumentException | IllegalStateException e) {
                referee.send("UNAVAILABLE " + e.getMessage());
            }
        }
    }

    private void contend(LockBackend backend, Path file) throws IOException, InterruptedException {
        awaitDirectory(file);
        LockOptions.Builder options =
                LockOptions.builder().timeout(patience).fallbackToSoft(false).logWaitingAfter(LockOptions.FOREVER);
        boolean readWrite = backend.supports(LockMode.READ);
        LockOptions chosen = (readWrite ? options.readWriteBackend(backend) : options.backend(backend)).build();
        FileLock[] locks;
        if (readWrite) {
            ReadWriteFileLock lock =
                    ReadWriteFileLock.builder(file).options(chosen).build();
            locks = new FileLock[] {lock.writeLock(), lock.readLock(), lock.readLock()};
        } else {
            locks = new FileLock[] {FileLock.builder(file).options(chosen).build()};
        }
        boolean goOn = true;
        while (goOn) {
            FileLock lock = locks[ThreadLocalRandom.current().nextInt(locks.length)];
            long begun = System.nanoTime();
            try (HeldLock held = lock.acquire()) {
                long waited = System.nanoTime() - begun;
                referee.ask("ENTER " + held.mode() + " " + waited);
                pause(LONGEST_STAY);
                goOn = referee.ask("LEAVE").equals("GO");
            }
            pause(LONGEST_PAUSE);
        }
    }

    private void awaitDirectory(Path file) {
        Path parent = file.getParent();
        long begun = System.nanoTime();
        while (parent != null && !Files.isDirectory(parent)) {
            if (System.nanoTime() - begun > TimeUnit.NANOSECONDS.convert(untilSeen)) {
                throw new IllegalStateException("this host does not see " + parent
                        + ", which the referee made: is it the same directory of the same share?");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static void pause(long longest) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
    }
}
