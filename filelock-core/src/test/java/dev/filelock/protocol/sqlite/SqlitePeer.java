package dev.filelock.protocol.sqlite;

import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Another JVM that does as it is told, one line for each answer: {@code try READ} is answered by {@code held} or {@code busy},
 * {@code interrupted READ} likewise and whether the interrupt is still there, {@code wait WRITE} by {@code waiting} (if it has to)
 * and {@code held}, {@code release} by {@code released}, and {@code count 100 FILE}, which adds to the number in a file each time
 * under the lock, by {@code counted}.
 */
final class SqlitePeer {
    private final PrintStream out = System.out;
    private final LockFile file;
    private Grant grant;

    private SqlitePeer(Path path) {
        file = open(path);
    }

    static ChildProcess start(Path path) {
        return start(List.of(), path);
    }

    static ChildProcess start(Collection<String> options, Path path) {
        return JavaPeer.start(options, SqlitePeer.class, path.toString());
    }

    static LockFile open(Path path) {
        return new SqliteProtocol(OsFileIdentities.system(), KernelLocks.system(), (directory, delay, work) -> {})
                .open(path, LockOptions.defaults());
    }

    public static void main(String[] arguments) throws IOException {
        SqlitePeer peer = new SqlitePeer(Path.of(arguments[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                peer.obey(line.split(" "));
            } catch (RuntimeException e) {
                peer.say(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    private void obey(String[] words) throws IOException {
        switch (words[0]) {
            case "try" -> say(acquire(words[1], Patience.NONE) ? "held" : "busy");
            case "wait" -> say(acquire(words[1], forEver(this::say)) ? "held" : "busy");
            case "interrupted" -> {
                Thread.currentThread().interrupt();
                boolean held = acquire(words[1], Patience.NONE);
                say((held ? "held" : "busy") + (Thread.interrupted() ? ", still interrupted" : ", interrupt lost"));
            }
            case "release" -> {
                grant.release();
                say("released");
            }
            case "count" -> {
                for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                    while (!acquire("WRITE", forEver(text -> {}))) {
                        Thread.onSpinWait();
                    }
                    Path counter = Path.of(words[2]);
                    int count = Integer.parseInt(Files.readString(counter));
                    Thread.yield();
                    Files.writeString(counter, Integer.toString(count + 1));
                    grant.release();
                }
                say("counted");
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private boolean acquire(String mode, Patience patience) throws IOException {
        grant = file.attempt(LockMode.valueOf(mode)).poll(patience);
        return grant != null;
    }

    /** Patience that tells once that it is needed. */
    static Patience forEver(Consumer<String> teller) {
        AtomicBoolean told = new AtomicBoolean();
        return () -> {
            if (told.compareAndSet(false, true)) {
                teller.accept("waiting");
            }
            LockSupport.parkNanos(1_000_000);
            return true;
        };
    }

    private void say(String text) {
        out.println(text);
        out.flush();
    }
}
