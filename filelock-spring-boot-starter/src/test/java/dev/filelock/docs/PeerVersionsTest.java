package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The versions that {@code docs/reliability.md} states are those that the build tests against, as far as the build decides them. */
class PeerVersionsTest {
    private static final Page PAGE = Page.named("docs/reliability.md");

    @ParameterizedTest
    @CsvSource({
        "sqlite-jdbc, sqlite-jdbc",
        "JNA, jna",
        "Spring Boot, spring-boot",
        "Spring Integration, spring-integration-core",
        "ShedLock, shedlock-core",
        "Reactor, reactor-core",
        "RxJava, rxjava",
        "Mutiny, mutiny",
        "Kotlin's coroutines, kotlinx-coroutines-core-jvm"
    })
    void ofWhatIsOnTheClassPath(String peer, String artifact) {
        assertThat(Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> Path.of(entry).getFileName().toString()))
                .contains(artifact + "-" + stated(peer) + ".jar");
    }

    @ParameterizedTest
    @CsvSource({
        "Python's filelock, .ci/run, filelock_version=%s",
        "Python's filelock, filelock-core/src/test/java/dev/filelock/testing/PythonPeer.java, VERSION = \"%s\"",
        "'Spring Boot, the older', pom.xml, <spring-boot-3.version>%s<",
        "Maven Resolver, pom.xml, <maven-resolver.version>%s<"
    })
    void ofWhatTheBuildNames(String peer, String file, String text) throws IOException {
        assertThat(Files.readString(Page.ROOT.resolve(file))).contains(String.format(text, stated(peer)));
    }

    private static String stated(String peer) {
        Pattern row = Pattern.compile("\\| " + Pattern.quote(peer) + " \\| ([^| ]+) \\|.*");
        return PAGE.lines().stream()
                .map(row::matcher)
                .filter(Matcher::matches)
                .map(found -> found.group(1))
                .findFirst()
                .orElseThrow(() -> new AssertionError(PAGE + " states no version of " + peer));
    }
}
