package dev.filelock.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.PythonPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden rows are those that Python's filelock 4.0.8 was seen to write. */
class HostFieldTest {
    @ParameterizedTest
    @CsvSource({
        "vm, vm",
        "host with space, host?20with?20space",
        "w\u00f6rks, w?c3?b6rks",
        "a?b, a?3fb",
        "'', ?",
        "Mixed-Case.example.org, Mixed-Case.example.org"
    })
    void writesPrintableAsciiWithoutSpaces(String name, String field) {
        assertThat(HostField.of(name.getBytes(UTF_8))).isEqualTo(field);
    }

    @Test
    void escapesControlCharactersAndBytesThatAreNoText() {
        assertThat(HostField.of("a\nb".getBytes(UTF_8))).isEqualTo("a?0ab");
        assertThat(HostField.of(new byte[] {0x62, (byte) 0xff, 0x64})).isEqualTo("b?ffd");
        assertThat(HostField.of(new byte[] {0x7f})).isEqualTo("?7f");
    }

    @Test
    void keepsTheHeadOfALongNameAndEndsItInADigest() {
        assertThat(HostField.of("x".repeat(253).getBytes(UTF_8))).isEqualTo("x".repeat(253));
        assertThat(HostField.of("x".repeat(254).getBytes(UTF_8))).isEqualTo("x".repeat(244) + "-fc11d6f2");
        assertThat(HostField.of("x".repeat(300).getBytes(UTF_8))).isEqualTo("x".repeat(244) + "-04c26261");
    }

    @Test
    @EnabledOnOs(
            value = {OS.LINUX, OS.MAC},
            disabledReason = "compares with gethostname(2)")
    void namesThisHostAsPythonDoes() {
        try (var python = PythonPeer.start("""
                from filelock import SoftFileLock
                import sys, tempfile, os
                path = os.path.join(tempfile.mkdtemp(), "x.lock")
                with SoftFileLock(path):
                    print(open(path).read().splitlines()[1])
                os.rmdir(os.path.dirname(path))
                """)) {
            assertThat(Processes.system().hostField()).isEqualTo(python.readLine());
        }
    }
}
