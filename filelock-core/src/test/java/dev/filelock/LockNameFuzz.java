package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Any text as the name of a lock: refused, or a file in the directory from whose name the text can be read back. */
public final class LockNameFuzz {
    private static final Path DIRECTORY = Path.of("/var/lib/app/locks");

    public static final List<String> SEEDS = List.of(
            "ledger/4711",
            "../../etc/passwd",
            "%2e%2e%2f",
            "con.txt",
            "a. .",
            "C:\\x",
            "\u202Efdp.lock",
            "x".repeat(300));

    private LockNameFuzz() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.length() > 4000) {
            return;
        }
        for (LockBackend backend : List.of(LockBackend.NATIVE, LockBackend.SQLITE)) {
            try {
                LockName value = LockName.builder().value(text).build();
                Path file = value.in(DIRECTORY, backend);
                assertThat(file.normalize()).isEqualTo(file).hasParentRaw(DIRECTORY);
                assertThat(file.getFileName().toString().getBytes(StandardCharsets.UTF_8).length)
                        .isLessThanOrEqualTo(180);
                assertThat(decoded(value.toString())).isEqualTo(text);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
            try {
                Path file = LockName.of(text).in(DIRECTORY, backend);
                assertThat(file.normalize()).isEqualTo(file).startsWithRaw(DIRECTORY);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    private static String decoded(String segment) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] encoded = segment.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                bytes.write(Integer.parseInt(new String(encoded, i + 1, 2, StandardCharsets.UTF_8), 16));
                i += 2;
            } else {
                bytes.write(encoded[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
