package dev.filelock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names become files inside their directory, each its own, and stay readable where they can. */
class LockNameTest {
    private static final Path DIRECTORY = Path.of("/var/lib/app/locks").toAbsolutePath();

    private static LockName value(String value) {
        return LockName.builder().value(value).build();
    }

    private static LockName trusted(String text) {
        return LockName.builder().text(text).build();
    }

    private static String file(LockName name, LockBackend backend) {
        return DIRECTORY.relativize(name.in(DIRECTORY, backend)).toString().replace('\\', '/');
    }

    // ---- values

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ' ',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "report report",
                "Ledger-47_(11)~,;=+@#$&'!^{}[] Ledger-47_(11)~,;=+@#$&'!^{}[]",
                ".hidden .hidden",
                "a.b.c a.b.c",
                "a/b a%2Fb",
                "a\\b a%5Cb",
                "C:x C%3Ax",
                "100% 100%25",
                "<in> %3Cin%3E",
                "\"q\" %22q%22",
                "a|b a%7Cb",
                "what? what%3F",
                "* %2A",
                ". %2E",
                ".. %2E%2E",
                "... %2E%2E%2E",
                "a. a%2E",
                "a.. a%2E%2E",
                "a.b. a.b%2E",
                "con %63on",
                "CON %43ON",
                "Nul.txt %4Eul.txt",
                "com1 %63om1",
                "LPT9.lock %4CPT9.lock",
                "com\u00b9 %63om\u00b9",
                "conin$ %63onin$",
                "console console",
                "com10 com10",
                "concert.txt concert.txt",
                "M\u00fcller M\u00fcller",
                "\u65e5\u672c \u65e5\u672c",
                "\ud83d\udd12 \ud83d\udd12",
                "a\u0085b a%C2%85b",
            })
    void aValueIsOneReadableSegment(String value, String segment) {
        assertThat(value(value)).hasToString(segment);
    }

    @Test
    void spacesAreEncodedAtTheEndOnlyAndControlCharactersEverywhere() {
        assertThat(value("a b ")).hasToString("a b%20");
        assertThat(value(" a . ")).hasToString(" a%20%2E%20");
        assertThat(value("con .txt")).hasToString("%63on .txt");
        assertThat(value("a\tb\r\n\u007f\u001b")).hasToString("a%09b%0D%0A%7F%1B");
        assertThat(value("\t.")).hasToString("%09%2E");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "\u2003"})
    void aBlankValueIsRefused(String blank) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockName.builder().text("ledger/").value(blank))
                .withMessageContaining("blank")
                .withMessageContaining("'ledger/' so far");
    }

    @Test
    void nulIsRefusedWhereverItStands() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> value("a\0b"))
                .withMessage("lock name 'a\u2400b' holds NUL");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockName.of("a/\0"))
                .withMessageContaining("NUL");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trusted("a\0b"))
                .withMessage("lock path 'a\u2400b' holds NUL");
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd800, 0xdfff})
    void anUnpairedSurrogateIsRefused(int surrogate) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> value("a" + (char) surrogate))
                .withMessageContaining("unpaired surrogate");
    }

    @Test
    void noTwoValuesGiveOneNameAndEachCanBeReadBack() {
        Random random = new Random(20260131);
        String alphabet = "aZ0 .%~:/\\<>|?*\"\t\u0001\u007f\u0085\u00e9\u65e5conulprt1$2EF5\u00b9";
        Map<String, String> valueByName = new HashMap<>();
        for (int i = 0; i < 40_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = 1 + random.nextInt(6); length > 0; length--) {
                if (random.nextInt(20) == 0) {
                    text.appendCodePoint(0x1f500 + random.nextInt(64));
                } else {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
            }
            String value = text.toString();
            if (value.isBlank()) {
                continue;
            }
            String name = value(value).toString();
            String other = valueByName.put(name, value);
            if (!decoded(name).equals(value) || (other != null && !other.equals(value))) {
                fail(
                        "'%s' became '%s', which reads as '%s' and also stands for '%s'",
                        value, name, decoded(name), other);
            }
        }
        assertThat(valueByName.size()).isGreaterThan(20_000);
    }

    private static String decoded(String segment) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] encoded = segment.getBytes(UTF_8);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                bytes.write(Integer.parseInt(new String(encoded, i + 1, 2, UTF_8), 16));
                i += 2;
            } else {
                bytes.write(encoded[i]);
            }
        }
        return bytes.toString(UTF_8);
    }

    // ---- containment

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "..",
                "../x",
                "a/../../x",
                "./x",
                "..\\..\\x",
                "..%2f..%2fx",
                "%2e%2e/x",
                "%2e%2e%2fx",
                "..%252fx",
                "....//x",
                ".../x",
                ".. /x",
                " ../x",
                "C:\\x",
                "C:x",
                "c:/x",
                "\\\\server\\share\\x",
                "\\\\?\\C:\\x",
                "\\x",
                "..\u2215x",
                "\u2025/x",
                "\uff0e\uff0e/x",
                "\u00c0\u00ae\u00c0\u00ae/x",
                "~/x",
                "~root",
                "$HOME/x",
                "file:///etc/passwd",
                "x\r\n../y",
                "x::$DATA",
                "x?/..",
            })
    void noSpellingLeavesTheDirectory(String spelling) {
        for (LockBackend backend : LockBackend.values()) {
            assertThat(value(spelling).in(DIRECTORY, backend).normalize()).hasParentRaw(DIRECTORY);
            if (!spelling.contains("//")) {
                Path path = LockName.of(spelling).in(DIRECTORY, backend);
                assertThat(path.normalize())
                        .isEqualTo(path)
                        .startsWithRaw(DIRECTORY)
                        .isNotEqualTo(DIRECTORY);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "//server/share", "a//b", "a/", "/", "", " ", "a/ /b", "....//x"})
    void aNameWithABlankSegmentIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockName.of(name))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining("'ledger/4711'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../x", "./x", "a/.", "a/..", "..", "..\\x", "a\\..\\x"})
    void trustedTextMayNotClimbEither(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trusted(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("segment '.");
    }

    @Test
    void trustedTextAndValuesCantConspireToClimb() {
        assertThat(LockName.builder().text("a/.").value(".").build()).hasToString("a/.%2E");
        assertThat(LockName.builder().value(".").text("./x").build()).hasToString("%2E./x");
        assertThat(LockName.builder().text("..").value("/x").build()).hasToString("..%2Fx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/", "/", "a/ ", "a\\"})
    void trustedTextMustNameAFile(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> trusted(text)).withMessageContaining("names no file");
    }

    @Test
    void trustedTextMayBeAbsolute() {
        Path absolute = DIRECTORY.resolveSibling("elsewhere").resolve("x.lock");
        LockName name = trusted(absolute.toString().replace('\\', '/'));
        assertThat(name.isAbsolute()).isTrue();
        assertThat(name.in(DIRECTORY, LockBackend.NATIVE)).isEqualTo(absolute);
        assertThat(trusted("a/x").isAbsolute()).isFalse();
        assertThat(LockName.of("C:x").isAbsolute()).isFalse();
    }

    @Test
    void aDirectoryIsUsedAsItIsWritten() {
        Path throughALink = DIRECTORY.resolve("link/../locks");
        assertThat(LockName.of("x").in(throughALink, LockBackend.NATIVE))
                .as("what '..' after a symbolic link means is for the system to say")
                .isEqualTo(throughALink.resolve("x.lock"));
    }

    // ---- suffixes and families

    @Test
    void theSuffixIsTheBackends() {
        assertThat(file(LockName.of("a"), LockBackend.NATIVE)).isEqualTo("a.lock");
        assertThat(file(LockName.of("a"), LockBackend.SOFT)).isEqualTo("a.lock");
        assertThat(file(LockName.of("a/b"), LockBackend.SQLITE)).isEqualTo("a/b.db");
    }

    @Test
    void trustedTextMayHaveTheSuffixAlready() {
        assertThat(file(trusted("a.lock"), LockBackend.NATIVE)).isEqualTo("a.lock");
        assertThat(file(trusted("a.db"), LockBackend.SQLITE)).isEqualTo("a.db");
        assertThat(file(trusted("a.lock.lock"), LockBackend.NATIVE)).isEqualTo("a.lock.lock");
        assertThat(file(trusted(".lock"), LockBackend.NATIVE)).isEqualTo(".lock");
        assertThat(file(LockName.builder().value("a").text(".lock").build(), LockBackend.NATIVE))
                .isEqualTo("a.lock");
        assertThat(file(trusted("a.db"), LockBackend.NATIVE))
                .as("the companion of a data file")
                .isEqualTo("a.db.lock");
    }

    @Test
    void aValueNeverHasTheSuffix() {
        assertThat(file(LockName.of("a.lock"), LockBackend.NATIVE)).isEqualTo("a.lock.lock");
        assertThat(file(value("a.db"), LockBackend.SQLITE)).isEqualTo("a.db.db");
        assertThat(file(LockName.builder().text("a/").value("x.lock").build(), LockBackend.NATIVE))
                .isEqualTo("a/x.lock.lock");
        assertThat(file(LockName.of("a.lock"), LockBackend.SQLITE)).isEqualTo("a.lock.db");
    }

    @Test
    void lockIsNotASuffixForSqlite() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trusted("catalog.lock").in(DIRECTORY, LockBackend.SQLITE))
                .withMessageContaining("'catalog.lock'")
                .withMessageContaining("write 'catalog.db', or leave the suffix out");
    }

    @ParameterizedTest
    @CsvSource({"x,x", "x.lock,x", "x.db,x", "a/x.lock,a/x", "x.lock.lock,x.lock", "x.txt,x.txt"})
    void trustedTextIsOfOneFamilyWhateverItsSuffix(String text, String family) {
        assertThat(trusted(text).family()).isEqualTo(family);
    }

    @Test
    void aValueIsItsOwnFamily() {
        assertThat(LockName.of("x.lock").family()).isEqualTo("x.lock");
        assertThat(value("x.db").family()).isEqualTo("x.db");
    }

    @Test
    void namesAreEqualIfTheyNameTheSameFiles() {
        assertThat(trusted("a/x")).isEqualTo(LockName.of("a/x")).hasSameHashCodeAs(LockName.of("a/x"));
        assertThat(trusted("a//x")).isEqualTo(trusted("a/x"));
        assertThat(LockName.builder().text("a/").value("x").build()).isEqualTo(LockName.of("a/x"));
        assertThat(trusted("x.lock")).isNotEqualTo(LockName.of("x.lock")).isNotEqualTo(trusted("x"));
        assertThat(trusted("x")).isNotEqualTo(trusted("y"));
    }

    // ---- long names

    @ParameterizedTest
    @EnumSource(LockBackend.class)
    void noSegmentIsTooLongForAFileSystem(LockBackend backend) {
        for (String unit : new String[] {"a", "\u00fc", "\u65e5", "\ud83d\udd12", "/"}) {
            assumeTrue(Charset.forName(System.getProperty("sun.jnu.encoding"))
                    .newEncoder()
                    .canEncode(unit));
            LockName name = LockName.builder().value(unit.repeat(400)).build();
            String file = file(name, backend);
            assertThat(file.getBytes(UTF_8)).hasSizeBetween(170, 180);
            String head = file.substring(0, file.indexOf("%~"));
            assertThat(name.toString()).startsWith(head);
            assertThat(UTF_8.newEncoder().canEncode(head))
                    .as("whole characters")
                    .isTrue();
            assertThat(file).endsWith(backend.suffix());
        }
    }

    @Test
    void aLongSegmentInTheMiddleIsShortenedToo() {
        Path path = LockName.of("d".repeat(300) + "/x").in(DIRECTORY, LockBackend.NATIVE);
        assertThat(path.getParent().getFileName().toString()).hasSize(180).startsWith("dddd");
        assertThat(path).hasFileName("x.lock");
    }

    @Test
    void aNameThatFitsIsNotTouched() {
        assertThat(file(LockName.of("a".repeat(175)), LockBackend.NATIVE)).isEqualTo("a".repeat(175) + ".lock");
        assertThat(file(LockName.of("a".repeat(176)), LockBackend.NATIVE)).contains("%~");
    }

    @Test
    void longNamesThatDifferAtTheEndDifferOnDisk() {
        String head = "h".repeat(500);
        assertThat(file(LockName.of(head + "1"), LockBackend.NATIVE))
                .isNotEqualTo(file(LockName.of(head + "2"), LockBackend.NATIVE))
                .isEqualTo(file(LockName.of(head + "1"), LockBackend.NATIVE));
    }

    @Test
    void theHashIsThatOfTheWholeSegment() {
        // printf 'a%.0s' $(seq 200) | sha256sum
        assertThat(file(LockName.of("a".repeat(200)), LockBackend.NATIVE))
                .isEqualTo("a".repeat(175 - 66)
                        + "%~c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5.lock");
    }

    @Test
    void noValueCanPassForAShortenedOne() {
        String shortened =
                file(LockName.of("a".repeat(200)), LockBackend.NATIVE).replace(".lock", "");
        assertThat(file(LockName.of(shortened), LockBackend.NATIVE)).doesNotContain("%~c2a9");
    }
}
