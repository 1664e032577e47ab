package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.soft;
import static dev.filelock.protocol.marker.Markers.tryOnce;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.filelock.protocol.Grant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * One process of several that meet at one stale marker after the other. In each round all threads of all of them start together,
 * and the round is over when one has held the lock and found itself alone. Says how often it held, or where it met another.
 */
final class ReclaimRace implements Callable<Integer> {
    private static final int THREADS = 2;
    private static final String FAILED = "failed";

    private final Path directory;
    private final int rounds;
    private final CyclicBarrier start;

    private ReclaimRace(Path directory, int rounds, CyclicBarrier start) {
        this.directory = directory;
        this.rounds = rounds;
        this.start = start;
    }

    @SuppressWarnings("SystemOut") // it answers the test
    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(MarkerAttempt.class)).setLevel(Level.WARN); // the output is for the answer
        Path directory = Path.of(arguments[0]);
        int self = Integer.parseInt(arguments[1]);
        int peers = Integer.parseInt(arguments[2]);
        int rounds = Integer.parseInt(arguments[3]);
        int[] round = {0};
        CyclicBarrier start = new CyclicBarrier(THREADS, () -> meetPeers(directory, self, peers, round[0]++));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(new ReclaimRace(directory, rounds, start)));
            }
            int holds = 0;
            for (Future<Integer> result : results) {
                holds += result.get();
            }
            System.out.println("holds " + holds);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void meetPeers(Path directory, int self, int peers, int round) {
        try {
            Files.createFile(directory.resolve(round + ".ready." + self));
            for (int peer = 0; peer < peers; peer++) {
                while (!Files.exists(directory.resolve(round + ".ready." + peer))) {
                    Path failed = directory.resolve(FAILED);
                    if (Files.exists(failed)) {
                        throw new IllegalStateException("another process failed: " + Files.readString(failed));
                    }
                    LockSupport.parkNanos(20_000);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    @SuppressWarnings("SystemOut") // it answers the test
    public Integer call() throws Exception {
        try {
            return race();
        } catch (IOException | IllegalStateException e) {
            Files.writeString(directory.resolve(FAILED), e.toString());
            System.out.println(e);
            Runtime.getRuntime().halt(1); // the others wait for this thread at the start
            throw e;
        }
    }

    private int race() throws Exception {
        int holds = 0;
        for (int round = 0; round < rounds; round++) {
            start.await();
            Path lock = directory.resolve(round + ".lock");
            Path over = directory.resolve(round + ".over");
            while (!Files.exists(over)) {
                Grant grant = tryOnce(soft(lock));
                if (grant != null) {
                    holdAlone(round, grant);
                    grant.release();
                    holds++;
                    createIfMissing(over);
                } else {
                    LockSupport.parkNanos(50_000);
                }
            }
        }
        return holds;
    }

    private void holdAlone(int round, Grant grant) throws IOException {
        Path inside = directory.resolve(round + ".inside");
        try {
            Files.createFile(inside);
        } catch (FileAlreadyExistsException e) {
            throw new IllegalStateException("two held the lock of round " + round, e);
        }
        LockSupport.parkNanos(300_000);
        grant.ensureValid();
        Files.delete(inside);
    }

    private static void createIfMissing(Path path) throws IOException {
        try {
            Files.createFile(path);
        } catch (FileAlreadyExistsException e) {
            // another thread held the lock in this round, too, after us
        }
    }
}
