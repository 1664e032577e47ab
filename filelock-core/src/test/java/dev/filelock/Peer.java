package dev.filelock;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Another JVM that does what it is told with one lock: {@code acquire}, {@code try MILLIS}, {@code release}, {@code count FILE TIMES}. */
final class Peer {
    private Peer() {}

    static ChildProcess start(LockKind kind, Path path) {
        return JavaPeer.start(Peer.class, kind.name(), path.toString()).expectLine("ready");
    }

    public static void main(String[] arguments) throws Exception {
        FileLock lock = LockKind.valueOf(arguments[0]).lock(Path.of(arguments[1]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        HeldLock held = null;
        say("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", 3);
            switch (words[0]) {
                case "acquire":
                    held = lock.acquire();
                    say("held");
                    break;
                case "try":
                    try {
                        held = lock.acquire(Duration.ofMillis(Long.parseLong(words[1])));
                        say("held");
                    } catch (FileLockTimeoutException e) {
                        say("timeout " + e.getMessage());
                    }
                    break;
                case "release":
                    if (held != null) {
                        held.close();
                    }
                    say("released");
                    break;
                case "count":
                    count(lock, Path.of(words[2]), Integer.parseInt(words[1]));
                    say("counted");
                    break;
                default:
                    throw new IllegalArgumentException(line);
            }
        }
    }

    /** Adds to a number in a file so that two at once would lose one: reads, lets others run, writes. */
    private static void count(FileLock lock, Path file, int times) throws InterruptedException, IOException {
        for (int i = 0; i < times; i++) {
            try (HeldLock held = lock.acquire()) {
                long number = Long.parseLong(Files.readString(file).strip());
                Thread.yield();
                Files.writeString(file, Long.toString(number + 1));
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
