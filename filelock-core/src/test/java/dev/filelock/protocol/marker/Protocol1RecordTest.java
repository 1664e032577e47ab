package dev.filelock.protocol.marker;

import static dev.filelock.protocol.marker.Markers.record;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Markers are written byte for byte as Python filelock 4.0.8 writes them and read with exactly its latitude. */
class Protocol1RecordTest {
    private static final BigInteger TOKEN =
            new BigInteger("1136893666354272840246872481902053810756255316518147224485");

    private static final String GOLDEN = "31 33 39 34 39 0a 76 6d 0a 31 31 33 36 38 39 33 "
            + "36 36 36 33 35 34 32 37 32 38 34 30 32 34 36 38 "
            + "37 32 34 38 31 39 30 32 30 35 33 38 31 30 37 35 "
            + "36 32 35 35 33 31 36 35 31 38 31 34 37 32 32 34 "
            + "34 38 35 0a";

    private static final String STRICT_SENTINEL = "1\nfilelock-strict-v1\0\n0\n";

    @Test
    void isWrittenAsPythonWritesIt() {
        byte[] golden = HexFormat.ofDelimiter(" ").parseHex(GOLDEN);

        assertThat(golden).hasSize(68);
        assertThat(record(13949, "vm", TOKEN).toBytes()).isEqualTo(golden);
        assertThat(Content.of(golden)).isEqualTo(record(13949, "vm", TOKEN));
    }

    @Test
    void isWrittenInTwoLinesWhereTheSystemHasNoStartToken() {
        assertThat(record(13949, "vm", null).toBytes()).isEqualTo("13949\nvm\n".getBytes(US_ASCII));
        assertThat(Content.of("13949\nvm\n".getBytes(US_ASCII))).isEqualTo(record(13949, "vm", null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm", "host?20with?20space", "a?0ab", "w?c3?b6rks", "b?ffd", "a?3fb", "?"})
    void keepsEscapedHostsVerbatim(String host) {
        Protocol1Record record = record(7, host, TOKEN);

        assertThat(record.toBytes()).isEqualTo(("7\n" + host + "\n" + TOKEN + "\n").getBytes(US_ASCII));
        assertThat(Content.of(record.toBytes())).isEqualTo(record);
    }

    @Test
    void keepsTheLongestHost() {
        Protocol1Record record = record(Integer.MAX_VALUE, "x".repeat(244) + "-fc11d6f2", TOKEN);

        assertThat(Content.of(record.toBytes())).isEqualTo(record);
    }

    @Test
    void readsWhateverPythonReads() {
        assertRead("1\nh", 1, "h", null);
        assertRead("1\r\nh\r\n2\r\n", 1, "h", 2);
        assertRead("1\rh\r2\r", 1, "h", 2);
        assertRead("1\u000bh\f2", 1, "h", 2);
        assertRead("1\u001ch\u001d2\u001e", 1, "h", 2);
        assertRead("1\u0085h\u20282\u2029", 1, "h", 2);
        assertRead("\n\n \t1\nh\n2\n\n\u00a0\n", 1, "h", 2);
        assertRead("\u001f1\nh", 1, "h", null);
        assertRead(" 1 \n h b \n 2 ", 1, " h b ", 2);
        assertRead("\u00a01\u3000\nh", 1, "h", null);
        assertRead("+1\nh\n-2", 1, "h", -2);
        assertRead("0012\nh\n1_000", 12, "h", 1000);
        assertRead("\u0661\u0662\nh\n\ud835\udfd8\ud835\udfd9", 12, "h", 1);
        assertRead("1\n\n2", 1, "", 2);
        assertRead("1\n \n2", 1, " ", 2);
        assertRead("1\nh\0x", 1, "h\0x", null);
        assertRead("2147483647\nh", Integer.MAX_VALUE, "h", null);
        assertRead("1\nh\n" + "0".repeat(1018) + "2\n", 1, "h", 2);
    }

    private static void assertRead(String text, int pid, String host, @Nullable Integer start) {
        assertThat(Content.of(text.getBytes(UTF_8)))
                .as(text)
                .isEqualTo(record(pid, host, start == null ? null : BigInteger.valueOf(start)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "x\nh",
                "1",
                "1\n\nh",
                "1\nh\n2\n3",
                "1\nh\nx",
                "1\nh\n2\0",
                "0\nh",
                "-1\nh",
                "2147483648\nh",
                "9999999999999999999999\nh",
                "1.0\nh",
                "+ 1\nh",
                "++1\nh",
                "_1\nh",
                "1_\nh",
                "1__0\nh",
                "0x1\nh",
                "1\u001fx\nh",
                "1\nh\n\u001f2",
                "\ufeff1\nh",
                "1\n\u00a0",
                "\u00b2\nh",
                "{}"
            })
    void readsNothingThatPythonDoesNotRead(String text) {
        assertThat(Content.of(text.getBytes(UTF_8))).as(text).isNotInstanceOf(Protocol1Record.class);
    }

    @Test
    void readsNothingLongerThan1024Bytes() {
        String longest = "1\nh\n" + "9".repeat(1020);

        assertThat(Content.of(longest.getBytes(US_ASCII))).isInstanceOf(MarkerRecord.class);
        assertThat(Content.of((longest + "\n").getBytes(US_ASCII))).isInstanceOf(Content.Foreign.class);
    }

    @Test
    void readsNoTextThatIsNotUtf8() {
        assertThat(Content.of("1\nh\u00e9\n".getBytes(ISO_8859_1))).isInstanceOf(Content.Foreign.class);
        assertThat(Content.of(new byte[] {'1', '\n', (byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                .isInstanceOf(Content.Foreign.class);
    }

    @Test
    void isUnfinishedWhereverItsFirstLineWasCutOff() {
        byte[] marker = record(13949, "build-3", TOKEN).toBytes();
        for (int length = 0; length < marker.length; length++) {
            Content content = Content.of(Arrays.copyOf(marker, length));
            if (length <= "13949\n".length()) {
                assertThat(content).as("%d bytes", length).isInstanceOf(Content.Unfinished.class);
            } else { // reads as a record, as it does in Python, though its final line feed is missing
                assertThat(content).as("%d bytes", length).isInstanceOf(MarkerRecord.class);
            }
        }
        assertThat(Content.of(new byte[0])).isEqualTo(new Content.Unfinished(null));
        assertThat(Content.of("139".getBytes(US_ASCII))).isEqualTo(new Content.Unfinished(139));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "01", "1\r\n", " 1", "1\n\n", "2147483648", "99999999999", "1x", "-1"})
    void isNotUnfinishedIfNoMarkerBeginsLikeThat(String text) {
        assertThat(Content.of(text.getBytes(US_ASCII))).as(text).isInstanceOf(Content.Foreign.class);
    }

    @Test
    void isToldFromTheRecordsOfOtherBackends() {
        assertForeign(STRICT_SENTINEL, "the sentinel of a STRICT lock");
        assertForeign("SQLite format 3\0" + "\1".repeat(4080), "an SQLite database");
        assertForeign("name,amount\nmiller,3\n", "a data file");
    }

    private static void assertForeign(String text, String description) {
        assertThat(Content.of(text.getBytes(UTF_8)))
                .isInstanceOfSatisfying(
                        Content.Foreign.class,
                        other -> assertThat(other.description()).isEqualTo(description));
    }

    @Test
    void isNeverMadeUpFromRandomBytes() {
        Random random = new Random(20_261_123);
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = randomMarkerLikeBytes(random);
            if (Content.of(bytes) instanceof Protocol1Record record) {
                assertThat(record.owner().pid()).isPositive();
                assertThat(bytes.length).isLessThanOrEqualTo(1024);
                assertThat(Content.of(record.toBytes()))
                        .as("canonical form of %s", HexFormat.of().formatHex(bytes))
                        .isEqualTo(record);
            }
        }
    }

    /** Mostly built of what markers and their separators are made of, so that a good part parses. */
    static byte[] randomMarkerLikeBytes(Random random) {
        String[] parts = {
            "\n",
            "\n",
            "\n",
            "\n",
            "\r\n",
            "\r",
            "\u000b",
            "\f",
            "\u001c",
            "\u001f",
            "\u0085",
            "\u2028",
            "1",
            "2",
            "9",
            "0",
            "47",
            "2147483647",
            "\u0661",
            "\ud835\udfd8",
            "_",
            "+",
            "-",
            " ",
            "\t",
            "\u00a0",
            "\u3000",
            "\u180e",
            "\ufeff",
            "h",
            "vm",
            "\u00e9",
            "\0",
            "=",
            "filelock/2"
        };
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(10); i > 0; i--) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        byte[] bytes = text.toString().getBytes(UTF_8);
        if (bytes.length > 0 && random.nextInt(8) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
