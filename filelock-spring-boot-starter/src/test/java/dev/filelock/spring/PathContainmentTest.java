package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A value that a client chose, through the annotation onto the disk: inside the directory, and each its own file. */
class PathContainmentTest {
    private static final List<String> SPELLINGS = List.of(
            "..",
            ".",
            "...",
            "../x",
            "../../etc/passwd",
            "/etc/passwd",
            "//server/share",
            "a/../../x",
            "./x",
            "x/",
            "x/.",
            "x/..",
            "..\\x",
            "..\\..\\x",
            "\\x",
            "\\\\server\\share",
            "\\\\?\\C:\\x",
            "C:",
            "C:x",
            "C:\\x",
            "c:/x",
            "file:///etc/passwd",
            "%2e%2e",
            "%2e%2e/x",
            "%2e%2e%2f",
            "%252e%252e%252f",
            "..%2f",
            "..%5c",
            "%c0%ae%c0%ae/",
            "%00",
            "%",
            "%%",
            "%2",
            "%~",
            "\u00c0\u00ae\u00c0\u00ae/",
            "\uff0e\uff0e\uff0f",
            "\u2025/",
            "\u2024\u2024/",
            "..\u2215x",
            "..\u2044x",
            "..\u29f8x",
            "..\uff3cx",
            "\u202e..",
            "..\u200b/x",
            "\ufeff..",
            "\u2066../\u2069",
            "x\u0000".replace("\u0000", "\u2400"),
            "x\r\n../y",
            "x\t",
            "\u0001",
            "\u007f",
            "\u0085",
            "x.",
            "x..",
            "x ",
            " x",
            "x. .",
            ".. ",
            " ..",
            "con",
            "CON",
            "Con.txt",
            "con .txt",
            "nul",
            "aux.lock",
            "com1",
            "COM\u00b9",
            "lpt9.x",
            "conin$",
            "conout$",
            "x:y",
            "x::$DATA",
            "x<y>",
            "x|y",
            "x?",
            "x*",
            "\"",
            "~",
            "~root",
            "$HOME",
            "${user.home}",
            "#{1+1}",
            "`id`",
            "$(id)",
            ";rm",
            "-rf",
            "x.lock",
            "x.db",
            "x.lock.rw",
            "x.lock.filelock",
            ".x.tmp",
            "e\u0301",
            "\u00e9",
            "\ud83d\udd12",
            "x".repeat(300),
            "\u65e5".repeat(300),
            "../".repeat(100),
            "x".repeat(299) + "y");

    @TempDir
    Path root;

    static class Service {
        @FileLocked("#{#id}")
        public Path alone(String id) {
            return FileLocks.current().info().path();
        }

        @FileLocked("reports/#{#id}/daily-#{#id}")
        public Path inside(String id) {
            return FileLocks.current().info().path();
        }
    }

    @Test
    void noSpellingOfAValueEscapesAndNoTwoShareAFile() throws IOException {
        Path directory = Files.createDirectory(root.resolve("locks")).toRealPath();
        Map<Path, String> owners = new HashMap<>();
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Service.class)) {
            Service service = context.getBean(Service.class);
            for (String id : SPELLINGS) {
                Path alone = service.alone(id);
                assertThat(alone).as(id).isRegularFile().hasParent(directory);
                assertThat(alone.toRealPath()).isEqualTo(alone);
                assertThat(owners.put(alone, id))
                        .as("has the file of %s, too", id)
                        .isNull();
                Path inside = service.inside(id);
                assertThat(inside.toRealPath().getParent().getParent()).as(id).isEqualTo(directory.resolve("reports"));
                assertThat(owners.put(inside, id))
                        .as("has the file of %s, too", id)
                        .isNull();
            }
        }
        try (Stream<Path> all = Files.list(root)) {
            assertThat(all).containsExactly(root.resolve("locks"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u2003", "x\u0000y", "\ud800", "x\udc00"})
    void whatIsNoNameIsRefused(String id) {
        try (AnnotationConfigApplicationContext context = Contexts.start(root.resolve("locks"), Service.class)) {
            assertThatThrownBy(() -> context.getBean(Service.class).alone(id))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anyTextIsADurationOrRefusedAsNone() {
        Random random = new Random(20_261_124);
        List<String> parts = Arrays.asList(
                "1",
                "0",
                "9".repeat(19),
                "-",
                "+",
                " ",
                "s",
                "ms",
                "h",
                "d",
                "ns",
                "us",
                "m",
                "PT",
                "P",
                "T",
                ".",
                "S",
                "\u0661",
                "e",
                "_",
                "\n",
                "");
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                text.append(parts.get(random.nextInt(parts.size())));
            }
            try {
                LockDuration read = LockDuration.of(text.toString());
                assertThat(LockDuration.of(read.toString())).as("%s", text).isEqualTo(read);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("'" + text + "'");
            }
        }
    }
}
