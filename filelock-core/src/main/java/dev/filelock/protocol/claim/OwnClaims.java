package dev.filelock.protocol.claim;

import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.RecordedProcess;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.claim.ClaimName.State;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The claims of one acquisition: first the intent, then the held one, two names of one file. Whatever may be on disk is known here,
 * and taken away by {@link #withdraw}, which can fail and be called again. Safe for use by any number of threads.
 */
final class OwnClaims {
    private final OsFiles files;
    private final Layout layout;
    private final ClaimName intent;
    private final ClaimName held;

    /** What has been published or may have been, the last one first. */
    private final Deque<ClaimName> published = new ArrayDeque<>(2);

    private @Nullable FileIdentity identity;
    private byte[] content = {};

    OwnClaims(OsFiles files, Layout layout, String token) {
        this.files = files;
        this.layout = layout;
        this.intent = new ClaimName(State.INTENT, token);
        this.held = new ClaimName(State.HELD, token);
    }

    String token() {
        return intent.token();
    }

    ClaimName intent() {
        return intent;
    }

    ClaimName held() {
        return held;
    }

    /** False if that has to be tried again with another token. */
    synchronized boolean publishIntent(Publication publication, RecordedProcess owner) throws IOException {
        published.push(intent);
        content = ClaimRecord.of(token(), owner).toBytes();
        identity = publication.publish(layout.claim(intent), content, owner.pidNamespace());
        if (identity == null) {
            published.pop();
        }
        return identity != null;
    }

    /** False if the intent is not there any more. */
    synchronized boolean publishHeld() throws IOException {
        if (identity == null) {
            throw new IllegalStateException("the intent comes first");
        }
        published.push(held);
        return Publication.link(files, layout.lock(), layout.claim(intent), identity, layout.claim(held));
    }

    /** What has been published or may have been. */
    synchronized List<ClaimName> published() {
        return List.copyOf(published);
    }

    /** Whether both names still stand for our file. */
    synchronized boolean stand() throws IOException {
        return isOurs(held) && isOurs(intent);
    }

    /** Whether our file says what we wrote; false if it has gone. */
    synchronized boolean areUnchanged() throws IOException {
        try (Descriptor claim = files.open(layout.claim(held), Scan.TO_LOOK, 0)) {
            return Arrays.equals(claim.read(ClaimRecord.MAX_BYTES + 1), content);
        } catch (OsException e) {
            if (isOurs(held)) {
                throw e;
            }
            return false;
        }
    }

    /** Whether a name stands for our file, whatever a listing says. */
    synchronized boolean isOurs(ClaimName name) throws IOException {
        FileStatus there = files.lstat(layout.claim(name));
        return there != null && there.identity().equals(identity);
    }

    /**
     * Takes away what may be there, the held claim first: the intent is what every look at the claims is sure to see until then.
     *
     * @throws IOException if something may be left; then this has to be called again
     */
    synchronized void withdraw() throws IOException {
        while (!published.isEmpty()) {
            files.unlink(layout.claim(published.peek()));
            published.pop();
        }
    }
}
