package dev.filelock.protocol.claim;

import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.RecordedProcess;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries to get through the doorway, told in the order it runs: hold the sentinel; see that there is no claim; publish the intent; see
 * that it goes first; publish the held claim; see that both are there and nobody's token is smaller. Whoever sees something else
 * takes its claims back and tries again later.
 *
 * <p>Two can't get through at once, since each publishes before it looks. A poll leaves nothing on disk unless what it published
 * can't be removed, which is tried again until it can.
 */
final class StrictAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger(StrictAttempt.class);

    /** Who met others in the doorway comes back a little later, each at a time of its own. */
    private static final Duration JITTER = Duration.ofMillis(2);

    private final StrictLockFile lockFile;
    private final Surroundings surroundings;
    private @Nullable Layout layout;
    private boolean metOthers;

    StrictAttempt(StrictLockFile lockFile, Surroundings surroundings) {
        this.lockFile = lockFile;
        this.surroundings = surroundings;
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        try {
            lockFile.withdrawResidue();
        } catch (IOException e) {
            log.debug("What an earlier attempt left of {} is still in the way", layout, e);
            return null;
        }
        if (layout == null) {
            layout = lockFile.layout(); // once: the directory may have another name before this is over
        }
        if (metOthers) {
            surroundings.pauseUpTo(JITTER);
        }
        return enter(surroundings.files().get(), layout);
    }

    private @Nullable Grant enter(OsFiles files, Layout layout) throws IOException {
        Publication publication = lockFile.publication(files, layout);
        OwnClaims claims = new OwnClaims(files, layout, surroundings.token());
        Scan scan = new Scan(files, surroundings.time(), layout);
        Sentinel.Opened sentinel = new Sentinel(files, surroundings.time(), layout).open(publication);
        if (sentinel == null) {
            return null;
        }
        Grant grant = null;
        Throwable failure = null;
        try {
            layout.requireDirectories(files);
            if (scan.look(claims).isEmpty() && getThrough(claims, publication, scan)) {
                grant = new StrictGrant(files, layout.lock(), sentinel, claims);
            }
            return grant;
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            if (grant == null) {
                leave(claims, sentinel.file(), failure);
            }
        }
    }

    private boolean getThrough(OwnClaims claims, Publication publication, Scan scan) throws IOException {
        metOthers = true;
        if (!claims.publishIntent(publication, RecordedProcess.current(surroundings.processes()))) {
            return false;
        }
        if (!scan.look(claims).letsGoFirst(claims.intent())) {
            return false;
        }
        if (!claims.publishHeld()) {
            return false;
        }
        Claims all = scan.look(claims);
        return all.contains(claims.intent()) && all.contains(claims.held()) && all.isSmallest(claims.token());
    }

    private void leave(OwnClaims claims, Descriptor sentinel, @Nullable Throwable failure) throws IOException {
        try (sentinel) {
            claims.withdraw();
        } catch (IOException | RuntimeException | Error e) {
            lockFile.leaveAsResidue(claims);
            if (failure == null) {
                throw e;
            }
            failure.addSuppressed(e);
        }
    }

    @Override
    public Set<Watch> watches() {
        return layout == null ? Set.of() : Set.of(new Watch(layout.claims(), Watch.Kind.DIRECTORY));
    }

    @Override
    public void abandon() throws IOException {
        lockFile.withdrawResidue();
    }
}
