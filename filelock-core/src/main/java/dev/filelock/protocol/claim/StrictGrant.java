package dev.filelock.protocol.claim;

import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.os.FileStatus;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.PathLoss;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Both claims, and the sentinel, which is kept open for the hold. */
final class StrictGrant implements Grant {
    private static final Logger log = LoggerFactory.getLogger(StrictGrant.class);

    private final OsFiles files;
    private final Path path;
    private final Sentinel.Opened sentinel;
    private final OwnClaims claims;

    StrictGrant(OsFiles files, Path path, Sentinel.Opened sentinel, OwnClaims claims) {
        this.files = files;
        this.path = path;
        this.sentinel = sentinel;
        this.claims = claims;
    }

    @Override
    public LockBackend backend() {
        return LockBackend.STRICT;
    }

    @Override
    public FileIdentity identity() {
        return sentinel.identity();
    }

    @Override
    public void ensureValid() throws IOException {
        FileStatus there = files.lstat(path);
        PathLoss loss = PathLoss.ofFile(path, identity(), there == null ? null : there.identity());
        if (loss != null) {
            throw loss.exception(path, "the sentinel");
        } else if (!sentinel.isUnchanged()) {
            throw lost(Reason.CONTENT_CHANGED, "its sentinel was written over while it was held");
        }
        if (!claims.stand() || !claims.areUnchanged()) {
            throw claims.stand()
                    ? lost(Reason.CONTENT_CHANGED, "its claims were written over while it was held")
                    : lost(Reason.CLAIM_MISSING, "somebody removed or replaced its claims while it was held");
        }
    }

    private LockLostException lost(Reason reason, String how) {
        return new LockLostException(
                path, reason, "lock on " + path + " was lost: " + how + ", so another process may hold the lock too");
    }

    @Override
    public void release() throws IOException {
        claims.withdraw();
        try {
            sentinel.file().close();
        } catch (IOException e) {
            log.warn("Closing the sentinel {} failed; its lock is released all the same", path, e);
        }
    }
}
