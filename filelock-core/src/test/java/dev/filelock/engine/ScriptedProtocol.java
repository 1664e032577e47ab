package dev.filelock.engine;

import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.LockProtocol;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A protocol whose other processes are played by the test, for what real ones do too seldom to wait for. */
final class ScriptedProtocol implements LockProtocol {
    /** What happens inside a call, before it does what it is for. */
    interface Incident {
        void happen() throws IOException;
    }

    final boolean waitsInsidePoll;
    final ConcurrentHashMap<Path, Boolean> heldElsewhere = new ConcurrentHashMap<>();
    final ConcurrentHashMap<Path, FileIdentity> identities = new ConcurrentHashMap<>();
    final List<LockClaim> claims = new CopyOnWriteArrayList<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    final AtomicInteger grants = new AtomicInteger();
    final AtomicInteger polls = new AtomicInteger();
    final AtomicInteger releases = new AtomicInteger();
    final List<Thread> pollers = new CopyOnWriteArrayList<>();
    volatile Incident beforeAttempt = () -> {};
    volatile Incident beforePoll = () -> {};
    volatile Consumer<Path> beforePollOf = path -> {};
    volatile Incident beforeHolders = () -> {};
    volatile Incident beforeClaims = () -> {};
    volatile Incident beforeEnsureValid = () -> {};
    volatile Incident beforeRelease = () -> {};
    volatile Incident beforeAbandon = () -> {};
    volatile boolean overdue;
    volatile boolean forgettable = true;
    volatile boolean grantsCanBePassedOn;
    volatile int failReleases;
    volatile int failAbandons;
    volatile @Nullable Consumer<LockLostException> loser;
    volatile @Nullable LockLostException lostAtOnce;

    ScriptedProtocol(boolean waitsInsidePoll) {
        this.waitsInsidePoll = waitsInsidePoll;
    }

    @Override
    public boolean waitsInsidePoll() {
        return waitsInsidePoll;
    }

    @Override
    public LockFile open(Path path, LockOptions options) {
        return new LockFile() {
            @Override
            public Attempt attempt(LockMode mode) {
                withoutInputOrOutput(beforeAttempt);
                events.add("attempt " + mode);
                return new ScriptedAttempt(path, mode);
            }

            @Override
            public boolean forgettable() {
                return forgettable;
            }

            @Override
            public List<LockClaim> claims() throws IOException {
                beforeClaims.happen();
                return List.copyOf(claims);
            }

            @Override
            public boolean forceBreak(LockClaim claim) throws IOException {
                beforeClaims.happen();
                return claims.remove(claim);
            }

            @Override
            public List<LockHolder> holders() {
                withoutInputOrOutput(beforeHolders);
                return heldElsewhere.containsKey(path)
                        ? List.of(new LockHolder(4711L, "elsewhere", "python3 import.py", null, null, null, null))
                        : List.of();
            }
        };
    }

    private final class ScriptedAttempt implements Attempt {
        private final Path path;
        private final LockMode mode;

        ScriptedAttempt(Path path, LockMode mode) {
            this.path = path;
            this.mode = mode;
        }

        @Override
        public @Nullable Grant poll(Patience patience) throws IOException {
            pollers.add(Thread.currentThread());
            do {
                polls.incrementAndGet();
                beforePoll.happen();
                beforePollOf.accept(path);
                if (!heldElsewhere.containsKey(path)) {
                    grants.incrementAndGet();
                    events.add("grant " + mode);
                    return new ScriptedGrant(path);
                }
            } while (waitsInsidePoll && patience.again());
            return null;
        }

        @Override
        public void abandon() throws IOException {
            beforeAbandon.happen();
            if (failAbandons-- > 0) {
                throw new IOException("abandon failed as told");
            }
            events.add("abandon " + mode);
        }
    }

    private final class ScriptedGrant implements Grant {
        private final Path path;

        ScriptedGrant(Path path) {
            this.path = path;
        }

        @Override
        public void release() throws IOException {
            releases.incrementAndGet();
            beforeRelease.happen();
            if (failReleases-- > 0) {
                throw new IOException("release failed as told");
            }
            grants.decrementAndGet();
            events.add("release");
        }

        @Override
        public boolean isOverdue() {
            return overdue;
        }

        @Override
        public void ensureValid() throws IOException {
            beforeEnsureValid.happen();
        }

        @Override
        public boolean canBePassedOn() {
            return grantsCanBePassedOn;
        }

        @Override
        public LockBackend backend() {
            return LockBackend.NATIVE;
        }

        @Override
        public @Nullable FileIdentity identity() {
            return identities.get(path);
        }

        @Override
        public void onLost(Consumer<LockLostException> listener) {
            loser = listener;
            LockLostException before = lostAtOnce;
            if (before != null) {
                listener.accept(before);
            }
        }
    }

    private static void withoutInputOrOutput(Incident incident) {
        try {
            incident.happen();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
