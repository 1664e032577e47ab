package dev.filelock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.filelock.testing.CapturedLog;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where a lock can't be, an acquisition that would wait for ever fails at once, the message names the path and the way out, and
 * what is there stays as it is.
 */
@Timeout(60)
class BadInputTest {
    @TempDir
    Path directory;

    private Path path(LockKind kind) {
        return directory.resolve("x" + kind.suffix);
    }

    /** What the acquisition fails with, after which the directory is as before. */
    private FileLockException refusal(LockKind kind, Path path) throws IOException {
        Map<String, String> before = everythingIn(directory);
        FileLockException refusal = catchThrowableOfType(
                FileLockException.class, () -> kind.lock(path).acquire());
        assertThat(refusal).as("a refusal of %s", path).isNotNull().isNotInstanceOf(FileLockTimeoutException.class);
        assertThat(refusal).hasMessageContaining(path.toString());
        assertThat(refusal.path()).isEqualTo(path);
        assertThat(everythingIn(directory)).isEqualTo(before);
        return refusal;
    }

    /** And once the obstacle is gone the same path can be locked. */
    private void assertThatItCanBeLocked(LockKind kind) throws Exception {
        kind.lock(path(kind)).acquire(Duration.ZERO).close();
    }

    private static Map<String, String> everythingIn(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path each : tree.filter(file -> !file.equals(root)).toList()) {
                boolean regular = Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS);
                String content = regular && Files.isReadable(each) ? Files.readString(each) : "";
                found.put(
                        root.relativize(each).toString(),
                        Files.readAttributes(each, "fileKey,size", LinkOption.NOFOLLOW_LINKS) + content);
            }
        }
        return found;
    }

    // ---- paths that name no file

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ".", "..", "locks/..", "locks/.", "/"})
    void aPathMustNameAFile(String path) {
        for (LockKind kind : LockKind.values()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.lock(Path.of(path)))
                    .withMessageContaining("lock path '" + Path.of(path) + "' names no file")
                    .withMessageContaining("such as data.txt.lock");
        }
    }

    @Test
    void aDataFileToGuardMustHaveAName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileLock.guarding(Path.of("")))
                .withMessageContaining("no file name");
        assertThat(FileLock.guarding(Path.of("data.txt")).path())
                .isEqualTo(Path.of("data.txt.lock").toAbsolutePath());
    }

    @Test
    void aPathInsideAnArchiveIsRefused() throws Exception {
        try (FileSystem archive = FileSystems.newFileSystem(
                URI.create("jar:" + directory.resolve("archive.zip").toUri()), Map.of("create", "true"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FileLock.of(archive.getPath("/x.lock")))
                    .withMessageContaining("'/x.lock'")
                    .withMessageContaining("default file system");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"catalog.lock", "catalog", "catalog.sqlite", "catalog.db.txt"})
    void aReadWriteLockNeedsItsSuffix(String name) {
        Path path = directory.resolve(name);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReadWriteFileLock.of(path))
                .withMessageContaining(path.toString())
                .withMessageContaining(".db");
    }

    // ---- options

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S"})
    void aPollIntervalMustBeGreaterThanZero(String interval) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileLock.builder(directory.resolve("x.lock")).pollInterval(Duration.parse(interval)))
                .withMessageContaining(interval)
                .withMessageContaining("the default is 50 ms");
    }

    @Test
    void aBackendMustHaveTheMode() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileLock.builder(directory.resolve("x.db")).backend(LockBackend.SQLITE))
                .withMessageContaining("backend SQLITE has no mode EXCLUSIVE, only [READ, WRITE]")
                .withMessageContaining("NATIVE");
        for (LockBackend backend : List.of(LockBackend.NATIVE, LockBackend.SOFT)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ReadWriteFileLock.builder(directory.resolve("x.lock"))
                            .backend(backend))
                    .withMessageContaining("backend " + backend + " has no mode READ, only [EXCLUSIVE]")
                    .withMessageContaining("SQLITE");
        }
    }

    @Test
    void filePermissionsMustLetTheOwnerLock() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileLock.builder(directory.resolve("x.lock"))
                        .filePermissions(PosixFilePermissions.fromString("r--rw-rw-")))
                .withMessageContaining("[OWNER_READ, GROUP_READ, GROUP_WRITE, OTHERS_READ, OTHERS_WRITE]")
                .withMessageContaining("owner read and write");
    }

    // ---- something else at the path

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "GENERATION_.*")
    void aDirectoryIsNotALockFile(LockKind kind) throws Exception {
        Path path = Files.createDirectory(path(kind));
        Files.writeString(path.resolve("kept"), "kept");
        assertThat(refusal(kind, path)).hasMessageMatching("(?s).*(directory|not a regular file).*");
        Files.delete(path.resolve("kept"));
        Files.delete(path);
        assertThatItCanBeLocked(kind);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "GENERATION_.*")
    @DisabledOnOs(OS.WINDOWS)
    void aSymbolicLinkIsNotFollowed(LockKind kind) throws Exception {
        Path empty = Files.createFile(directory.resolve("empty" + kind.suffix));
        Path missing = directory.resolve("missing" + kind.suffix);
        for (Path target : List.of(empty, missing)) {
            Path link = Files.createSymbolicLink(path(kind), target);
            assertThat(refusal(kind, link)).hasMessageContaining("symbolic link");
            Files.delete(link);
        }
        assertThatItCanBeLocked(kind);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "GENERATION_.*")
    @DisabledOnOs(OS.WINDOWS)
    void aFifoIsNotALockFileAndNobodyWaitsForItsOtherEnd(LockKind kind) throws Exception {
        Path path = path(kind);
        ChildProcess.start("mkfifo", path.toString()).expectSuccess();
        assertThat(refusal(kind, path)).hasMessageMatching("(?s).*(not a regular file|FIFO).*");
        Files.delete(path);
        assertThatItCanBeLocked(kind);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "GENERATION_.*")
    @DisabledOnOs(OS.WINDOWS)
    void aSocketIsNotALockFile(LockKind kind) throws Exception {
        Path path = path(kind);
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(path));
            assertThat(refusal(kind, path)).hasMessageMatching("(?s).*(not a regular file|socket).*");
        }
        Files.delete(path);
        assertThatItCanBeLocked(kind);
    }

    @ParameterizedTest
    @EnumSource
    void aNameCanBeTooLong(LockKind kind) throws Exception {
        Path path = directory.resolve("n".repeat(300) + kind.suffix);
        assertThat(refusal(kind, path)).hasMessageMatching("(?s).*too long.*");
    }

    // ---- data at the path

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "RANGE"})
    void aDataFileIsLockedWithAWarningAndKept(LockKind kind) throws Exception {
        Path path = path(kind);
        Files.writeString(path, "somebody's data\n");
        FileTime written = FileTime.from(Instant.parse("2024-02-29T12:00:00Z"));
        Files.setLastModifiedTime(path, written);
        try (CapturedLog log = new CapturedLog()) {
            kind.lock(path).acquire().close();
            kind.lock(path).acquire().close();
            assertThat(log.warnings())
                    .singleElement()
                    .satisfies(warning -> assertThat(warning)
                            .contains(path.toString())
                            .contains("not empty but has 16 bytes")
                            .contains("FileLock.guarding"));
        }
        assertThat(path).hasContent("somebody's data\n");
        assertThat(Files.getLastModifiedTime(path)).isEqualTo(written);
    }

    @Test
    void aDataFileIsNeverTakenForASoftMarker() throws Exception {
        Path path = path(LockKind.SOFT);
        Files.writeString(path, "somebody's data\n");
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(60)));
        assertThat(refusal(LockKind.SOFT, path)).isInstanceOf(LockProtocolException.class);
        Files.delete(path);
        assertThatItCanBeLocked(LockKind.SOFT);
    }

    @ParameterizedTest
    @EnumSource(names = {"SQLITE_READ", "SQLITE_WRITE"})
    void aDataFileIsNeverTakenForAnSqliteLock(LockKind kind) throws Exception {
        Path path = path(kind);
        for (String content : List.of("somebody's data\n", "SQLite format 3\0", "x".repeat(5000))) {
            Files.write(path, content.getBytes(UTF_8));
            assertThat(refusal(kind, path)).isInstanceOf(LockProtocolException.class);
            assertThat(path).hasContent(content);
        }
        Files.delete(path);
        assertThatItCanBeLocked(kind);
    }

    // ---- the directory

    @ParameterizedTest
    @EnumSource
    void aFileInTheWayOfTheDirectoryIsNamed(LockKind kind) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "in the way");
        refusal(kind, file.resolve("x" + kind.suffix));
        refusal(kind, file.resolve("sub").resolve("x" + kind.suffix));
    }

    @ParameterizedTest
    @EnumSource
    @DisabledOnOs(OS.WINDOWS)
    void aDanglingLinkInTheWayOfTheDirectoryIsNamed(LockKind kind) throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("missing"));
        assertThat(refusal(kind, link.resolve("x" + kind.suffix))).hasMessageContaining("can't be used or created");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDirectoryThatMayNotBeWrittenIsNamedWithTheWayOut() throws Exception {
        Path locks = Files.createDirectory(directory.resolve("locks"));
        Files.setPosixFilePermissions(locks, PosixFilePermissions.fromString("r-xr-xr-x"));
        try (ChildProcess child = withoutPrivileges()) {
            for (LockKind kind : LockKind.values()) {
                for (String name : List.of("x" + kind.suffix, "sub/x" + kind.suffix)) {
                    Path path = locks.resolve(name);
                    assertThat(child.ask(kind + " " + path))
                            .as("%s", kind)
                            .startsWith("FileLockException")
                            .contains(path.toString())
                            .matches(".*(write|writable|another).*");
                }
            }
        }
        assertThat(locks).isEmptyDirectory();
    }

    /** A JVM to which permissions apply; they don't to root, unless it gives that up. */
    private static ChildProcess withoutPrivileges() {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            List<String> giveUp = List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");
            try (ChildProcess probe = ChildProcess.start(with(giveUp, "true"))) {
                assumeTrue(probe.waitFor() == 0, "root can't give up its privileges here: " + probe.errorLines());
            } catch (UncheckedIOException e) {
                assumeFalse(true, "there is no setpriv, and permissions don't apply to root: " + e.getMessage());
            }
            command.addAll(giveUp);
        }
        command.addAll(JavaPeer.command(List.of()));
        command.add(Attempts.class.getName());
        return ChildProcess.start(command);
    }

    private static List<String> with(List<String> command, String... more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        return all;
    }

    /** Tries to lock what each line of its input names, and says what came of it. */
    static final class Attempts {
        private Attempts() {}

        public static void main(String[] arguments) throws Exception {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 2);
                try {
                    LockKind.valueOf(words[0]).lock(Path.of(words[1])).acquire(Duration.ZERO);
                    System.out.println("held");
                } catch (FileLockException e) {
                    System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
                }
            }
        }
    }

    // ---- the locale

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNameThatTheLocaleCantWriteIsRefusedWithTheWayOut() {
        ProcessBuilder builder = new ProcessBuilder(
                with(JavaPeer.command(List.of()), NameOutsideTheLocale.class.getName(), directory.toString()));
        builder.environment().put("LC_ALL", "C");
        try (ChildProcess child = ChildProcess.start(builder)) {
            assertThat(child.readLine())
                    .contains("IllegalArgumentException")
                    .contains("is not a path on this system")
                    .contains("LC_ALL=C.UTF-8");
        }
    }

    /** Asks for a lock of a name with a letter that ASCII has not. */
    static final class NameOutsideTheLocale {
        private NameOutsideTheLocale() {}

        public static void main(String[] arguments) {
            try (LockRegistry registry =
                    LockRegistry.builder().directory(Path.of(arguments[0])).build()) {
                System.out.println(registry.lock("M\u00fcller").path().getNameCount());
            } catch (IllegalArgumentException e) {
                System.out.println(e);
            }
        }
    }

    @Test
    void whatIsMissingIsSaidAtOnce() {
        assertThatThrownBy(() -> FileLock.builder(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("path");
        assertThatThrownBy(() -> FileLock.of(directory.resolve("x.lock"), null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("timeout");
    }
}
