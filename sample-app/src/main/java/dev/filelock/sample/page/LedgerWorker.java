package dev.filelock.sample.page;

import dev.filelock.FileLock;
import dev.filelock.sample.Ledger;
import dev.filelock.sample.SampleProperties;
import dev.filelock.sample.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.json.JsonMapper;

/**
 * The second Java process of the page: plain Java, without Spring, on the same lock as {@code @FileLocked}.
 *
 * <p>It prints {@code holding} and a time as soon as it has the lock, and {@code released} when it gives it back, so that the page
 * knows what it was doing if it is killed meanwhile.
 */
final class LedgerWorker {
    static final String HOLDING = "holding ";
    static final String RELEASED = "released";
    static final String ARCHIVING = "archiving";

    private final FileLock lock;
    private final Ledger ledger;
    private final String account;

    private LedgerWorker(Path data, String account, Duration work) throws IOException {
        // @FileLocked(path = "ledger/#{#account}") means this file.
        this.lock = FileLock.of(data.resolve("ledger").resolve(account + ".lock"));
        // A plain object: its annotations do nothing here, the lock is taken by hand.
        this.ledger = new Ledger(new SampleProperties(data, work), JsonMapper.shared());
        this.account = account;
    }

    /**
     * {@code DATA ACCOUNT WORK turns COUNT PAUSE}, {@code DATA ACCOUNT WORK hold TIME} or {@code DATA ACCOUNT WORK archive TIME};
     * times as in {@code PT1S}.
     */
    public static void main(String[] args) throws Exception {
        endWithParent();
        LedgerWorker worker = new LedgerWorker(Path.of(args[0]), args[1], Duration.parse(args[2]));
        switch (args[3]) {
            case "turns" -> worker.takeTurns(Integer.parseInt(args[4]), Duration.parse(args[5]));
            case "hold" -> worker.hold(Duration.parse(args[4]));
            case "archive" -> archive(Archive.lock(Path.of(args[0]), args[1]), Duration.parse(args[4]));
            default -> throw new IllegalArgumentException("'" + args[3] + "' is not turns, hold or archive");
        }
    }

    private void takeTurns(int count, Duration pause) throws Exception {
        for (int i = 0; i < count; i++) {
            var asked = Turn.now();
            lock.execute(() -> {
                say(HOLDING + Turn.now());
                return ledger.append(account, 1, asked);
            });
            say(RELEASED);
            Thread.sleep(ThreadLocalRandom.current().nextLong(2 * pause.toMillis() + 1));
        }
    }

    private void hold(Duration time) throws Exception {
        lock.execute(() -> {
            say(HOLDING + Turn.now());
            Thread.sleep(time.toMillis());
            return null;
        });
        say(RELEASED);
    }

    /** Has the archive's lock, and gets nowhere. */
    private static void archive(FileLock lock, Duration time) throws Exception {
        lock.execute(() -> {
            say(ARCHIVING);
            Thread.sleep(time.toMillis());
            return null;
        });
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** The parent never writes: the input ends when the parent does, however it ends. */
    private static void endWithParent() {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // nobody writes
                        }
                    } catch (IOException e) {
                        // the pipe broke, which means the same
                    }
                    Runtime.getRuntime().halt(1);
                },
                "parent");
        watch.setDaemon(true);
        watch.start();
    }
}
