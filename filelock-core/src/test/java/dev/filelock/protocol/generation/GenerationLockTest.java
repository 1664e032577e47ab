package dev.filelock.protocol.generation;

import static dev.filelock.testing.TamperedFiles.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.filelock.FileLockException;
import dev.filelock.LockClaim;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockLostException.Reason;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.Heartbeats;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.FailingDisk;
import dev.filelock.testing.FilesBelow;
import dev.filelock.testing.OpenDescriptors;
import dev.filelock.testing.Stranger;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol on a real disk, call by call, with a clock that the test moves. */
@Timeout(60)
class GenerationLockTest {
    private static final Duration HEARTBEAT = Duration.ofSeconds(30);
    private static final Duration THRESHOLD = Duration.ofSeconds(90);
    private static final Duration ALMOST = THRESHOLD.minusMillis(1);

    @TempDir
    Path directory;

    private final MovedTime time = new MovedTime();
    private final ManualHeartbeats heartbeats = new ManualHeartbeats(time);
    private Path root = Path.of("unset");
    private Path log = Path.of("unset");
    private Path holders = Path.of("unset");

    private static final class MovedTime implements Time {
        private long nanos = Long.MAX_VALUE - 5; // such clocks may begin anywhere, and go round

        void pass(Duration duration) {
            nanos += duration.toNanos();
        }

        @Override
        public Instant now() {
            throw new UnsupportedOperationException("no clock of the wall decides anything");
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pause(Duration duration) {
            pass(duration);
        }
    }

    @BeforeEach
    void nameEverything() {
        root = directory.resolve("x.lock.rw");
        log = root.resolve("gen");
        holders = root.resolve("holders");
    }

    private LockFile file(OsFiles files) {
        return new GenerationProtocol(
                        new Environment(() -> files, Processes.system(), heartbeats, time, Tokens.random()))
                .open(directory.resolve("x.lock"), LockOptions.defaults());
    }

    private LockFile file() {
        return file(OsFiles.system());
    }

    private static @Nullable Grant poll(Attempt attempt) throws IOException {
        return attempt.poll(Patience.NONE);
    }

    private static Grant granted(LockFile file, LockMode mode) throws IOException {
        Grant grant = poll(file.attempt(mode));
        assertThat(grant).as("a grant at once").isNotNull();
        return grant;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Snapshot newest() throws Exception {
        List<String> generations = names(log);
        return Snapshot.parse(Files.readAllBytes(log.resolve(generations.get(generations.size() - 1))));
    }

    // ---- turns

    @Test
    void aTurnOfAWriterIsTwoGenerations() throws Exception {
        Grant grant = granted(file(), LockMode.WRITE);
        assertThat(grant.fencingToken()).hasValue(1);
        assertThat(newest().writer()).isEqualTo(names(holders).get(0));
        grant.ensureValid();
        grant.release();
        assertThat(newest().toBytes()).isEqualTo("filelock-rw/1\ngeneration=2\n".getBytes());
        assertThat(names(holders)).isEmpty();
        assertThat(names(log)).containsExactly("00000000000000000001", "00000000000000000002");
        assertThat(directory.resolve("x.lock")).doesNotExist();
    }

    @Test
    void whoIsOnlyWaitingWritesNothing() throws Exception {
        Grant writer = granted(file(), LockMode.WRITE);
        List<String> before = names(log);
        Attempt attempt = file().attempt(LockMode.READ);
        assertThat(poll(attempt)).isNull();
        attempt.abandon();
        assertThat(names(log)).isEqualTo(before);
        assertThat(names(holders)).hasSize(1);
        writer.release();
    }

    @Test
    void aWriterEntersWhileReadersAreInsideAndIsGrantedOnceTheyLeft() throws Exception {
        Grant first = granted(file(), LockMode.READ);
        Grant second = granted(file(), LockMode.READ);
        Attempt writer = file().attempt(LockMode.WRITE);
        assertThat(poll(writer)).isNull();
        assertThat(newest().generation()).isEqualTo(3);
        assertThat(poll(file().attempt(LockMode.READ))).isNull();
        assertThat(poll(file().attempt(LockMode.WRITE))).isNull();
        first.release();
        assertThat(poll(writer)).isNull();
        second.release();
        Grant granted = poll(writer);
        assertThat(granted).isNotNull();
        assertThat(granted.fencingToken()).hasValue(6);
        granted.release();
        assertThat(names(holders)).isEmpty();
    }

    @Test
    void aWriterThatGivesUpLetsReadersInAgain() throws Exception {
        Grant reader = granted(file(), LockMode.READ);
        Attempt writer = file().attempt(LockMode.WRITE);
        assertThat(poll(writer)).isNull();
        writer.abandon();
        granted(file(), LockMode.READ).release();
        reader.release();
        assertThat(newest().membersOtherThan("")).isEmpty();
    }

    @Test
    void theLogKeeps64Generations() throws Exception {
        LockFile file = file();
        for (int i = 0; i < 100; i++) {
            granted(file, i % 2 == 0 ? LockMode.WRITE : LockMode.READ).release();
        }
        assertThat(names(log)).hasSizeBetween(64, 66).endsWith("00000000000000000200");
    }

    // ---- what the disk may do

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 1000})
    void whoStoodStillWhileTheLogMovedOnByMoreThanItsLengthIsNotGranted(int before) throws Exception {
        LockFile others = file();
        for (int i = 0; i < before; i++) {
            granted(others, LockMode.READ).release();
        }
        Grant[] inside = new Grant[1];
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("link") && inside[0] == null) {
                    for (int i = 0; i < 50; i++) {
                        granted(others, LockMode.READ).release();
                    }
                    inside[0] = granted(others, LockMode.WRITE);
                }
            }
        });
        Attempt late = file.attempt(LockMode.WRITE);
        assertThat(poll(late))
                .as("its number was free again, but the lock was not")
                .isNull();
        assertThat(newest().writer())
                .isEqualTo(names(holders).stream()
                        .filter(newest()::has)
                        .findFirst()
                        .orElseThrow());
        inside[0].ensureValid();
        inside[0].release();
        Grant granted = poll(late);
        assertThat(granted).isNotNull();
        assertThat(granted.fencingToken().orElseThrow())
                .isGreaterThan(inside[0].fencingToken().orElseThrow());
        granted.release();
        assertThat(names(log).get(0)).isGreaterThan(String.format("%020d", before * 2 + 30));
    }

    /** Its file was just deleted, the next one is still there. */
    @ParameterizedTest
    @ValueSource(ints = {31, 32, 33})
    void aNumberThatHasJustBecomeFreeAgainIsNotTaken(int turns) throws Exception {
        LockFile others = file();
        Grant[] inside = new Grant[1];
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("link") && inside[0] == null) {
                    for (int i = 0; i < turns; i++) {
                        granted(others, LockMode.READ).release();
                    }
                    inside[0] = granted(others, LockMode.WRITE);
                    inside[0].ensureValid(); // a look, which deletes what nobody needs any more
                }
            }
        });
        assertThat(poll(file.attempt(LockMode.WRITE))).isNull();
        inside[0].ensureValid();
        inside[0].release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INPUT_OUTPUT", "EXISTS"})
    void aLinkThatWasMadeCountsWhateverTheCallSaid(OsError said) throws Exception {
        LockFile file = file(new TamperedFiles() {
            @Override
            public void link(Path existing, Path name) throws IOException {
                super.link(existing, name);
                throw failure(said);
            }
        });
        Grant grant = granted(file, LockMode.WRITE);
        assertThat(grant.fencingToken()).hasValue(1);
        grant.release();
        assertThat(newest().generation()).isEqualTo(2);
    }

    @Test
    void aLinkThatWasNotMadeIsAFailureAndLeavesNothing() throws Exception {
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("link")) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        });
        Attempt attempt = file.attempt(LockMode.WRITE);
        assertThatThrownBy(() -> poll(attempt)).isInstanceOf(OsException.class);
        attempt.abandon();
        assertThat(names(log)).isEmpty();
        assertThat(names(holders)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOT_SUPPORTED", "NOT_IMPLEMENTED", "CROSS_DEVICE"})
    void aFileSystemWithoutHardLinksIsNamed(OsError said) throws Exception {
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("link")) {
                    throw failure(said);
                }
            }
        });
        Attempt attempt = file.attempt(LockMode.READ);
        assertThatThrownBy(() -> poll(attempt))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(log.toString())
                .hasMessageContaining("no hard links")
                .hasMessageContaining("another backend");
        attempt.abandon();
        assertThat(names(log)).isEmpty();
        assertThat(names(holders)).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingStaysOpenWhicheverCallFails() throws Exception {
        granted(file(), LockMode.READ).release();
        for (LockMode mode : List.of(LockMode.READ, LockMode.WRITE)) {
            FailingDisk.assertThatNothingStaysOpen(directory, this::deleteDrafts, mode, this::file);
        }
        Grant held = granted(file(), LockMode.WRITE);
        FailingDisk.assertThatNothingStaysOpen(directory, this::deleteDrafts, LockMode.READ, this::file);
        held.release();
        assertThat(OpenDescriptors.in(directory)).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingStaysOpenWhereNoHeartCanBeat() throws Exception {
        Heartbeats none = (place, interval, beat) -> {
            throw new OutOfMemoryError("unable to create native thread, as told");
        };
        Attempt attempt = new GenerationProtocol(
                        new Environment(OsFiles::system, Processes.system(), none, time, Tokens.random()))
                .open(directory.resolve("x.lock"), LockOptions.defaults())
                .attempt(LockMode.WRITE);
        assertThatThrownBy(() -> poll(attempt)).isInstanceOf(OutOfMemoryError.class);
        attempt.abandon();
        assertThat(OpenDescriptors.in(directory)).isEmpty();
        granted(file(), LockMode.WRITE).release();
    }

    /** Or each use would make more calls than the one before. */
    private void deleteDrafts() throws IOException {
        for (String name : names(log)) {
            if (name.startsWith(".")) {
                Files.delete(log.resolve(name));
            }
        }
    }

    @Test
    void aDraftIsCompleteAndClosedBeforeItIsLinked() throws Exception {
        List<Path> closed = new ArrayList<>();
        LockFile file = file(new TamperedFiles() {
            @Override
            public void closed(Path path) {
                closed.add(path);
            }

            @Override
            public void link(Path existing, Path name) throws IOException {
                assertThat(closed).contains(existing);
                super.link(existing, name);
            }
        });
        granted(file, LockMode.WRITE).release();
    }

    @Test
    void theRecordIsThereBeforeAnySnapshotNamesIt() throws Exception {
        LockFile file = file(new TamperedFiles() {
            @Override
            public void link(Path existing, Path name) throws IOException {
                try {
                    Snapshot next = Snapshot.parse(Files.readAllBytes(existing));
                    assertThat(names(holders)).containsAll(next.membersOtherThan(""));
                } catch (ParseException e) {
                    throw new AssertionError(e);
                }
                super.link(existing, name);
            }
        });
        granted(file, LockMode.READ).release();
        granted(file, LockMode.WRITE).release();
    }

    @Test
    void aLogThatMovesOnFasterThanItIsReadIsNoError() throws Exception {
        LockFile others = file();
        granted(others, LockMode.READ).release();
        int[] times = {3};
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("open") && path.startsWith(log) && times[0] > 0) {
                    times[0]--;
                    for (int i = 0; i < 40; i++) {
                        granted(others, LockMode.READ).release();
                    }
                }
            }
        });
        granted(file, LockMode.WRITE).release();
    }

    @Test
    void aListingThatIsOutOfDateIsFollowedToTheEndOfTheLog() throws Exception {
        LockFile others = file();
        granted(others, LockMode.READ).release();
        List<String> outdated = names(log);
        for (int i = 0; i < 20; i++) {
            granted(others, LockMode.READ).release();
        }
        LockFile file = file(new TamperedFiles() {
            @Override
            public List<String> list(Path directory) throws IOException {
                return directory.equals(log) ? outdated : super.list(directory);
            }
        });
        Grant grant = granted(file, LockMode.WRITE);
        assertThat(grant.fencingToken()).hasValue(43);
        grant.release();
        assertThat(newest().generation()).isEqualTo(44);
    }

    // ---- a log that was deleted and begun anew

    /** Others delete the log, begin it anew, take so many turns in it, and stay inside. */
    private Grant insideANewLog(int turns) throws IOException, ParseException {
        FilesBelow.delete(root);
        LockFile others = file();
        for (int i = 0; i < turns; i++) {
            granted(others, LockMode.READ).release();
        }
        return granted(others, LockMode.WRITE);
    }

    /** The new log has fewer generations than the old one, as many, or more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 70})
    void whoRemembersADeletedLogDoesNotEnterBesideAHolderOfTheNewOne(int turns) throws Exception {
        LockFile remembers = file();
        granted(remembers, LockMode.WRITE).release();
        granted(remembers, LockMode.WRITE).release();
        Grant inside = insideANewLog(turns);
        Attempt attempt = remembers.attempt(LockMode.WRITE);
        assertThat(poll(attempt)).isNull();
        inside.ensureValid();
        inside.release();
        Grant next = poll(attempt);
        assertThat(next).isNotNull();
        next.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 70})
    void aHolderOfADeletedLogEvictsNobodyFromTheNewOneWhenItLeaves(int turns) throws Exception {
        LockFile old = file();
        granted(old, LockMode.WRITE).release();
        granted(old, LockMode.WRITE).release();
        Grant lost = granted(old, LockMode.WRITE);
        Grant inside = insideANewLog(turns);
        lost.release();
        inside.ensureValid();
        assertThat(poll(file().attempt(LockMode.WRITE))).isNull();
        inside.release();
    }

    @Test
    void aWaiterOfADeletedLogShowsItselfBeforeItEntersTheNewOne() throws Exception {
        granted(file(), LockMode.READ);
        Attempt waiter = file().attempt(LockMode.WRITE);
        assertThat(poll(waiter)).isNull();
        FilesBelow.delete(root);

        Grant grant = poll(waiter);
        assertThat(grant).isNotNull();
        grant.ensureValid();
        assertThat(names(holders)).hasSize(1);
        grant.release();
        assertThat(names(holders)).isEmpty();
    }

    @Test
    void aWaiterOfADeletedLogWaitsForWhoHoldsTheNewOne() throws Exception {
        LockFile waiting = file();
        granted(waiting, LockMode.READ).release();
        Grant old = granted(file(), LockMode.READ);
        Attempt waiter = waiting.attempt(LockMode.WRITE);
        assertThat(poll(waiter)).isNull();
        FilesBelow.delete(root);

        Grant inside = granted(file(), LockMode.WRITE);
        time.pass(HEARTBEAT);
        assertThat(poll(waiter)).isNull();
        old.release();
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(poll(waiter)).isNull();
        inside.ensureValid();
        inside.release();
        Grant next = poll(waiter);
        assertThat(next).isNotNull();
        next.ensureValid();
        next.release();
    }

    // ---- what may stand in the way

    @ParameterizedTest
    @ValueSource(strings = {"x.lock.rw", "x.lock.rw/gen", "x.lock.rw/holders"})
    @DisabledOnOs(OS.WINDOWS)
    void aSymbolicLinkForADirectoryIsRefused(String name) throws Exception {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Path link = directory.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, elsewhere);
        assertThatThrownBy(() -> poll(file().attempt(LockMode.WRITE)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(link + " is a symbolic link");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.lock.rw", "x.lock.rw/gen", "x.lock.rw/holders"})
    void aFileForADirectoryIsRefusedAndKept(String name) throws Exception {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "somebody's");
        assertThatThrownBy(() -> poll(file().attempt(LockMode.WRITE)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(file + " is a file");
        assertThat(file).hasContent("somebody's");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsNoGenerationIsRefusedAndKept() throws Exception {
        Files.createDirectories(log);
        Path generation = log.resolve("00000000000000000007");
        Files.createSymbolicLink(generation, Files.writeString(directory.resolve("target"), "kept"));
        assertUnreadable(generation);
        Files.delete(generation);
        Files.createDirectory(generation);
        assertUnreadable(generation);
        Files.delete(generation);
        Files.writeString(generation, "nonsense");
        assertUnreadable(generation);
        Files.writeString(generation, "filelock-rw/1\ngeneration=6\n");
        assertUnreadable(generation);
        Files.move(generation, log.resolve("99999999999999999999"));
        assertUnreadable(log.resolve("99999999999999999999"));
        assertThat(directory.resolve("target")).hasContent("kept");
    }

    private void assertUnreadable(Path generation) throws IOException {
        Attempt attempt = file().attempt(LockMode.WRITE);
        assertThatThrownBy(() -> poll(attempt))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(generation + " can't be read as a generation");
        attempt.abandon();
        assertThat(Files.exists(generation, LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(file().holders())
                .singleElement()
                .satisfies(holder -> assertThat(holder.remark()).startsWith("its log can't be read: " + generation));
    }

    @Test
    void otherNamesInTheDirectoriesAreLeftAlone() throws Exception {
        Files.createDirectories(log);
        Files.createDirectories(holders);
        List<Path> others = List.of(
                log.resolve("notes.txt"),
                log.resolve("7"),
                log.resolve(".commit-short"),
                holders.resolve("readme"),
                holders.resolve(".nfs0001"));
        for (Path other : others) {
            Files.writeString(other, "kept");
        }
        LockFile file = file();
        for (int i = 0; i < 4; i++) {
            granted(file, LockMode.WRITE).release();
            time.pass(THRESHOLD);
        }
        assertThat(others).allSatisfy(other -> assertThat(other).hasContent("kept"));
    }

    // ---- who is gone

    @Test
    void aHolderWithoutASignOfLifeIsEvictedAfterTheThresholdAndNotBefore() throws Exception {
        Grant dead = granted(file(), LockMode.WRITE);
        String token = names(holders).get(0);
        Attempt attempt = file().attempt(LockMode.WRITE);
        assertThat(poll(attempt)).isNull();
        time.pass(ALMOST);
        assertThat(poll(attempt)).isNull();
        time.pass(Duration.ofMillis(1));
        Grant successor = poll(attempt);
        assertThat(successor).isNotNull();
        assertThat(successor.fencingToken()).hasValue(2);
        assertThat(attempt.takeReclaimed())
                .isEqualTo("pid " + Processes.system().pid() + " on host "
                        + Processes.system().hostField() + " had shown no sign of life for 90000 ms");
        assertThat(attempt.takeReclaimed()).as("it is told once").isNull();
        assertThat(names(holders)).doesNotContain(token);
        assertThatThrownBy(dead::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        loss -> assertThat(loss.reason()).isEqualTo(Reason.EVICTED));
        dead.release();
        successor.ensureValid();
        successor.release();
    }

    @Test
    void aHolderWhoseHeartBeatsIsNeverEvicted() throws Exception {
        Grant holder = granted(file(), LockMode.READ);
        Attempt attempt = file().attempt(LockMode.WRITE);
        for (int i = 0; i < 20; i++) {
            assertThat(poll(attempt)).isNull();
            time.pass(HEARTBEAT);
            heartbeats.beatIfDue();
        }
        holder.ensureValid();
        holder.release();
        assertThat(poll(attempt)).isNotNull();
    }

    @Test
    void aHoldIsOverdueUntilTheLogHasConfirmedIt() throws Exception {
        Grant holder = granted(file(), LockMode.WRITE);
        time.pass(ALMOST);
        assertThat(holder.isOverdue()).isFalse();
        time.pass(Duration.ofMillis(1));
        assertThat(holder.isOverdue()).isTrue();
        holder.ensureValid();
        heartbeats.beatIfDue();
        assertThat(holder.isOverdue()).isFalse();

        Attempt attempt = file().attempt(LockMode.WRITE);
        assertThat(poll(attempt)).isNull();
        time.pass(THRESHOLD);
        assertThat(poll(attempt)).isNotNull();
        heartbeats.beatIfDue();
        assertThat(holder.isOverdue()).isTrue();
        holder.release();
    }

    @Test
    void aMissingRecordIsNoSignOfLifeEither() throws Exception {
        granted(file(), LockMode.WRITE);
        Files.delete(holders.resolve(names(holders).get(0)));
        Attempt attempt = file().attempt(LockMode.READ);
        assertThat(poll(attempt)).isNull();
        time.pass(THRESHOLD);
        assertThat(poll(attempt)).isNotNull();
    }

    @Test
    void severalShortAttemptsAddUp() throws Exception {
        granted(file(), LockMode.WRITE);
        LockFile file = file();
        assertThat(file.forgettable()).isTrue();
        for (int i = 0; i < 3; i++) {
            Attempt attempt = file.attempt(LockMode.WRITE);
            assertThat(poll(attempt)).isNull();
            attempt.abandon();
            assertThat(file.forgettable()).as("what was seen is worth keeping").isFalse();
            time.pass(THRESHOLD.dividedBy(3));
        }
        Grant grant = granted(file, LockMode.WRITE);
        grant.release();
        granted(file, LockMode.WRITE).release();
        assertThat(file.forgettable()).isTrue();
    }

    @Test
    void onlySoManyFilesAreKeptForWhatWasSeenOfThem() throws Exception {
        GenerationProtocol protocol = new GenerationProtocol(
                new Environment(OsFiles::system, Processes.system(), heartbeats, time, Tokens.random()));
        List<LockFile> files = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Path path = directory.resolve("many-" + i + ".lock");
            granted(protocol.open(path, LockOptions.defaults()), LockMode.WRITE);
            LockFile seen = protocol.open(path, LockOptions.defaults());
            Attempt attempt = seen.attempt(LockMode.WRITE);
            assertThat(poll(attempt)).isNull();
            attempt.abandon();
            files.add(seen);
        }
        assertThat(files.stream().filter(LockFile::forgettable)).hasSize(300 - 256);
        assertThat(files.get(0).forgettable()).isTrue();
        assertThat(files.get(299).forgettable()).isFalse();
    }

    @Test
    void aWaitingWriterShowsThatItLives() throws Exception {
        Grant reader = granted(file(), LockMode.READ);
        LockFile file = file();
        Attempt writer = file.attempt(LockMode.WRITE);
        assertThat(poll(writer)).isNull();
        assertThat(writer.pollAtLeastEvery()).isLessThanOrEqualTo(THRESHOLD.dividedBy(4));
        LockFile observer = file();
        for (int i = 0; i < 30; i++) {
            time.pass(writer.pollAtLeastEvery());
            heartbeats.beatIfDue();
            assertThat(poll(writer)).isNull();
            Attempt other = observer.attempt(LockMode.READ);
            assertThat(poll(other)).isNull();
            other.abandon();
        }
        reader.release();
        assertThat(poll(writer)).isNotNull();
    }

    @Test
    void whatCrashedParticipantsLeftIsSweptOnceItHasNotChangedForTheThreshold() throws Exception {
        Files.createDirectories(log);
        Files.createDirectories(holders);
        Path draft = Files.writeString(log.resolve(".commit-" + "a".repeat(32)), "half");
        Path record = Files.writeString(holders.resolve("b".repeat(32)), "half");
        LockFile file = file();
        granted(file, LockMode.WRITE).release();
        time.pass(ALMOST);
        granted(file, LockMode.WRITE).release();
        assertThat(draft).exists();
        assertThat(record).exists();
        Files.writeString(record, "changed");
        time.pass(THRESHOLD.dividedBy(2));
        granted(file, LockMode.WRITE).release();
        assertThat(draft).doesNotExist();
        assertThat(record).exists();
        time.pass(THRESHOLD);
        granted(file, LockMode.WRITE).release();
        assertThat(record).doesNotExist();
        assertThat(file.forgettable()).isTrue();
    }

    @Test
    void heartbeatsEndWithTheHoldOrWithItsLoss() throws Exception {
        Grant released = granted(file(), LockMode.READ);
        Grant lost = granted(file(), LockMode.READ);
        assertThat(heartbeats.running()).isEqualTo(2);
        released.release();
        assertThat(heartbeats.running()).isOne();
        Files.delete(holders.resolve(names(holders).get(0)));
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(heartbeats.running()).isZero();
        lost.release();
    }

    // ---- what a holder is told

    private List<LockLostException> losses(Grant grant) {
        List<LockLostException> losses = new ArrayList<>();
        grant.onLost(losses::add);
        return losses;
    }

    @Test
    void aHolderWhoseRecordIsGoneIsToldAtItsNextBeatAndOnce() throws Exception {
        Grant holder = granted(file(), LockMode.WRITE);
        List<LockLostException> losses = losses(holder);
        Files.delete(holders.resolve(names(holders).get(0)));
        heartbeats.beatIfDue();
        assertThat(losses).isEmpty();
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses).hasSize(1);
        assertThat(losses.get(0).reason()).isEqualTo(Reason.EVICTED);
        assertThat(losses.get(0)).hasMessageContaining(holders.toString()).hasMessageContaining("90000 ms");
        holder.release();
        assertThat(newest().membersOtherThan("")).isEmpty();
    }

    @Test
    void aHolderThatTheLogLeftOutIsTold() throws Exception {
        Grant holder = granted(file(), LockMode.WRITE);
        List<LockLostException> losses = losses(holder);
        Files.writeString(log.resolve("00000000000000000002"), "filelock-rw/1\ngeneration=2\n");
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses).extracting(LockLostException::reason).containsExactly(Reason.EVICTED);
        holder.release();
        assertThat(names(holders)).isEmpty();
    }

    @Test
    void aHolderThatCanNotShowItselfIsToldBeforeOthersMayTakeTheLock() throws Exception {
        boolean[] failing = {false};
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (failing[0] && call.equals("open to write")) {
                    throw failure(OsError.STALE);
                }
            }
        });
        Grant holder = granted(file, LockMode.WRITE);
        List<LockLostException> losses = losses(holder);
        failing[0] = true;
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses).as("one failure is no loss").isEmpty();
        failing[0] = false;
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        failing[0] = true;
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses).isEmpty();
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses).hasSize(1);
        assertThat(losses.get(0).reason()).isEqualTo(Reason.REFRESH_FAILED);
        assertThat(losses.get(0)).hasMessageContaining("60000 ms").hasCauseInstanceOf(OsException.class);
        assertThatThrownBy(holder::ensureValid).isSameAs(losses.get(0));
        holder.release();
        assertThat(newest().membersOtherThan("")).isEmpty();
    }

    @Test
    void whoAsksLateIsToldAllTheSame() throws Exception {
        Grant holder = granted(file(), LockMode.WRITE);
        Files.delete(holders.resolve(names(holders).get(0)));
        time.pass(HEARTBEAT);
        heartbeats.beatIfDue();
        assertThat(losses(holder)).hasSize(1);
    }

    @Test
    void aReleasedHolderIsToldNothingAndItsHeartIsStill() throws Exception {
        Grant holder = granted(file(), LockMode.WRITE);
        List<LockLostException> losses = losses(holder);
        holder.release();
        time.pass(THRESHOLD);
        heartbeats.beatIfDue();
        assertThat(losses).isEmpty();
        assertThat(names(holders)).isEmpty();
    }

    @Test
    void aReleaseThatFailsIsDoneWhenItIsTriedAgain() throws Exception {
        int[] failures = {2};
        LockFile file = file(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (call.equals("unlink") && path.startsWith(holders) && failures[0]-- > 0) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        });
        Grant holder = granted(file, LockMode.WRITE);
        assertThatThrownBy(holder::release).isInstanceOf(OsException.class);
        assertThatThrownBy(holder::release).isInstanceOf(OsException.class);
        holder.release();
        assertThat(names(holders)).isEmpty();
        assertThat(newest().membersOtherThan("")).isEmpty();
    }

    // ---- who has it

    @Test
    void holdersAreNamedAndAWriterThatWaitsForThemToo() throws Exception {
        LockFile file = file();
        assertThat(file.holders()).isEmpty();
        assertThat(root).doesNotExist();
        granted(file(), LockMode.READ);
        assertThat(poll(file.attempt(LockMode.WRITE))).isNull();
        List<LockHolder> holders = file.holders();
        assertThat(holders)
                .hasSize(2)
                .allSatisfy(holder ->
                        assertThat(holder.pid()).isEqualTo(Processes.system().pid()));
        assertThat(holders.get(0).remark()).isNull();
        assertThat(holders.get(1).remark()).isEqualTo("a writer that waits for them");
        time.pass(Duration.ofSeconds(42));
        assertThat(file.holders().get(0).remark()).isEqualTo("no sign of life for 42 s, its place is free after 90 s");
    }

    @Test
    void aHolderThatEndedOrIsElsewhereIsNamedAsThat() throws Exception {
        Files.createDirectories(log);
        Files.createDirectories(holders);
        String dead = "a".repeat(32);
        String far = "b".repeat(32);
        String gone = "c".repeat(32);
        Files.writeString(
                log.resolve("00000000000000000001"),
                "filelock-rw/1\ngeneration=1\nreader=" + dead + "\nreader=" + far + "\nreader=" + gone + "\n");
        Files.write(
                holders.resolve(dead),
                new HolderRecord(dead, Integer.MAX_VALUE, Processes.system().hostField(), dead).toBytes());
        Files.write(holders.resolve(far), new HolderRecord(far, 4711, "build-3", far).toBytes());
        String user = System.getProperty("user.name");
        List<LockHolder> found = file().holders();
        assertThat(found.get(0).describe(Instant.EPOCH))
                .isEqualTo("pid 2147483647 of user " + user
                        + " (there is no such process here; no sign of life for 0 s, its place is free after"
                        + " 90 s)");
        assertThat(found.get(1).describe(Instant.EPOCH)).isEqualTo("pid 4711 of user " + user + " on host build-3");
        assertThat(found.get(2).describe(Instant.EPOCH)).startsWith("an unknown process (its record is missing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDirectoryThatAnotherUserPlantedIsRefusedAndNothingIsChangedInIt() throws Exception {
        granted(file(), LockMode.WRITE).release();
        String dead = "a".repeat(32);
        Files.write(
                holders.resolve(dead),
                new HolderRecord(dead, Integer.MAX_VALUE, Processes.system().hostField(), dead).toBytes());
        Files.writeString(log.resolve("00000000000000000003"), "filelock-rw/1\ngeneration=3\nreader=" + dead + "\n");
        LockClaim shown = file().claims().get(0);
        List<String> generations = names(log);
        Stranger.plant(root);
        assertThatThrownBy(() -> poll(file().attempt(LockMode.READ)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("belongs to user " + Stranger.ID);
        assertThatThrownBy(() -> file().forceBreak(shown))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("belongs to user " + Stranger.ID);
        assertThat(names(log)).isEqualTo(generations);
        assertThat(names(holders)).containsExactly(dead);
    }

    @Test
    void aDeadHolderCanBeStruckOffAtOnceAndALivingOneCanNot() throws Exception {
        LockFile file = file();
        assertThat(file.claims()).isEmpty();
        Grant living = granted(file, LockMode.READ);
        String dead = "a".repeat(32);
        Files.write(
                holders.resolve(dead),
                new HolderRecord(dead, Integer.MAX_VALUE, Processes.system().hostField(), dead).toBytes());
        Files.write(
                log.resolve("00000000000000000002"),
                newest().with(LockMode.WRITE, dead).without(Set.of()).toBytes());
        List<LockClaim> claims = file.claims();
        assertThat(claims)
                .extracting(LockClaim::kind, LockClaim::liveness)
                .containsExactly(
                        tuple(LockClaim.Kind.HELD, LockClaim.Liveness.ALIVE),
                        tuple(LockClaim.Kind.INTENT, LockClaim.Liveness.DEAD));
        assertThatThrownBy(() -> file.forceBreak(claims.get(0)))
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining("that process lives");
        assertThat(file.forceBreak(claims.get(1))).isTrue();
        assertThat(newest().writer()).isNull();
        assertThat(holders.resolve(dead)).doesNotExist();
        assertThat(file.forceBreak(claims.get(1)))
                .as("it is not there any more")
                .isFalse();
        living.ensureValid();
        living.release();
        LockClaim other = new LockClaim(
                log.resolve(dead), dead, LockClaim.Kind.HELD, claims.get(1).owner(), LockClaim.Liveness.DEAD);
        assertThatThrownBy(() -> file.forceBreak(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no record of the GENERATION lock");
    }
}
