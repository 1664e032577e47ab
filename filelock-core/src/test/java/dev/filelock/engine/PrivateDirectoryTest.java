package dev.filelock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.filelock.FileLockException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The directory that nobody chose lies where anybody writes: it is this user's alone, or it is refused. */
class PrivateDirectoryTest {
    private static final int NOBODY = 65534;

    @TempDir
    Path temporary;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.filelock");
    private Path path;
    private PrivateDirectory directory;

    @BeforeEach
    void choosePath() {
        path = temporary.resolve("filelock-me");
        directory = new PrivateDirectory(path);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    private void assertRefused(String why) {
        assertThatThrownBy(directory::prepare)
                .isInstanceOf(FileLockException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining(why)
                .hasMessageContaining("choose a lock directory of your own");
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static void giveAway(Path file) throws IOException {
        try {
            Files.setAttribute(file, "unix:uid", NOBODY);
        } catch (IOException e) {
            assumeTrue(false, "only root can give files away: " + e);
        }
    }

    @Test
    void itIsMadeForThisUserOnly() throws Exception {
        directory.prepare();
        assertThat(path).isDirectory();
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void itIsUsedAgain() throws Exception {
        directory.prepare();
        Path lockFile = Files.createFile(path.resolve("x.lock"));
        directory.prepare();
        new PrivateDirectory(path).prepare();
        assertThat(lockFile).exists();
        assertThat(temporary).as("no probe is left").isDirectoryNotContaining(file -> !file.equals(path));
    }

    @Test
    void itsWarningSaysOnceWhoSharesIt() {
        directory.prepare();
        directory.prepare();
        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .contains(path.toString())
                    .contains("only processes of this user with the same temporary directory")
                    .contains("filelock.directory");
        });
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aLinkIsRefused() throws Exception {
        Files.createSymbolicLink(path, Files.createDirectory(temporary.resolve("elsewhere")));
        assertRefused("not a directory but a link or a file");
    }

    @Test
    void aFileIsRefused() throws Exception {
        Files.writeString(path, "mine");
        assertRefused("not a directory but a link or a file");
        assertThat(path).hasContent("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwx---", "rwx----w-", "rwxrwxrwx"})
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDirectoryThatOthersMayWriteIsRefused(String permissions) throws Exception {
        Files.createDirectory(path);
        permit(path, permissions);
        assertRefused("others may write it (" + permissions + ")");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDirectoryThatOthersMayReadIsUsed() throws Exception {
        Files.createDirectory(path);
        permit(path, "rwxr-xr-x");
        directory.prepare();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void somebodyElsesDirectoryIsRefused() throws Exception {
        Files.createDirectory(path);
        permit(path, "rwx------");
        giveAway(path);
        assertRefused("it belongs to " + Files.getOwner(path));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whatBecameSomebodyElsesMeanwhileIsRefused() throws Exception {
        directory.prepare();
        Files.delete(path);
        Files.createDirectory(path);
        giveAway(path);
        assertRefused("it belongs to");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whatBecameALinkMeanwhileIsRefused() throws Exception {
        directory.prepare();
        Files.delete(path);
        Files.createSymbolicLink(path, Files.createDirectory(temporary.resolve("elsewhere")));
        assertRefused("not a directory but a link or a file");
    }

    @Test
    void whatWasDeletedMeanwhileIsMadeAgain() throws Exception {
        directory.prepare();
        Files.delete(path);
        directory.prepare();
        itIsMadeForThisUserOnly();
        assertThat(log.list).as("warned once").hasSize(1);
    }

    @Test
    void aTemporaryDirectoryThatIsMissingIsNamed() {
        path = temporary.resolve("missing").resolve("filelock-me");
        directory = new PrivateDirectory(path);
        assertRefused("NoSuchFileException");
    }

    @Test
    void itIsNamedAfterTheUser() {
        assertThat(PrivateDirectory.ofUser().path())
                .hasParentRaw(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath())
                .hasFileName("filelock-" + System.getProperty("user.name"));
    }
}
