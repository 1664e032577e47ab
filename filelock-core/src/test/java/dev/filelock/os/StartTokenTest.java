package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.PythonPeer;
import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class StartTokenTest {
    @Test
    void putsTheBootIdAboveTheStartTime() {
        assertThat(StartTokens.linux("2e5db945-435b-4fb8-8059-87181632e62c\n", BigInteger.valueOf(291749)))
                .hasToString("1136893666354272840246872481902053810756255316518147224485");
    }

    @Test
    void countsAMissingBootIdAsZero() {
        assertThat(StartTokens.linux("", BigInteger.valueOf(291749))).hasToString("291749");
        assertThat(StartTokens.linux("no boot id", BigInteger.valueOf(291749))).hasToString("291749");
    }

    @Test
    void readsSecondsAndMicrosecondsOfMacOs() {
        byte[] info = HexFormat.of().parseHex("15cd5b0700000000" + "40e20100" + "ffffffff");
        assertThat(StartTokens.macOs(info)).hasToString("123456789123456");
    }

    @Test
    void readsTheFileTimeOfWindowsWithoutASign() {
        assertThat(StartTokens.windows(133_000_000_000_000_000L)).hasToString("133000000000000000");
        assertThat(StartTokens.windows(-1)).hasToString("18446744073709551615");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void isTheOneThatPythonWritesForTheSameProcess() {
        try (var python = PythonPeer.start("""
                from filelock import SoftFileLock
                import sys, tempfile, os
                path = os.path.join(tempfile.mkdtemp(), "x.lock")
                with SoftFileLock(path):
                    print(open(path).read().splitlines()[2])
                os.rmdir(os.path.dirname(path))
                sys.stdin.readline()
                """)) {
            String token = python.readLine();
            assertThat(Processes.system().startToken(python.pid())).hasToString(token);
        }
    }
}
