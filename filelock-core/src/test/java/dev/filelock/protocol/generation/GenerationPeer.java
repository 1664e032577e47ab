package dev.filelock.protocol.generation;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.ReadWriteFileLock;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM that does what it is told with one lock: {@code acquire MODE}, {@code valid}, {@code lost}, {@code release}, or
 * {@code crowd TIMES DIRECTORY SEED}.
 */
final class GenerationPeer {
    private GenerationPeer() {}

    static ReadWriteFileLock lock(Path path, Duration heartbeat, Duration threshold) {
        return ReadWriteFileLock.builder(path)
                .backend(LockBackend.GENERATION)
                .generationHeartbeat(heartbeat)
                .staleThreshold(threshold)
                .build();
    }

    static ChildProcess start(Path path, Duration heartbeat, Duration threshold) {
        return JavaPeer.start(GenerationPeer.class, path.toString(), heartbeat.toString(), threshold.toString())
                .expectLine("ready");
    }

    public static void main(String[] arguments) throws Exception {
        ReadWriteFileLock lock =
                lock(Path.of(arguments[0]), Duration.parse(arguments[1]), Duration.parse(arguments[2]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        HeldLock held = null;
        say("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "acquire" -> {
                    FileLock wanted = LockMode.valueOf(words[1]) == LockMode.READ ? lock.readLock() : lock.writeLock();
                    held = wanted.acquire();
                    say("held " + held.fencingToken().orElseThrow());
                }
                case "valid" -> {
                    try {
                        held.ensureValid();
                        say("valid");
                    } catch (FileLockException e) {
                        say(e.getClass().getSimpleName());
                    }
                }
                case "lost" ->
                    say("lost "
                            + held.lost()
                                    .toCompletableFuture()
                                    .get(60, TimeUnit.SECONDS)
                                    .reason());
                case "release" -> {
                    held.close();
                    say("released");
                }
                default -> {
                    crowd(lock, Integer.parseInt(words[1]), Path.of(words[2]), Long.parseLong(words[3]));
                    say("done");
                }
            }
        }
    }

    private static void crowd(ReadWriteFileLock lock, int times, Path directory, long seed)
            throws InterruptedException, IOException {
        Random random = new Random(seed);
        Path counter = directory.resolve("counter");
        for (int writes = 0; writes < times; ) {
            if (random.nextBoolean()) {
                try (HeldLock held = lock.writeLock().acquire()) {
                    long number = Long.parseLong(Files.readString(counter).strip());
                    Thread.yield();
                    Files.writeString(counter, Long.toString(number + 1));
                    Files.writeString(
                            directory.resolve("tokens"),
                            held.fencingToken().orElseThrow() + " java\n",
                            StandardOpenOption.APPEND);
                }
                writes++;
            } else {
                try (HeldLock held = lock.readLock().acquire()) {
                    String before = Files.readString(counter);
                    Thread.yield();
                    if (!before.equals(Files.readString(counter))) {
                        throw new IllegalStateException("a writer wrote while a reader read");
                    }
                }
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
