package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any bytes in a file of {@code /proc}, some of which other users decide, and any host name. */
public final class ProcFuzz {
    public static final List<String> SEEDS = List.of(
            "13949 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 3 19 291749 21",
            "1: FLOCK  ADVISORY  WRITE 13949 08:01:2246978 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 4711 08:01:2246978 0 EOF\n",
            "2: OFDLCK ADVISORY  READ -1 00:2f:18446744073709551615 128 128\n",
            "pid:[4026531836]",
            "python3\0-u\0import.py\0--password\0secret\0",
            "java\0-cp\0a:b\0-jar\0app.jar\0",
            "/bin/sh\0-c\0echo secret\0",
            "2e5db945-435b-4fb8-8059-87181632e62c");

    private ProcFuzz() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        ProcStat stat = ProcStat.parse(text);
        if (stat != null) {
            assertThat(stat.startTime().signum()).isNotNegative();
            if (text.length() < 100) { // boot_id is 37
                StartTokens.linux(text, stat.startTime());
            }
        }
        assertThat(ProcLocks.Line.all(text))
                .allSatisfy(line -> assertThat(line.kind()).isNotEmpty());
        LinuxProcesses.namespace(text);
        String name = ProcessNames.describe(LinuxProcesses.arguments(text));
        if (name != null) {
            assertThat(name.codePointCount(0, name.length())).isLessThanOrEqualTo(100);
            assertThat(name.chars()).noneMatch(Character::isISOControl);
        }
        assertThat(HostField.of(bytes)).matches("[!-~]{1,253}");
    }
}
