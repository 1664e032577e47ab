package dev.filelock.os;

import static dev.filelock.os.OsFiles.Open.CREATE;
import static dev.filelock.os.OsFiles.Open.DIRECTORY;
import static dev.filelock.os.OsFiles.Open.EXCLUSIVE;
import static dev.filelock.os.OsFiles.Open.NON_BLOCKING;
import static dev.filelock.os.OsFiles.Open.READ;
import static dev.filelock.os.OsFiles.Open.WRITE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.protocol.FileIdentity;
import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "descriptors, links and permissions are those of Unix")
class OsFilesTest {
    private static final Set<OsFiles.Open> READ_WRITE_CREATE = EnumSet.of(READ, WRITE, CREATE);

    @TempDir
    Path directory;

    private final OsFiles files = OsFiles.system();

    @Test
    void createsAFileWithThePermissionsThatTheUmaskLeaves() throws IOException {
        Path file = directory.resolve("new");
        try (Descriptor descriptor = files.open(file, READ_WRITE_CREATE, 0640)) {
            assertThat(descriptor.status().permissions() & ~0640).isZero();
            assertThat(descriptor.status().type()).isEqualTo(FileStatus.Type.REGULAR);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .startsWith("rw-");
    }

    @Test
    void neverTruncatesAnExistingFile() throws IOException {
        Path file = Files.writeString(directory.resolve("data"), "precious");
        files.open(file, READ_WRITE_CREATE, 0666).close();
        assertThat(file).hasContent("precious");
    }

    @Test
    void createsNothingUnlessAskedTo() {
        assertFails(OsError.NOT_FOUND, () -> files.open(directory.resolve("absent"), EnumSet.of(READ, WRITE), 0666));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void refusesAnyExistingNameIfAskedToCreateExclusively() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        assertFails(OsError.EXISTS, () -> files.open(link, EnumSet.of(WRITE, CREATE, EXCLUSIVE), 0666));
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void refusesASymbolicLinkAndLeavesItsTargetAlone() throws IOException {
        Path target = directory.resolve("target");
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertFails(OsError.SYMBOLIC_LINK, () -> files.open(link, READ_WRITE_CREATE, 0666));
        assertThat(target).doesNotExist();

        Files.writeString(target, "precious");
        assertFails(OsError.SYMBOLIC_LINK, () -> files.open(link, READ_WRITE_CREATE, 0666));
        assertThat(target).hasContent("precious");
    }

    @Test
    void tellsADirectoryFromAFile() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertFails(OsError.IS_DIRECTORY, () -> files.open(directory, EnumSet.of(READ, WRITE), 0));
        assertFails(OsError.NOT_DIRECTORY, () -> files.open(file, EnumSet.of(READ, DIRECTORY), 0));
        assertFails(OsError.NOT_DIRECTORY, () -> files.open(file.resolve("below"), EnumSet.of(READ), 0));
        try (Descriptor opened = files.open(directory, EnumSet.of(READ, DIRECTORY), 0)) {
            assertThat(opened.status().type()).isEqualTo(FileStatus.Type.DIRECTORY);
        }
    }

    @Test
    void doesNotWaitForTheOtherEndOfAFifo() throws IOException {
        Path fifo = directory.resolve("fifo");
        ChildProcess.start("mkfifo", fifo.toString()).expectSuccess();
        try (Descriptor opened = files.open(fifo, EnumSet.of(READ, NON_BLOCKING), 0)) {
            assertThat(opened.status().type()).isEqualTo(FileStatus.Type.OTHER);
        }
        assertFails(OsError.NO_DEVICE, () -> files.open(fifo, EnumSet.of(WRITE, NON_BLOCKING), 0));
    }

    @Test
    void saysWhichCallFailedOnWhatAndWhy() {
        Path absent = directory.resolve("absent");
        assertThatThrownBy(() -> files.open(absent, EnumSet.of(READ), 0))
                .hasMessageStartingWith("open(" + absent + ") failed: ")
                .hasMessageNotContaining("failed: null");
        assertFails(OsError.NAME_TOO_LONG, () -> files.open(directory.resolve("x".repeat(300)), EnumSet.of(READ), 0));
    }

    @Test
    void readsFromTheStartUpToTheLimit() throws IOException {
        Path file = Files.writeString(directory.resolve("data"), "0123456789");
        try (Descriptor opened = files.open(file, EnumSet.of(READ), 0)) {
            assertThat(text(opened.read(4))).isEqualTo("0123");
            assertThat(text(opened.read(10))).isEqualTo("0123456789");
            assertThat(text(opened.read(1025))).isEqualTo("0123456789");
            assertThat(opened.read(0)).isEmpty();
        }
    }

    @Test
    void readsOnThroughShortReads() throws IOException {
        // /proc gives at most a page at a time.
        try (Descriptor opened = files.open(Path.of("/proc/self/smaps"), EnumSet.of(READ), 0)) {
            assertThat(opened.read(20_000)).hasSize(20_000);
        } catch (OsException e) {
            Assumptions.abort("no /proc/self/smaps here");
        }
    }

    @Test
    void writesEverythingOneAfterTheOther() throws IOException {
        Path file = directory.resolve("data");
        try (Descriptor opened = files.open(file, READ_WRITE_CREATE, 0666)) {
            opened.write("one ".getBytes(UTF_8));
            opened.write("a".repeat(100_000).getBytes(UTF_8));
            opened.write(new byte[0]);
        }
        assertThat(file).hasContent("one " + "a".repeat(100_000));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysThatTheDiskIsFull() throws IOException {
        try (Descriptor full = files.open(Path.of("/dev/full"), EnumSet.of(WRITE), 0)) {
            assertFails(OsError.NO_SPACE, () -> full.write("x".getBytes(UTF_8)));
        }
    }

    @Test
    void worksUnderAnInterruptedThreadAndKeepsTheInterrupt() throws IOException {
        Path file = Files.writeString(directory.resolve("data"), "x");
        Thread.currentThread().interrupt();
        try (Descriptor opened = files.open(file, EnumSet.of(READ, WRITE), 0)) {
            assertThat(opened.read(1)).hasSize(1);
            assertThat(opened.tryLockExclusive()).isTrue();
            assertThat(opened.status().links()).isOne();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void tellsTheSameStatusAsTheJdk() throws IOException {
        Path file = Files.writeString(directory.resolve("data"), "12345");
        Files.createLink(directory.resolve("second name"), file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-x--x"));
        Files.setLastModifiedTime(
                file, java.nio.file.attribute.FileTime.from(Instant.parse("2021-02-03T04:05:06.789012345Z")));

        FileStatus status = files.lstat(file);
        assertThat(status)
                .isEqualTo(new FileStatus(
                        new FileIdentity((long) Files.getAttribute(file, "unix:dev"), (long)
                                Files.getAttribute(file, "unix:ino")),
                        FileStatus.Type.REGULAR,
                        0651,
                        2,
                        5,
                        (int) Files.getAttribute(file, "unix:uid"),
                        Files.getLastModifiedTime(file).toInstant()));
        try (Descriptor opened = files.open(file, EnumSet.of(READ), 0)) {
            assertThat(opened.status()).isEqualTo(status);
        }
    }

    @Test
    void followsALinkOnlyIfAskedTo() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("absent"));

        assertThat(files.lstat(link).type()).isEqualTo(FileStatus.Type.SYMBOLIC_LINK);
        assertThat(files.stat(link)).isEqualTo(files.lstat(file));
        assertThat(files.stat(dangling)).isNull();
        assertThat(files.lstat(directory.resolve("absent"))).isNull();
        assertThat(files.lstat(file.resolve("below"))).isNull();
    }

    @Test
    void countsNoLinksOfAnUnlinkedFile() throws IOException {
        Path file = directory.resolve("file");
        try (Descriptor opened = files.open(file, READ_WRITE_CREATE, 0666)) {
            assertThat(files.unlink(file)).isTrue();
            assertThat(opened.status().links()).isZero();
            assertThat(files.unlink(file)).isFalse();
        }
    }

    @Test
    void unlinksALinkAndNoDirectory() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "precious");
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertThat(files.unlink(link)).isTrue();
        assertThat(target).hasContent("precious");

        Path empty = Files.createDirectory(directory.resolve("empty"));
        assertThatThrownBy(() -> files.unlink(empty)).isInstanceOf(OsException.class);
        assertThat(empty).isDirectory();
    }

    @Test
    void renames() throws IOException {
        Path from = Files.writeString(directory.resolve("from"), "x");
        Path to = directory.resolve("to");
        files.rename(from, to);
        assertThat(from).doesNotExist();
        assertThat(to).hasContent("x");
        assertThatThrownBy(() -> files.rename(from, to))
                .hasMessageContaining(from.toString())
                .hasMessageContaining(to.toString())
                .isInstanceOfSatisfying(
                        OsException.class, e -> assertThat(e.error()).isEqualTo(OsError.NOT_FOUND));
    }

    @Test
    void givesAFileASecondNameAndReplacesNothing() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        Path second = directory.resolve("second");
        files.link(file, second);
        assertThat(files.lstat(second)).isEqualTo(files.lstat(file));
        assertThat(files.lstat(second).links()).isEqualTo(2);

        Path other = Files.writeString(directory.resolve("other"), "precious");
        assertFails(OsError.EXISTS, () -> files.link(file, other));
        assertThat(other).hasContent("precious");
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nowhere"));
        assertFails(OsError.EXISTS, () -> files.link(file, dangling));
        assertThatThrownBy(() -> files.link(directory.resolve("absent"), directory.resolve("third")))
                .hasMessageContaining("absent")
                .hasMessageContaining("third")
                .isInstanceOfSatisfying(
                        OsException.class, e -> assertThat(e.error()).isEqualTo(OsError.NOT_FOUND));
    }

    @Test
    void linksASymbolicLinkAndNotItsTarget() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "x");
        Path symbolic = Files.createSymbolicLink(directory.resolve("symbolic"), target);
        files.link(symbolic, directory.resolve("second"));
        assertThat(files.lstat(target).links()).isOne();
        assertThat(files.lstat(directory.resolve("second")).type()).isEqualTo(FileStatus.Type.SYMBOLIC_LINK);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysWhereNoHardLinkCanLead() throws IOException {
        Path memory = Path.of("/dev/shm");
        Assumptions.assumeTrue(
                Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(directory)),
                "no second file system to write to");
        Path elsewhere = Files.createTempFile(memory, "filelock", ".test");
        try {
            assertFails(OsError.CROSS_DEVICE, () -> files.link(elsewhere, directory.resolve("second")));
        } finally {
            Files.delete(elsewhere);
        }
        // A directory has one name only: the same EPERM as of a file system without hard links.
        assertFails(OsError.NOT_SUPPORTED, () -> files.link(directory, directory.resolve("second")));
    }

    @Test
    void makesADirectoryOnce() throws IOException {
        Path made = directory.resolve("made");
        files.makeDirectory(made, 0700);
        assertThat(files.lstat(made).type()).isEqualTo(FileStatus.Type.DIRECTORY);
        assertThat(files.lstat(made).permissions() & 0777).isEqualTo(0700);
        assertFails(OsError.EXISTS, () -> files.makeDirectory(made, 0700));
        assertFails(OsError.EXISTS, () -> files.makeDirectory(Files.createFile(directory.resolve("file")), 0777));
        assertFails(OsError.NOT_FOUND, () -> files.makeDirectory(directory.resolve("absent/below"), 0777));
    }

    @Test
    void listsEveryNameInADirectory() throws IOException {
        assertThat(files.list(directory)).isEmpty();
        Files.createFile(directory.resolve(".hidden"));
        Files.createDirectory(directory.resolve("below"));
        Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nowhere"));
        assertThat(files.list(directory)).containsExactlyInAnyOrder(".hidden", "below", "dangling");
        assertFails(OsError.NOT_FOUND, () -> files.list(directory.resolve("absent")));
        assertFails(OsError.NOT_DIRECTORY, () -> files.list(directory.resolve(".hidden")));
    }

    @Test
    void listsUnderAnInterruptedThread() throws IOException {
        Files.createFile(directory.resolve("file"));
        Thread.currentThread().interrupt();
        try {
            assertThat(files.list(directory)).containsExactly("file");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void changesPermissionsExactly() throws IOException {
        Path file = directory.resolve("file");
        try (Descriptor opened = files.open(file, READ_WRITE_CREATE, 0600)) {
            opened.changePermissions(0666);
            assertThat(opened.status().permissions()).isEqualTo(0666);
        }
    }

    @Test
    void aTouchMovesTheTimeOfTheOpenFileWhateverItsPathNames() throws IOException {
        Path path = Files.createFile(directory.resolve("touched"));
        FileTime old = FileTime.from(Instant.now().minusSeconds(3600));
        Files.setLastModifiedTime(path, old);
        try (Descriptor opened = files.open(path, EnumSet.of(WRITE), 0)) {
            Path moved = Files.move(path, directory.resolve("moved"));
            Files.createFile(path);
            Files.setLastModifiedTime(path, old);

            opened.touch();

            assertThat(opened.status().modified()).isAfter(Instant.now().minusSeconds(600));
            assertThat(Files.getLastModifiedTime(moved).toInstant())
                    .isEqualTo(opened.status().modified());
            assertThat(Files.getLastModifiedTime(path)).isEqualTo(old);
        }
    }

    @Test
    void knowsWhatThisProcessMayWrite() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(files.writable(file)).isTrue();
        assertFails(OsError.NOT_FOUND, () -> files.writable(directory.resolve("absent")));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        assertThat(files.writable(file)).isEqualTo(Files.isWritable(file));
    }

    @Test
    void keepsExtendedAttributes() throws IOException {
        Path file = directory.resolve("file");
        try (Descriptor opened = files.open(file, READ_WRITE_CREATE, 0600)) {
            assertThat(opened.attribute("user.filelock.test")).isNull();
            Assumptions.assumeTrue(
                    opened.setAttribute("user.filelock.test", "4026531836".getBytes(UTF_8)),
                    "this file system has no extended attributes");
            assertThat(text(opened.attribute("user.filelock.test"))).isEqualTo("4026531836");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysWhereThereAreNoExtendedAttributes() throws IOException {
        try (Descriptor opened = files.open(Path.of("/proc/self/stat"), EnumSet.of(READ), 0)) {
            assertThat(opened.attribute("user.filelock.test")).isNull();
            assertThat(opened.setAttribute("user.filelock.test", new byte[] {1}))
                    .isFalse();
        }
    }

    @Test
    void excludesASecondDescriptorUntilUnlocked() throws IOException {
        Path file = directory.resolve("file");
        try (Descriptor first = files.open(file, READ_WRITE_CREATE, 0600);
                Descriptor second = files.open(file, EnumSet.of(READ), 0)) {
            assertThat(first.tryLockExclusive()).isTrue();
            assertThat(second.tryLockExclusive()).isFalse();
            first.unlock();
            assertThat(second.tryLockExclusive()).isTrue();
            assertThat(first.tryLockExclusive()).isFalse();
        }
    }

    @Test
    void excludesTheFlockCommandAndIsExcludedByIt() throws IOException {
        Path file = directory.resolve("file");
        try (Descriptor descriptor = files.open(file, READ_WRITE_CREATE, 0600)) {
            assertThat(descriptor.tryLockExclusive()).isTrue();
            try (ChildProcess flock = ChildProcess.start("flock", "-n", "-E", "42", file.toString(), "true")) {
                assertThat(flock.waitFor()).isEqualTo(42);
            }
            descriptor.unlock();
            try (ChildProcess flock =
                    ChildProcess.start("flock", file.toString(), "sh", "-c", "echo held; read line")) {
                flock.expectLine("held");
                assertThat(descriptor.tryLockExclusive()).isFalse();
                flock.endInput();
                flock.waitFor();
            }
            assertThat(descriptor.tryLockExclusive()).isTrue();
        }
    }

    @Test
    void doesNotHandDescriptorsToChildren() throws IOException {
        Path file = directory.resolve("file");
        Descriptor descriptor = files.open(file, READ_WRITE_CREATE, 0600);
        assertThat(descriptor.tryLockExclusive()).isTrue();
        try (ChildProcess child = ChildProcess.start("sh", "-c", "echo up; read line")) {
            child.expectLine("up");
            descriptor.close();
            try (Descriptor next = files.open(file, EnumSet.of(READ), 0)) {
                assertThat(next.tryLockExclusive()).isTrue();
            }
        }
    }

    @Test
    void isSafeToUseAfterAClose() throws IOException {
        Descriptor closed = files.open(directory.resolve("file"), READ_WRITE_CREATE, 0600);
        closed.close();
        closed.close();
        assertThatThrownBy(closed::status).isInstanceOf(OsException.class).hasMessageContaining("closed");
        assertThatThrownBy(closed::tryLockExclusive).isInstanceOf(OsException.class);
        assertThatThrownBy(closed::unlock).isInstanceOf(OsException.class);
        assertThatThrownBy(() -> closed.read(1)).isInstanceOf(OsException.class);
        assertThatThrownBy(() -> closed.write(new byte[1])).isInstanceOf(OsException.class);
    }

    @Test
    void takesNamesInAnyScript() throws IOException {
        Path file = Path.of(directory + "/\u00e4\u65e5\u672c \ud83d\ude00");
        files.open(file, READ_WRITE_CREATE, 0600).close();
        assertThat(file).exists();
        assertThat(files.lstat(file)).isNotNull();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void takesNamesThatAreNoText() throws IOException {
        try (ChildProcess shell = ChildProcess.start(
                "sh", "-c", "cd \"$1\" && : > \"$(printf 'odd\\377%%\\303 name')\"", "sh", directory + "")) {
            shell.expectSuccess();
        }
        try (var listing = Files.list(directory)) {
            Path odd = listing.findFirst().orElseThrow();
            assertThat(files.lstat(odd).type()).isEqualTo(FileStatus.Type.REGULAR);
            assertThat(files.unlink(odd)).isTrue();
        }
        Files.createDirectory(directory.resolve("real"));
        try (ChildProcess shell = ChildProcess.start(
                "sh", "-c", "cd \"$1\" && ln -s real \"$(printf 'link\\377')\"", "sh", directory + "")) {
            shell.expectSuccess();
        }
        try (var listing = Files.list(directory)) {
            Path link = listing.filter(Files::isSymbolicLink).findFirst().orElseThrow();
            assertThat(files.lstat(link).type()).isEqualTo(FileStatus.Type.SYMBOLIC_LINK);
        }
    }

    @Test
    void refusesPathsOfOtherFileSystems() throws IOException {
        try (var zip = java.nio.file.FileSystems.newFileSystem(
                directory.resolve("a.zip"), java.util.Map.of("create", "true"))) {
            Path inside = zip.getPath("/x.lock");
            assertThatThrownBy(() -> files.lstat(inside))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("/x.lock")
                    .hasMessageContaining("default file system");
        }
    }

    @Test
    void tellsIdentitiesAsTheJdkDoes() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        var system = OsFileIdentities.system();
        var withoutNativeAccess = new OsFileIdentities.WithoutNativeAccess();
        assertThat(system.following(link)).isEqualTo(system.notFollowing(file)).isNotNull();
        assertThat(system.notFollowing(link)).isNotEqualTo(system.following(link));
        assertThat(system.notFollowing(directory.resolve("absent"))).isNull();
        for (Path path : Set.of(file, link, directory, Path.of("/"))) {
            assertThat(withoutNativeAccess.following(path)).isEqualTo(system.following(path));
            assertThat(withoutNativeAccess.notFollowing(path)).isEqualTo(system.notFollowing(path));
        }
        assertThat(withoutNativeAccess.following(directory.resolve("absent"))).isNull();
        assertThat(Files.isSymbolicLink(link) && Files.exists(link, LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void assertFails(OsError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        OsException.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
