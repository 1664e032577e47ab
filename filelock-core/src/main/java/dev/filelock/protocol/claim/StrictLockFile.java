package dev.filelock.protocol.claim;

import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.FileModes;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.LockFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A lock that is a directory of claims. */
final class StrictLockFile implements LockFile {
    private final Path path;
    private final @Nullable Integer permissions;
    private final Surroundings surroundings;

    /** Claims of attempts that failed, and that could not be taken back yet. They are ours, so nobody is to wait for them. */
    private final Set<OwnClaims> residue = ConcurrentHashMap.newKeySet();

    StrictLockFile(Path path, LockOptions options, Surroundings surroundings) {
        this.path = path;
        this.permissions = options.filePermissions().map(FileModes::bits).orElse(null);
        this.surroundings = surroundings;
    }

    Layout layout() throws IOException {
        return Layout.of(path, surroundings.directories());
    }

    Publication publication(OsFiles files, Layout layout) {
        return new Publication(files, layout.lock(), permissions, surroundings::token);
    }

    @Override
    public Attempt attempt(LockMode mode) {
        return new StrictAttempt(this, surroundings);
    }

    void leaveAsResidue(OwnClaims claims) {
        residue.add(claims);
    }

    /** @throws IOException if some is still left */
    void withdrawResidue() throws IOException {
        for (OwnClaims claims : residue) {
            claims.withdraw();
            residue.remove(claims);
        }
    }

    @Override
    public boolean forgettable() {
        return residue.isEmpty();
    }

    @Override
    public List<LockHolder> holders() {
        try {
            return inspection()
                    .holders(token ->
                            residue.stream().anyMatch(claims -> claims.token().equals(token)));
        } catch (NoSuchFileException e) {
            return List.of(); // not even its directory is there
        } catch (IOException e) {
            return List.of(LockHolder.unknown("its claims can't be read: " + e.getMessage()));
        }
    }

    @Override
    public List<LockClaim> claims() throws IOException {
        try {
            return inspection().claims();
        } catch (NoSuchFileException e) {
            return List.of(); // not even its directory is there
        }
    }

    @Override
    public boolean forceBreak(LockClaim claim) throws IOException {
        return inspection().forceBreak(claim);
    }

    private Inspection inspection() throws IOException {
        return new Inspection(surroundings.files().get(), surroundings, layout());
    }
}
