package dev.filelock.sample;

import dev.filelock.spring.FileLocked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file of turns for each account. A turn reads the last balance, adds to it and appends a line: two at once would lose
 * money, so each account has a lock, {@code ledger/alice.lock} beside {@code ledger/alice.jsonl}.
 *
 * <p>It is the default lock of {@code @FileLocked}, {@code flock(2)}: Python's {@code filelock.FileLock} and the command
 * {@code flock} take the same one.
 */
@Service
public class Ledger {
    /** The value of {@code #{…}} stays one name inside the lock directory, whatever the caller sent. */
    private static final String LOCK = "ledger/#{#account}";

    private static final String SUFFIX = ".jsonl";
    private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

    private final Path directory;
    private final Duration work;
    private final JsonMapper json;

    public Ledger(SampleProperties properties, JsonMapper json) throws IOException {
        this.directory = Files.createDirectories(properties.data().resolve("ledger"));
        this.work = properties.work();
        this.json = json;
    }

    /**
     * Waits as long as {@code filelock.timeout} says, then fails with an exception that names the holder.
     *
     * @param asked when the caller came; the line tells how long it waited
     */
    @FileLocked(path = LOCK)
    public Turn append(String account, int amount, Instant asked) throws IOException, InterruptedException {
        Instant start = Turn.now();
        JsonLines<Turn> file = file(account);
        List<Turn> turns = file.read();
        Thread.sleep(work.toMillis());
        Turn turn = (turns.isEmpty() ? Turn.NONE : turns.get(turns.size() - 1)).next(asked, start, amount);
        file.append(turn);
        return turn;
    }

    /** Reading waits its turn too: it must not see a line that is half written. */
    @FileLocked(path = LOCK)
    List<Turn> turns(String account) throws IOException {
        return file(account).read();
    }

    @FileLocked(path = LOCK)
    Audit audit(String account) throws IOException {
        return Audit.of(file(account).text(), json);
    }

    /** Keeps everybody else waiting, so that it can be watched. It does not wait itself: {@code timeout = "0"} tries once. */
    @FileLocked(path = LOCK, timeout = "0", name = "Ledger.hold")
    void hold(String account, Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    List<String> accounts() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        }
    }

    /** Where an account's turns are. */
    public Path path(String account) {
        if (!ACCOUNT.matcher(account).matches()) {
            throw new IllegalArgumentException(
                    "'" + account + "' is not an account: use up to 40 lower-case letters, digits and hyphens");
        }
        return directory.resolve(account + SUFFIX);
    }

    private JsonLines<Turn> file(String account) {
        return new JsonLines<>(path(account), Turn.class, json);
    }
}
