package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.KernelLocks;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import dev.filelock.testing.LibraryCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two copies of the library in one JVM, each with a SQLite of its own, exclude each other and don't drop each other's locks. */
class SqliteTwoCopiesTest {
    @TempDir
    private Path directory;

    private Path path;
    private LibraryCopy one;
    private LibraryCopy two;

    @BeforeEach
    void loadTwoCopies() throws Exception {
        path = directory.toRealPath().resolve("catalog.db");
        one = LibraryCopy.load();
        two = LibraryCopy.load();
        assertThat(one.loader().loadClass("org.sqlite.JDBC"))
                .isNotSameAs(two.loader().loadClass("org.sqlite.JDBC"));
    }

    @AfterEach
    void unloadThem() throws IOException {
        one.close();
        two.close();
    }

    @Test
    void aWriterOfOneKeepsTheOtherOut() throws Exception {
        Predicate<String> first = userOf(path, one);
        Predicate<String> second = userOf(path, two);

        assertThat(first.test("WRITE")).isTrue();

        assertThat(second.test("WRITE")).isFalse();
        assertThat(second.test("READ")).isFalse();
        assertThat(first.test("release")).isTrue();
        assertThat(second.test("WRITE")).isTrue();
        assertThat(first.test("READ")).isFalse();
        assertThat(second.test("release")).isTrue();
        assertThat(first.test("READ")).isTrue();
        assertThat(first.test("release")).isTrue();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void anAttemptOfOneDoesNotDropTheLockOfTheOther() throws Exception {
        Predicate<String> first = userOf(path, one);
        Predicate<String> second = userOf(path, two);
        assertThat(first.test("READ")).isTrue();
        var locked = LocksOnFile.of(path);
        assertThat(locked).isNotEmpty();

        assertThat(second.test("READ")).isFalse();
        assertThat(second.test("WRITE")).isFalse();

        assertThat(LocksOnFile.of(path)).isEqualTo(locked);
        assertThat(first.test("release")).isTrue();
    }

    @Test
    void anIdleConnectionOfOneIsLetGoForTheOther() throws Exception {
        Predicate<String> first = userOf(path, one);
        Predicate<String> second = userOf(path, two);
        for (int i = 0; i < 5; i++) {
            assertThat(first.test("WRITE")).isTrue();
            assertThat(first.test("release")).isTrue();
            assertThat(second.test("READ")).isTrue();
            assertThat(second.test("release")).isTrue();
        }
    }

    @Test
    void aHardLinkIsNoWayAroundIt() throws Exception {
        Predicate<String> first = userOf(path, one);
        assertThat(first.test("WRITE")).isTrue();
        Path otherName = Files.createLink(path.resolveSibling("other.db"), path);

        Predicate<String> second = userOf(otherName, two);

        assertThat(second.test("WRITE")).isFalse();
        assertThat(first.test("release")).isTrue();
        assertThat(second.test("WRITE")).isTrue();
        assertThat(second.test("release")).isTrue();
    }

    private static Predicate<String> userOf(Path path, LibraryCopy copy) {
        return copy.user(User.class, path);
    }

    /** Does as it is told by a word, so that it can be talked to from another class loader. */
    public static final class User implements Predicate<String> {
        private final LockFile file;
        private @Nullable Grant grant;

        public User(String path) {
            file = new SqliteProtocol(OsFileIdentities.system(), KernelLocks.system(), (directory, delay, work) -> {})
                    .open(Path.of(path), LockOptions.defaults());
        }

        @Override
        public boolean test(String word) {
            try {
                if (!word.equals("release")) {
                    grant = file.attempt(LockMode.valueOf(word)).poll(Patience.NONE);
                    return grant != null;
                }
                if (grant == null) {
                    return false;
                }
                grant.ensureValid();
                grant.release();
                grant = null;
                return true;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
