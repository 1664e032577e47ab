package dev.filelock.protocol.generation;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One participant on disk: its token, and the record by which others see that it lives. Used by one thread at a time, but for
 * {@link #refresh}, which a heartbeat may call beside {@link #leave}.
 */
final class Membership {
    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    private final LockDirectory directory;
    private final Environment environment;
    private final String token;
    private volatile @Nullable HolderRecord record;
    private volatile long signOfLife;

    /** A snapshot that names the token may be in the log. */
    private boolean named;

    Membership(LockDirectory directory, Environment environment) {
        this.directory = directory;
        this.environment = environment;
        this.token = environment.tokens().next();
    }

    String token() {
        return token;
    }

    LockDirectory directory() {
        return directory;
    }

    /** Shows the record, unless it is to be seen. Comes before the token appears in any snapshot. */
    void show() throws IOException {
        if (record == null || !directory.holders().has(token)) { // the directory may be another one by now
            create();
        }
    }

    private void create() throws IOException {
        HolderRecord fresh = new HolderRecord(
                token,
                environment.processes().pid(),
                environment.processes().hostField(),
                environment.tokens().next());
        record = fresh;
        long begun = environment.time().nanos();
        directory.holders().create(fresh);
        signOfLife = begun;
    }

    /** Gives a sign of life if the last one is older than the given time, even if somebody has removed the record. */
    void keepFresh(Duration age) throws IOException {
        if (record != null && environment.time().nanos() - signOfLife >= age.toNanos() && !refresh()) {
            create();
        }
    }

    /** Gives a sign of life; false if the record is missing. */
    boolean refresh() throws IOException {
        HolderRecord before = record;
        if (before == null) {
            return false;
        }
        HolderRecord fresh = before.withNonce(environment.tokens().next());
        long begun = environment.time().nanos();
        boolean there = directory.holders().rewrite(fresh);
        if (there) {
            signOfLife = begun;
        }
        return there;
    }

    /** When the last sign of life that reached the disk was begun; others judge by it, and can't have seen it earlier. */
    long signOfLife() {
        return signOfLife;
    }

    /** Tries to make a snapshot that names this participant the next generation. */
    boolean commitNamed(Snapshot successor) throws IOException {
        show();
        named = true;
        return directory.log().commit(successor);
    }

    /** Takes every trace back. To be called again if it throws. */
    void leave() throws IOException {
        if (named) {
            leaveLog();
            named = false;
        }
        if (record != null) {
            directory.holders().remove(token);
            record = null;
        }
    }

    private void leaveLog() throws IOException {
        GenerationLog generations = directory.log();
        try {
            Snapshot latest = generations.latestToCommitOn();
            while (latest.has(token) && !generations.commit(latest.without(Set.of(token)))) {
                latest = generations.latest();
            }
        } catch (OsException e) {
            boolean missing = e.error() == OsError.NOT_FOUND || e.error() == OsError.NOT_DIRECTORY;
            if (!missing || !directory.isGone()) {
                throw e;
            }
            log.warn("{} was deleted while its lock was in use", directory.root());
        }
    }
}
