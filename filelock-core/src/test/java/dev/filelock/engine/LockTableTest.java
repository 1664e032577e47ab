package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files the engine remembers, and for how long. */
class LockTableTest {
    private static final FileIdentity DIRECTORY = new FileIdentity(1, 1);
    private static final Path A = Path.of("/locks/a.lock");
    private static final Path B = Path.of("/locks/b.lock");
    private static final Path MADE_SINCE = Path.of("/made-since/a.lock");

    private final Map<Path, FileIdentity> directories = new HashMap<>(Map.of(Path.of("/locks"), DIRECTORY));
    private final Map<Path, FileIdentity> files = new HashMap<>();
    private boolean unreadable;
    private final FileIdentities identities = new FileIdentities() {
        @Override
        public @Nullable FileIdentity following(Path path) {
            return directories.get(path);
        }

        @Override
        public @Nullable FileIdentity notFollowing(Path path) throws IOException {
            if (unreadable) {
                throw new IOException("unreadable as told");
            }
            return files.get(path);
        }
    };
    private final LockTable table = new LockTable(new FileKeys(identities));
    private final Runtime runtime =
            new Runtime(table, identities, new Workers(), new Streaks(), new WaitGraph(), Watcher.NONE);
    private final ScriptedProtocol forgetting = new ScriptedProtocol(false);
    private final ScriptedProtocol keeping = new ScriptedProtocol(false);

    LockTableTest() {
        keeping.forgettable = false;
    }

    private static FileKey key(FileIdentity directory, Path path) {
        return new FileKey(directory, path.getFileName().toString());
    }

    private LockEntry pin(Path path, ScriptedProtocol protocol) {
        return pin(DIRECTORY, path, protocol, UnaryOperator.identity());
    }

    private LockEntry pin(
            FileIdentity directory, Path path, ScriptedProtocol protocol, UnaryOperator<LockOptions.Builder> change) {
        LockOptions options = change.apply(LockOptions.builder()).build();
        Request request = new Request(path, LockMode.EXCLUSIVE, options, Scope.NONE);
        FileKey key = key(directory, path);
        return table.pin(key, request, () -> new LockEntry(key, request, protocol.open(path, options), false, runtime));
    }

    private LockEntry idle(Path path) {
        LockEntry entry = pin(path, keeping);
        table.unpin(entry);
        return entry;
    }

    @Test
    void aFileIsForgottenOnceItIsUnpinnedAsOftenAsItWasPinned() {
        LockEntry entry = pin(A, forgetting);
        assertThat(pin(A, forgetting)).isSameAs(entry);
        table.pinAgain(entry);
        table.unpin(entry);
        table.unpin(entry);
        assertThat(table.find(A)).isSameAs(entry);
        assertThat(table.named(A)).containsExactly(entry);
        table.unpin(entry);
        assertThat(table.entries()).isEmpty();
        assertThat(table.named(A)).isEmpty();
    }

    @Test
    void whoeverWouldLoseSomethingIsKeptForTheNextUse() {
        LockEntry entry = idle(A);
        assertThat(table.named(A)).containsExactly(entry);
        assertThat(pin(A, keeping)).isSameAs(entry);
    }

    @Test
    void whatIsKeptGoesWithTheNextReleaseOfAnyFileOnceItWouldLoseNothing() {
        LockEntry kept = idle(A);
        table.unpin(pin(B, forgetting));
        assertThat(table.find(A)).isSameAs(kept);
        keeping.forgettable = true;
        table.unpin(pin(B, forgetting));
        assertThat(table.entries()).isEmpty();
        assertThat(table.named(A)).isEmpty();
    }

    @Test
    void whatIsUsedAgainDoesNotGoWithTheReleaseOfAnotherFile() {
        LockEntry used = idle(A);
        LockEntry kept = idle(B);
        assertThat(pin(A, keeping)).isSameAs(used);
        keeping.forgettable = true;
        table.unpin(pin(Path.of("/locks/c.lock"), forgetting));
        assertThat(table.find(A)).isSameAs(used);
        assertThat(table.find(B)).isNull();
        table.unpin(used);
        assertThat(table.entries()).isEmpty();
    }

    /** As for the waits that a registry ends when it is closed, though there may be none. */
    @Test
    void whatIsKeptAndThenPinnedForAMomentIsForgottenAsIfItHadNotBeenKept() {
        WeakReference<LockEntry> kept = new WeakReference<>(idle(A));
        table.pinAgain(Objects.requireNonNull(kept.get()));
        keeping.forgettable = true;
        table.unpin(Objects.requireNonNull(kept.get()));
        assertThat(table.entries()).isEmpty();
        await().untilAsserted(() -> {
            System.gc();
            assertThat(kept.get()).isNull();
        });
    }

    @Test
    void whatIsKeptMakesWayForAUseWithOtherOptions() {
        LockEntry kept = idle(A);
        LockEntry other = pin(DIRECTORY, A, keeping, options -> options.fallbackToSoft(false));
        assertThat(other).isNotSameAs(kept);
        assertThat(table.named(A)).containsExactly(other);
        keeping.forgettable = true;
        table.unpin(pin(B, forgetting)); // the one that made way is not looked at again
        assertThat(table.find(A)).isSameAs(other);
    }

    @Test
    void whatIsKeptMakesWayForADirectoryThatWasGivenTheInodeOfItsOwn() {
        LockEntry kept = idle(A);
        replaceDirectory();
        LockEntry other = pin(MADE_SINCE, keeping);
        assertThat(other).isNotSameAs(kept);
        assertThat(other.path).isEqualTo(MADE_SINCE);
        assertThat(table.entries()).containsExactly(other);
        assertThat(table.named(A)).isEmpty();
    }

    private void replaceDirectory() {
        directories.put(MADE_SINCE.getParent(), Objects.requireNonNull(directories.remove(A.getParent())));
    }

    @Test
    void whatIsInUseMakesWayForADirectoryThatWasGivenTheInodeOfItsOwn() {
        LockEntry used = pin(A, forgetting);
        replaceDirectory();
        assertThat(table.find(MADE_SINCE)).isNull();
        LockEntry other = pin(MADE_SINCE, forgetting);
        assertThat(other.path).isEqualTo(MADE_SINCE);
        assertThat(pin(MADE_SINCE, forgetting)).isSameAs(other);
        assertThat(table.find(MADE_SINCE)).isSameAs(other);
        assertThat(table.find(A)).isNull();
        assertThat(table.named(A)).containsExactly(used);
        assertThat(table.entries()).containsExactlyInAnyOrder(used, other);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatMadeWayStaysUntilItIsUnpinnedAsOftenAsItWasPinned(boolean last) {
        LockEntry used = pin(A, keeping);
        replaceDirectory();
        LockEntry other = pin(MADE_SINCE, forgetting);
        if (last) {
            table.unpin(other);
        }
        table.pinAgain(used);
        table.unpin(used);
        assertThat(table.entries()).contains(used);
        assertThat(table.named(A)).containsExactly(used);
        table.unpin(used);
        assertThat(table.entries()).doesNotContain(used).hasSize(last ? 0 : 1);
        assertThat(table.named(A)).isEmpty();
    }

    @Test
    void oneDirectoryUnderTwoNamesHasOneEntryForAFile() {
        directories.put(MADE_SINCE.getParent(), DIRECTORY);
        LockEntry used = pin(A, forgetting);
        assertThat(pin(MADE_SINCE, forgetting)).isSameAs(used);
        assertThat(table.find(MADE_SINCE)).isSameAs(used);
    }

    @Test
    void ofTwoDirectoriesOfOnePathOnlyTheOneInUseStays() {
        LockEntry old = pin(A, forgetting);
        LockEntry made = pin(new FileIdentity(1, 2), A, forgetting, UnaryOperator.identity());
        assertThat(table.named(A)).containsExactlyInAnyOrder(old, made);
        table.unpin(old);
        assertThat(table.named(A)).containsExactly(made);
    }

    @Test
    void anEntryThatMadeWayIsUnpinnedInVain() {
        LockEntry kept = idle(A);
        LockEntry other = pin(DIRECTORY, A, forgetting, options -> options.fallbackToSoft(false));
        table.pinAgain(kept);
        table.unpin(kept);
        assertThat(table.find(A)).isSameAs(other);
        assertThat(other.pins).isOne();
    }

    @Test
    void aFileIsHeldThroughOnePathAtATime() {
        FileIdentity file = new FileIdentity(1, 7);
        LockEntry first = pin(A, forgetting);
        LockEntry linked = pin(B, forgetting);
        assertThat(table.holdsAnything()).isFalse();
        assertThat(table.register(file, first)).isNull();
        assertThat(table.register(file, first)).isNull();
        files.put(A, file);
        assertThat(table.register(file, linked)).isSameAs(first);
        assertThat(table.holderOf(file)).isSameAs(first);
        assertThat(table.holdsAnything()).isTrue();
        table.unregister(file, linked);
        assertThat(table.holdsAnything()).isTrue();
        table.unregister(file, first);
        assertThat(table.holdsAnything()).isFalse();
    }

    @Test
    void theNumberOfAFileThatIsGoneIsNoSecondName() {
        FileIdentity file = new FileIdentity(1, 7);
        LockEntry first = pin(A, forgetting);
        LockEntry second = pin(B, forgetting);
        table.register(file, first);
        unreadable = true;
        assertThat(table.register(file, second)).isSameAs(first);
        unreadable = false;
        assertThat(table.register(file, second)).isNull();
        table.unregister(file, first);
        assertThat(table.holderOf(file)).isSameAs(second);
    }

    @Test
    void aFileIsHeldThroughTheLastEntryOfItsPath() {
        FileIdentity file = new FileIdentity(1, 7);
        LockEntry old = pin(A, forgetting);
        LockEntry made = pin(new FileIdentity(1, 2), A, forgetting, UnaryOperator.identity());
        table.register(file, old);
        assertThat(table.register(file, made)).isNull();
        assertThat(table.holderOf(file)).isSameAs(made);
    }
}
