package dev.filelock.protocol.generation;

import dev.filelock.LockMode;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes part until the lock is granted, told in the order it runs: look at the newest snapshot; leave out whoever shows no sign of
 * life; enter, unless a writer is inside; and agree with the others on the snapshot that says so.
 *
 * <p>A writer enters while readers are inside, so that no more of them enter, and is granted once they have left. That is a
 * reservation on disk which outlasts a poll.
 */
final class Participant implements Attempt {
    /** Whoever loses the race for a generation looks at once what the winner wrote, so often in one poll. */
    private static final int ROUNDS = 4;

    private final GenerationLockFile file;
    private final LockMode mode;
    private final Duration freshness;
    private @Nullable Membership membership;
    private @Nullable String reclaimed;

    Participant(GenerationLockFile file, LockMode mode) {
        this.file = file;
        this.mode = mode;
        this.freshness = file.staleThreshold().dividedBy(8);
    }

    /** How a round ends. */
    private sealed interface Round permits Round.Lost, Round.Wait, Round.Granted {
        /** Somebody else wrote the next generation. */
        record Lost() implements Round {}

        record Wait() implements Round {}

        record Granted(long generation) implements Round {}
    }

    @Override
    public @Nullable Grant poll(Patience patience) throws IOException {
        Membership mine = membership;
        if (mine == null) {
            mine = new Membership(file.directory(), file.environment());
            membership = mine;
        }
        FileIdentity identity = mine.directory().make();
        for (int round = 0; round < ROUNDS; round++) {
            Round outcome = takeRound(mine);
            if (outcome instanceof Round.Granted granted) {
                Grant grant = GenerationGrant.begin(file, mine, granted.generation(), identity);
                membership = null;
                return grant;
            }
            if (outcome instanceof Round.Wait) {
                break;
            }
        }
        return null;
    }

    private Round takeRound(Membership mine) throws IOException {
        LockDirectory directory = mine.directory();
        Liveness liveness = file.liveness();
        Snapshot latest = directory.log().latest();
        boolean entered = latest.has(mine.token());
        mine.keepFresh(freshness);
        liveness.sweep(latest, directory);
        Set<String> stale = liveness.stale(latest.membersOtherThan(mine.token()), directory.holders());

        Snapshot successor = latest.without(stale);
        if (!entered && successor.writer() != null) {
            if (!stale.isEmpty() && directory.log().commit(successor)) {
                reclaimed = liveness.evicted(stale, directory);
            }
            return new Round.Wait();
        }
        if (!entered) {
            successor = successor.with(mode, mine.token());
        }
        boolean granted = mode == LockMode.READ || successor.readers().isEmpty();
        if (entered && stale.isEmpty() && !granted) {
            return new Round.Wait();
        }
        if (!mine.commitNamed(successor)) {
            return new Round.Lost();
        }
        if (!stale.isEmpty()) {
            reclaimed = liveness.evicted(stale, directory);
        }
        return granted ? new Round.Granted(successor.generation()) : new Round.Wait();
    }

    /** Keeps our sign of life fresh while we wait, and finds the others out in time. */
    @Override
    public Duration pollAtLeastEvery() {
        return freshness;
    }

    /** Every change of who is inside is a new name there. */
    @Override
    public Set<Watch> watches() {
        return Set.of(new Watch(LockDirectory.root(file.path()).resolve("gen"), Watch.Kind.DIRECTORY));
    }

    @Override
    public @Nullable String takeReclaimed() {
        String told = reclaimed;
        reclaimed = null;
        return told;
    }

    @Override
    public void abandon() throws IOException {
        if (membership != null) {
            membership.leave();
            membership = null;
        }
        file.used();
    }
}
