package dev.filelock.protocol.claim;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockClaim.Kind;
import dev.filelock.LockHolder;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.LockProtocolException;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.protocol.Watch;
import dev.filelock.testing.FailingDisk;
import dev.filelock.testing.OpenDescriptors;
import dev.filelock.testing.Stranger;
import dev.filelock.testing.TamperedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** STRICT on a real disk, step by step: what it leaves there, what it finds there, and what happens in between. */
class StrictLockTest {
    private static final byte[] SENTINEL = "1\nfilelock-strict-v1\0\n0\n".getBytes(US_ASCII);
    private static final String FOREIGN = "f".repeat(32);

    @TempDir
    Path directory;

    private Path path;
    private Path claims;

    @BeforeEach
    void paths() throws IOException {
        directory = directory.toRealPath();
        path = directory.resolve("x.lock");
        claims = directory.resolve("x.lock.filelock").resolve("claims");
    }

    private LockFile open(OsFiles files) {
        return open(files, new Random());
    }

    private LockFile open(OsFiles files, RandomGenerator random) {
        return open(files, random, Time.system());
    }

    private LockFile open(OsFiles files, RandomGenerator random, Time time) {
        return new ClaimProtocol(new Surroundings(() -> files, Processes.system(), time, random, Path::toRealPath))
                .open(path, LockOptions.defaults());
    }

    private LockFile strict() {
        return open(OsFiles.system());
    }

    private static @Nullable Grant tryOnce(LockFile lock) throws IOException {
        return lock.attempt(LockMode.EXCLUSIVE).poll(Patience.NONE);
    }

    private static Grant acquire(LockFile lock) throws IOException {
        Grant grant = tryOnce(lock);
        assertThat(grant).isNotNull();
        return grant;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private void makeLayout() throws IOException {
        acquire(strict()).release();
    }

    private static byte[] record(String token) {
        return new ClaimRecord(token, Integer.MAX_VALUE, Processes.system().hostField(), null).toBytes();
    }

    private Path put(String name, byte[] content) throws IOException {
        return Files.write(claims.resolve(name), content);
    }

    private Path putForeignClaim() throws IOException {
        return put("held-v1-" + FOREIGN + ".claim", record(FOREIGN));
    }

    private static void age(Path file, Duration age) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }

    // ---- what is on disk

    @Test
    void aHoldIsASentinelAndOneFileWithTwoNames() throws Exception {
        Grant grant = acquire(strict());
        assertThat(grant.backend()).isEqualTo(LockBackend.STRICT);
        assertThat(names(directory)).containsExactly("x.lock", "x.lock.filelock");
        assertThat(path).hasBinaryContent(SENTINEL);
        assertThat(names(claims.getParent())).containsExactly("claims");
        List<String> names = names(claims);
        assertThat(names).hasSize(2);
        ClaimName held = ClaimName.parse(names.get(0));
        ClaimName intent = ClaimName.parse(names.get(1));
        assertThat(held.state()).isEqualTo(ClaimName.State.HELD);
        assertThat(intent).isEqualTo(new ClaimName(ClaimName.State.INTENT, held.token()));
        assertThat(OsFiles.system().lstat(claims.resolve(names.get(0))))
                .isEqualTo(OsFiles.system().lstat(claims.resolve(names.get(1))))
                .satisfies(status -> assertThat(status.links()).isEqualTo(2));
        Processes processes = Processes.system();
        assertThat(Files.readAllBytes(claims.resolve(names.get(0))))
                .isEqualTo(new ClaimRecord(
                                held.token(),
                                (int) processes.pid(),
                                processes.hostField(),
                                processes.startToken(processes.pid()))
                        .toBytes());
        grant.release();
        assertThat(claims).isEmptyDirectory();
        assertThat(names(directory)).containsExactly("x.lock", "x.lock.filelock");
        assertThat(path).hasBinaryContent(SENTINEL);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void explicitPermissionsAreThoseOfTheSentinelAndTheClaims() throws Exception {
        LockOptions options = LockOptions.builder()
                .filePermissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                .build();
        Grant grant = acquire(new ClaimProtocol(OsFiles::system, Processes.system()).open(path, options));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw-rw-");
        for (String name : names(claims)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(claims.resolve(name))))
                    .isEqualTo("rw-rw-rw-");
        }
        grant.release();
    }

    @Test
    void aLockReachedThroughALinkedDirectoryIsTheSame() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        Grant grant = acquire(strict());
        LockFile other = new ClaimProtocol(OsFiles::system, Processes.system())
                .open(link.resolve("x.lock"), LockOptions.defaults());
        assertThat(tryOnce(other)).isNull();
        assertThat(other.claims()).isEqualTo(strict().claims()).hasSize(2);
        grant.release();
    }

    // ---- what is found at the path

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4711\nelsewhere\n12345\n|the marker of a SOFT lock",
                "4711\nelsewhere\n|the marker of a SOFT lock",
                "filelock/2\npid=4711\nhost=elsewhere\nmode=exclusive\nstart=1\n|the record of a MARKER lock",
                "filelock/2\npid=4711\nhost=elsewhere\nmode=lease\ntoken=0\nduration=30.0\n|the record of a LEASE lock",
                "filelock/2\npid=4711\nhost=elsewhere\nmode=new\n|a protocol-2 record of unknown mode"
            })
    void theMarkerOfAnotherLockIsWaitedForAndNamed(String contentAndKind) throws Exception {
        String content = contentAndKind.substring(0, contentAndKind.indexOf('|'));
        Files.writeString(path, content);
        age(path, Duration.ofHours(1));
        LockFile lock = strict();
        assertThat(tryOnce(lock)).isNull();
        assertThat(lock.holders()).singleElement().satisfies(holder -> {
            assertThat(holder.pid()).isEqualTo(4711);
            assertThat(holder.host()).isEqualTo("elsewhere");
            assertThat(holder.remark())
                    .startsWith(contentAndKind.substring(contentAndKind.indexOf('|') + 1))
                    .contains(path.toString());
        });
        assertThat(names(directory)).containsExactly("x.lock");
        assertThat(path).hasContent(content);
        Files.delete(path); // released
        acquire(lock).release();
    }

    @Test
    void theMarkerOfADeadOwnerIsNeverReclaimed() throws Exception {
        Files.writeString(path, Integer.MAX_VALUE + "\n" + Processes.system().hostField() + "\n");
        age(path, Duration.ofHours(1));
        assertThat(tryOnce(strict())).isNull();
        assertThat(strict().holders())
                .singleElement()
                .satisfies(holder -> assertThat(holder.remark()).contains("that process has ended"));
        assertThat(path).exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|an empty file, as a NATIVE lock leaves it",
                "somebody's data|a data file",
                "1\nfilelock-strict-v1\0\n0\nand more|a data file",
                "SQLite format 3\0...|an SQLite database"
            })
    void whatIsNoMarkerIsWaitedForShortlyAndThenRefusedByName(String contentAndKind) throws Exception {
        int bar = contentAndKind.indexOf('|');
        Files.writeString(path, contentAndKind.substring(0, bar));
        age(path, Duration.ofMinutes(-1));
        assertThat(tryOnce(strict())).isNull();
        age(path, Duration.ofSeconds(3));
        assertThatThrownBy(() -> tryOnce(strict()))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(path + " holds " + contentAndKind.substring(bar + 1) + ",")
                .hasMessageContaining("Choose another path");
        assertThat(names(directory)).containsExactly("x.lock");
        assertThat(path).hasContent(contentAndKind.substring(0, bar));
    }

    @Test
    void aSentinelThatAPeerPublishesAtTheSameTimeIsTaken() throws Exception {
        TamperedFiles files = new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("link") && file.equals(path)) {
                    Files.write(path, SENTINEL);
                }
            }
        };
        acquire(open(files)).release();
        assertThat(names(directory)).containsExactly("x.lock", "x.lock.filelock");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whereAFileOrALinkIsInThePlaceOfADirectoryThatIsRefused() throws Exception {
        makeLayout();
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        for (Path place : List.of(claims, claims.getParent())) {
            Files.delete(place);
            Files.createSymbolicLink(place, elsewhere);
            assertThatThrownBy(() -> tryOnce(strict()))
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining(place + ", where the STRICT lock");
            Files.delete(place);
            Files.createFile(place);
            assertThatThrownBy(() -> tryOnce(strict())).isInstanceOf(LockProtocolException.class);
            Files.delete(place);
        }
        assertThat(elsewhere).isEmptyDirectory();
    }

    // ---- what is found among the claims

    @Test
    void aForeignClaimIsContentionAndIsNotTouched() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        age(claim, Duration.ofDays(30));
        assertThat(tryOnce(strict())).isNull();
        assertThat(names(claims)).containsExactly(claim.getFileName().toString());
    }

    @Test
    void claimsAreShownAsWhatTheyAreAndTheirHoldersWithTheWayOut() throws Exception {
        makeLayout();
        String other = "e".repeat(32);
        put("intent-v1-" + other + ".claim", record(other));
        putForeignClaim();
        assertThat(strict().claims())
                .extracting(LockClaim::id, LockClaim::kind, LockClaim::liveness)
                .containsExactlyInAnyOrder(
                        tuple("held-v1-" + FOREIGN + ".claim", Kind.HELD, LockClaim.Liveness.DEAD),
                        tuple("intent-v1-" + other + ".claim", Kind.INTENT, LockClaim.Liveness.DEAD));
        assertThat(strict().holders())
                .hasSize(2)
                .allSatisfy(holder -> assertThat(holder.remark())
                        .startsWith("that process has ended; remove what it left, ")
                        .endsWith("by lock.forceBreak(claim) for each of lock.claims()"));
    }

    @Test
    void waitersWatchTheClaims() throws Exception {
        makeLayout();
        putForeignClaim();
        Attempt waiter = strict().attempt(LockMode.EXCLUSIVE);
        assertThat(waiter.poll(Patience.NONE)).isNull();
        assertThat(waiter.watches()).containsExactly(new Watch(claims, Watch.Kind.DIRECTORY));
        waiter.abandon();
    }

    @Test
    void whatIsNoClaimBlocksEverybodyUntilItIsRemovedByName() throws Exception {
        makeLayout();
        for (String name : List.of("README", "held-v2-" + FOREIGN + ".claim", "intent-v1-" + FOREIGN + ".claim")) {
            Path stray = put(name, "x\n".getBytes(US_ASCII));
            LockFile lock = strict();
            assertThatThrownBy(() -> tryOnce(lock))
                    .isInstanceOf(LockProtocolException.class)
                    .hasMessageContaining(stray.toString())
                    .hasMessageContaining("forceBreak");
            LockClaim shown = lock.claims().get(0);
            assertThat(shown.kind()).isEqualTo(Kind.UNKNOWN);
            assertThat(shown.id()).isEqualTo(name);
            assertThat(lock.holders()).hasSize(1);
            assertThat(lock.forceBreak(shown)).isTrue();
            acquire(lock).release();
        }
    }

    @Test
    void aRecordThatTookThePlaceOfTheOneThatWasShownIsKept() throws Exception {
        makeLayout();
        LockFile lock = strict();
        Path claim = putForeignClaim();
        age(claim, Duration.ofMinutes(1));
        LockClaim shown = lock.claims().get(0);
        age(claim, Duration.ZERO);
        assertThat(lock.forceBreak(shown)).isFalse();
        assertThat(claim).exists();
        assertThat(lock.forceBreak(lock.claims().get(0))).isTrue();
        assertThat(claims).isEmptyDirectory();
    }

    @Test
    void onlyNamesOfClaimsCanBeBroken() throws Exception {
        makeLayout();
        Path precious = Files.writeString(directory.resolve("precious"), "x");
        put(".hidden", new byte[0]);
        LockFile lock = strict();
        for (Path file : List.of(precious, claims.resolve("../../precious"), claims.resolve(".hidden"), claims, path)) {
            LockHolder nobody = LockHolder.unknown("nobody");
            for (String id : List.of("../../precious", ".hidden", "", "precious", "a\\b", "a\0b")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> lock.forceBreak(
                                new LockClaim(file, id, Kind.UNKNOWN, nobody, LockClaim.Liveness.UNKNOWN)))
                        .withMessageContaining("is no claim of the STRICT lock");
            }
        }
        assertThat(precious).exists();
        assertThat(names(claims)).containsExactly(".hidden");
    }

    @Test
    void lookingAtClaimsMakesNothing() throws Exception {
        assertThat(strict().claims()).isEmpty();
        assertThat(strict().holders()).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    // ---- unfinished records

    private Path unfinished(Path publicName) {
        return PrivateRecords.name(publicName, "0".repeat(32));
    }

    @Test
    void anUnfinishedRecordIsRemovedOnceItIsOldOrPublished() throws Exception {
        makeLayout();
        Path fresh = Files.createFile(unfinished(claims.resolve("intent-v1-" + FOREIGN + ".claim")));
        age(fresh, Duration.ofMinutes(-1));
        acquire(strict()).release();
        assertThat(fresh).exists();
        age(fresh, Duration.ofMillis(2100));
        acquire(strict()).release();
        assertThat(fresh).doesNotExist();

        Files.createFile(fresh);
        Path second = Files.createLink(directory.resolve("second"), fresh);
        acquire(strict()).release();
        assertThat(fresh).doesNotExist();
        assertThat(second).exists();
    }

    @Test
    void otherHiddenFilesAreLeftAlone() throws Exception {
        makeLayout();
        List<String> others =
                List.of(".nfs000012", ".README.private-v1-" + FOREIGN + ".tmp", ".intent-v1-" + FOREIGN + ".claim");
        for (String name : others) {
            age(put(name, new byte[0]), Duration.ofDays(1));
        }
        acquire(strict()).release();
        assertThat(names(claims)).containsExactlyInAnyOrderElementsOf(others);
    }

    @Test
    void anUnfinishedRecordThatIsNoFileIsRefused() throws Exception {
        makeLayout();
        Files.createDirectory(unfinished(claims.resolve("intent-v1-" + FOREIGN + ".claim")));
        assertThatThrownBy(() -> tryOnce(strict()))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("is no regular file");
    }

    @Test
    void anUnfinishedSentinelIsRemovedWhenTheSentinelIsMissing() throws Exception {
        Path left = Files.createFile(unfinished(path));
        Path other = Files.createFile(unfinished(directory.resolve("y.lock")));
        age(left, Duration.ofMinutes(1));
        age(other, Duration.ofMinutes(1));
        acquire(strict()).release();
        assertThat(left).doesNotExist();
        assertThat(other).exists();
        Files.createFile(left);
        age(left, Duration.ofMinutes(1));
        acquire(strict()).release();
        assertThat(left).exists();
    }

    @Test
    void whoseUnfinishedRecordIsRemovedBeforeItIsPublishedTriesAgain() throws Exception {
        makeLayout();
        AtomicInteger links = new AtomicInteger();
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("link") && links.incrementAndGet() == 1) {
                    for (String name : names(claims)) {
                        Files.delete(claims.resolve(name));
                    }
                }
            }
        });
        Attempt attempt = lock.attempt(LockMode.EXCLUSIVE);
        assertThat(attempt.poll(Patience.NONE)).isNull();
        assertThat(claims).isEmptyDirectory();
        Grant grant = attempt.poll(Patience.NONE);
        assertThat(grant).isNotNull();
        grant.release();
    }

    // ---- file systems that deny, forget, or can't

    /** Time that passes only while somebody waits. */
    private static final class Waiting implements Time {
        private long nanos;

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pause(Duration time) {
            nanos += time.toNanos();
        }

        Duration waited() {
            return Duration.ofNanos(nanos);
        }
    }

    private TamperedFiles failing(OsError error, String call, Path file, int times) {
        AtomicInteger left = new AtomicInteger(times);
        return new TamperedFiles() {
            @Override
            public void before(String called, Path about) throws IOException {
                if (called.equals(call) && about.equals(file) && left.getAndDecrement() > 0) {
                    throw failure(error);
                }
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"ACCESS_DENIED", "STALE"})
    void aClaimThatCanNotBeReadForAMomentIsReadThen(String error) throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        Waiting time = new Waiting();
        assertThat(tryOnce(open(failing(OsError.valueOf(error), "open", claim, 100), new Random(), time)))
                .isNull();
        assertThat(time.waited()).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void aClaimThatStaysStaleIsOneThatWasLeft() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        Waiting time = new Waiting();
        acquire(open(failing(OsError.STALE, "open", claim, Integer.MAX_VALUE), new Random(), time))
                .release();
        assertThat(time.waited()).isBetween(Duration.ofMillis(1500), Duration.ofMillis(1510)); // in each of three looks
    }

    @Test
    void aClaimThatStaysDeniedIsRefusedIfItIsStillListed() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        Waiting time = new Waiting();
        assertThatThrownBy(() -> tryOnce(
                        open(failing(OsError.ACCESS_DENIED, "open", claim, Integer.MAX_VALUE), new Random(), time)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining(claim.toString())
                .hasMessageContaining("may not read it");
        assertThat(time.waited()).isBetween(Duration.ofMillis(500), Duration.ofMillis(502));
    }

    @Test
    void aClaimThatIsDeniedAndThenNotListedAnyMoreIsOneThatWasLeft() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        AtomicInteger listings = new AtomicInteger();
        acquire(open(
                        new TamperedFiles() {
                            @Override
                            public void before(String call, Path file) throws IOException {
                                if (call.equals("list") && listings.incrementAndGet() == 2) {
                                    Files.delete(claim);
                                } else if (call.equals("open") && file.equals(claim)) {
                                    throw failure(OsError.ACCESS_DENIED);
                                }
                            }
                        },
                        new Random(),
                        new Waiting()))
                .release();
    }

    @Test
    void aClaimThatFailsOtherwiseIsRefusedAtOnce() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        assertThatThrownBy(() -> tryOnce(open(failing(OsError.INPUT_OUTPUT, "read", claim, 1))))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("it can't be read");
        Files.delete(claim);
        Files.createDirectory(claim);
        assertThatThrownBy(() -> tryOnce(strict()))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("no regular file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOT_SUPPORTED", "NOT_IMPLEMENTED", "CROSS_DEVICE"})
    void whereThereAreNoHardLinksThatIsSaidAndNothingIsLeft(String error) throws Exception {
        assertThatThrownBy(() -> tryOnce(open(failing(OsError.valueOf(error), "link", path, 1))))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("has no hard links")
                .hasMessageContaining(path.toString());
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aFileSystemThatHidesOurOwnClaimIsFoundOut() throws Exception {
        makeLayout();
        OsFiles forgetful = new TamperedFiles() {
            @Override
            public List<String> list(Path listed) throws IOException {
                return super.list(listed).stream()
                        .filter(name -> !name.startsWith("intent"))
                        .toList();
            }
        };
        assertThatThrownBy(() -> tryOnce(open(forgetful)))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("does not list");
        assertThat(claims).isEmptyDirectory();
    }

    @Test
    void aLinkWhoseAnswerWasLostCounts() throws Exception {
        makeLayout();
        Grant grant = acquire(open(new TamperedFiles() {
            @Override
            public void link(Path existing, Path name) throws IOException {
                super.link(existing, name);
                throw failure(OsError.EXISTS); // what the repeated request was answered
            }
        }));
        assertThat(names(claims)).hasSize(2);
        grant.release();
        assertThat(claims).isEmptyDirectory();
    }

    // ---- claims that others take away, or make

    @ParameterizedTest
    @ValueSource(strings = {"intent", "held"})
    void whoseClaimIsRemovedBeforeItsLastLookDoesNotGetIn(String removed) throws Exception {
        makeLayout();
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("list") && names(claims).stream().anyMatch(name -> name.startsWith("held"))) {
                    for (String name : names(claims)) {
                        if (name.startsWith(removed)) {
                            Files.delete(claims.resolve(name));
                        }
                    }
                }
            }
        });
        assertThat(tryOnce(lock)).isNull();
        assertThat(claims).isEmptyDirectory();
    }

    @Test
    void whoseIntentIsRemovedBeforeItsHeldClaimIsMadeDoesNotGetIn() throws Exception {
        makeLayout();
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("link") && file.getFileName().toString().startsWith("held")) {
                    Files.delete(claims.resolve(names(claims).get(0)));
                }
            }
        });
        assertThat(tryOnce(lock)).isNull();
        assertThat(claims).isEmptyDirectory();
    }

    @Test
    void anIntentOfTheSameNameThatAnotherPublishedFirstIsTheirs() throws Exception {
        makeLayout();
        String token = "11".repeat(16);
        Path theirs = claims.resolve("intent-v1-" + token + ".claim");
        LockFile lock = open(
                new TamperedFiles() {
                    @Override
                    public void before(String call, Path file) throws IOException {
                        if (call.equals("link") && file.equals(theirs)) {
                            Files.write(theirs, record(token));
                        }
                    }
                },
                only(0x11));
        assertThat(tryOnce(lock)).isNull();
        assertThat(theirs).hasBinaryContent(record(token));
        assertThat(names(claims)).containsExactly(theirs.getFileName().toString());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDirectoryThatAnotherUserPlantedIsRefusedAndNothingIsChangedInIt() throws Exception {
        makeLayout();
        Path claim = putForeignClaim();
        LockClaim shown = strict().claims().get(0);
        Stranger.plant(claims.getParent());
        assertThatThrownBy(() -> tryOnce(strict()))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("belongs to user " + Stranger.ID);
        assertThatThrownBy(() -> strict().forceBreak(shown))
                .isInstanceOf(LockProtocolException.class)
                .hasMessageContaining("belongs to user " + Stranger.ID);
        assertThat(names(claims)).containsExactly(claim.getFileName().toString());
    }

    // ---- descriptors

    @Test
    @EnabledOnOs(OS.LINUX)
    void nothingStaysOpenWhicheverCallFails() throws Exception {
        assertNothingStaysOpen(() -> Files.deleteIfExists(path));
        putForeignClaim();
        assertNothingStaysOpen(() -> assertThat(claims).isNotEmptyDirectory());
        assertNothingStaysOpen(() -> Files.writeString(path, "4711\nbuild-3\n"));
        assertNothingStaysOpen(() -> age(Files.writeString(path, "name,amount\n"), Duration.ofMinutes(1)));
        Files.delete(path);
        Files.createDirectory(path);
        assertNothingStaysOpen(() -> assertThat(path).isDirectory());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSentinelDoesNotStayOpenWhereNoTokenCanBeDrawn() throws IOException {
        makeLayout();
        RandomGenerator exhausted = () -> {
            throw new OutOfMemoryError("failed by the test");
        };
        Attempt attempt = open(OsFiles.system(), exhausted).attempt(LockMode.EXCLUSIVE);
        assertThatThrownBy(() -> attempt.poll(Patience.NONE)).isInstanceOf(OutOfMemoryError.class);
        attempt.abandon();
        assertThat(OpenDescriptors.in(directory)).isEmpty();
    }

    @Test
    void aClaimThatVanishesBetweenTwoLooksIsMissing() throws IOException {
        boolean[] armed = {false};
        Grant grant = acquire(open(new TamperedFiles() {
            @Override
            public void before(String call, Path there) throws IOException {
                if (armed[0] && call.equals("open") && there.startsWith(claims)) {
                    armed[0] = false;
                    Files.delete(there);
                }
            }
        }));
        armed[0] = true;
        assertThatThrownBy(grant::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        e -> assertThat(e.reason()).isEqualTo(LockLostException.Reason.CLAIM_MISSING));
        grant.release();
    }

    @Test
    void claimsThatCouldNotBeTakenBackForWantOfMemoryAreTakenBackLater() throws IOException {
        makeLayout();
        boolean[] failing = {true};
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path path) throws IOException {
                if (failing[0]
                        && call.equals("link")
                        && path.getFileName().toString().startsWith("held")) {
                    throw failure(OsError.INPUT_OUTPUT);
                } else if (failing[0]
                        && call.equals("unlink")
                        && path.getFileName().toString().startsWith("intent")) {
                    failing[0] = false;
                    throw new OutOfMemoryError("failed by the test");
                }
            }
        });
        Attempt attempt = lock.attempt(LockMode.EXCLUSIVE);
        assertThatThrownBy(() -> attempt.poll(Patience.NONE)).isInstanceOf(Throwable.class);
        attempt.abandon();
        assertThat(names(claims)).isEmpty();
        acquire(strict()).release();
    }

    private void assertNothingStaysOpen(FailingDisk.Step scene) throws IOException {
        FailingDisk.assertThatNothingStaysOpen(directory, scene, LockMode.EXCLUSIVE, this::open);
    }

    // ---- claims that can't be taken back

    @Test
    void claimsThatCanNotBeTakenBackAreOursAndGoAsSoonAsTheyCan() throws Exception {
        makeLayout();
        AtomicInteger refusals = new AtomicInteger(3);
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("link") && file.getFileName().toString().startsWith("held")) {
                    throw failure(OsError.INPUT_OUTPUT);
                } else if (call.equals("unlink")
                        && file.getFileName().toString().startsWith("intent")
                        && refusals.getAndDecrement() > 0) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        });
        Attempt attempt = lock.attempt(LockMode.EXCLUSIVE);
        assertThatThrownBy(() -> attempt.poll(Patience.NONE))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(lock.forgettable()).isFalse();
        assertThat(lock.holders())
                .singleElement()
                .satisfies(holder ->
                        assertThat(holder.remark()).startsWith("this JVM, which could not remove its claim yet"));
        assertThatThrownBy(attempt::abandon).isInstanceOf(IOException.class);
        assertThat(tryOnce(lock)).as("while it is there nobody gets in").isNull();
        attempt.abandon();
        assertThat(claims).isEmptyDirectory();
        assertThat(lock.forgettable()).isTrue();
        acquire(strict()).release();
    }

    @Test
    void aReleaseThatFailsKeepsOthersOutUntilItSucceeds() throws Exception {
        makeLayout();
        AtomicReference<String> refused = new AtomicReference<>("held");
        LockFile lock = open(new TamperedFiles() {
            @Override
            public void before(String call, Path file) throws IOException {
                if (call.equals("unlink") && file.getFileName().toString().startsWith(refused.get())) {
                    throw failure(OsError.INPUT_OUTPUT);
                }
            }
        });
        Grant grant = acquire(lock);
        assertThatThrownBy(grant::release).isInstanceOf(IOException.class);
        assertThat(names(claims)).hasSize(2);
        grant.ensureValid();
        refused.set("intent");
        assertThatThrownBy(grant::release).isInstanceOf(IOException.class);
        assertThat(names(claims)).hasSize(1);
        assertThat(tryOnce(strict())).isNull();
        refused.set("none");
        grant.release();
        assertThat(claims).isEmptyDirectory();
    }

    @Test
    void aClaimThatSomebodyElseRemovedNeedsNoRelease() throws Exception {
        Grant grant = acquire(strict());
        for (String name : names(claims)) {
            Files.delete(claims.resolve(name));
        }
        assertThatThrownBy(grant::ensureValid)
                .isInstanceOfSatisfying(
                        LockLostException.class,
                        e -> assertThat(e.reason()).isEqualTo(LockLostException.Reason.CLAIM_MISSING));
        grant.release();
    }

    // ---- between any two steps

    /** Stands still before its n-th operation while somebody else does something. */
    private static final class Delayed extends TamperedFiles {
        private final int step;
        private final Runnable meanwhile;
        private int steps;

        Delayed(int step, Runnable meanwhile) {
            this.step = step;
            this.meanwhile = meanwhile;
        }

        @Override
        public void before(String call, Path file) {
            if (++steps == step) {
                meanwhile.run();
            }
        }
    }

    private static RandomGenerator only(int value) {
        return new Random() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                java.util.Arrays.fill(bytes, (byte) value);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whereverOneIsDelayedWhileAnotherEntersOnlyOneIsInside(boolean lowerIsDelayed) throws Exception {
        makeLayout();
        int entered = 0;
        int kept = 0;
        for (int step = 1; ; step++) {
            AtomicReference<Grant> others = new AtomicReference<>();
            LockFile other = open(OsFiles.system(), only(lowerIsDelayed ? 0xee : 0x11));
            Delayed files = new Delayed(step, () -> {
                try {
                    others.set(tryOnce(other));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Grant mine = tryOnce(open(files, only(lowerIsDelayed ? 0x11 : 0xee)));
            assertThat(mine == null || others.get() == null)
                    .as("delayed before operation %s", step)
                    .isTrue();
            entered += others.get() == null ? 0 : 1;
            kept += mine == null ? 0 : 1;
            for (Grant grant :
                    Stream.of(mine, others.get()).filter(g -> g != null).toList()) {
                grant.release();
            }
            assertThat(claims).isEmptyDirectory();
            if (files.steps < step) {
                break;
            }
        }
        assertThat(entered).as("how often the other one got in").isGreaterThan(5);
        assertThat(kept).as("how often the delayed one did").isGreaterThan(5);
    }

    @Test
    void whoDiesBetweenAnyTwoStepsLetsNobodyInIfItHadPublishedAnything() throws Exception {
        makeLayout();
        int blocked = 0;
        for (int step = 1; ; step++) {
            class Killed extends Error {
                private static final long serialVersionUID = 1L;
            }
            AtomicInteger dead = new AtomicInteger();
            Delayed files = new Delayed(step, () -> dead.set(1));
            OsFiles dying = new TamperedFiles() {
                @Override
                public void before(String call, Path file) {
                    files.before(call, file);
                    if (dead.get() == 1) {
                        throw new Killed();
                    }
                }
            };
            try {
                Grant grant = acquire(open(dying));
                grant.release();
                break;
            } catch (Killed e) {
                boolean published = names(claims).stream().anyMatch(name -> !name.startsWith("."));
                Grant next = tryOnce(strict());
                assertThat(next == null)
                        .as("blocked by what was left before operation %s", step)
                        .isEqualTo(published);
                if (next != null) {
                    next.release();
                } else {
                    blocked++;
                }
                for (String name : names(claims)) {
                    Files.delete(claims.resolve(name));
                }
            }
        }
        assertThat(blocked).isGreaterThan(5);
    }
}
