package dev.filelock.protocol.generation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.LockMode;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots are written byte for byte as Python filelock 4.0.8 writes them, and read with exactly its latitude. */
class SnapshotTest {
    private static final String WRITER = "93b411641fd265e3839af0e897b06356";
    private static final String FIRST = "5288af747c92b0a5758f2beece7476fe";
    private static final String SECOND = "8d06dd4ddc24c7d0a5b5d8a7158fdb9b";

    private static final String TWO_READERS = "66 69 6c 65 6c 6f 63 6b 2d 72 77 2f 31 0a 67 65 "
            + "6e 65 72 61 74 69 6f 6e 3d 32 0a 72 65 61 64 65 "
            + "72 3d 35 32 38 38 61 66 37 34 37 63 39 32 62 30 "
            + "61 35 37 35 38 66 32 62 65 65 63 65 37 34 37 36 "
            + "66 65 0a 72 65 61 64 65 72 3d 38 64 30 36 64 64 "
            + "34 64 64 63 32 34 63 37 64 30 61 35 62 35 64 38 "
            + "61 37 31 35 38 66 64 62 39 62 0a";

    private static Snapshot snapshot(long generation, @Nullable String writer, String... readers) {
        return new Snapshot(generation, writer, new TreeSet<>(Set.of(readers)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private static void assertGolden(Snapshot snapshot, byte[] golden, int length) throws ParseException {
        assertThat(golden).hasSize(length);
        assertThat(snapshot.toBytes()).isEqualTo(golden);
        assertThat(Snapshot.parse(golden)).isEqualTo(snapshot);
    }

    @Test
    void areWrittenAsPythonWritesThem() throws Exception {
        assertGolden(snapshot(6, WRITER), bytes("filelock-rw/1\ngeneration=6\nwriter=" + WRITER + "\n"), 67);
        assertGolden(snapshot(7, null), bytes("filelock-rw/1\ngeneration=7\n"), 27);
        assertGolden(
                snapshot(2, null, SECOND, FIRST), HexFormat.ofDelimiter(" ").parseHex(TWO_READERS), 107);
        assertGolden(
                snapshot(3, WRITER, FIRST, SECOND),
                bytes("filelock-rw/1\ngeneration=3\nwriter=" + WRITER + "\nreader=" + FIRST + "\nreader=" + SECOND
                        + "\n"),
                147);
    }

    @Test
    void areReadWithTheirLinesInAnyOrder() throws Exception {
        assertThat(Snapshot.parse(bytes("filelock-rw/1\nreader=" + SECOND + "\nwriter=" + WRITER + "\nreader=" + FIRST
                        + "\ngeneration=3\n")))
                .isEqualTo(snapshot(3, WRITER, FIRST, SECOND));
    }

    @Test
    void mayNameOneTokenAsWriterAndAsReader() throws Exception {
        assertThat(Snapshot.parse(bytes("filelock-rw/1\ngeneration=3\nwriter=" + FIRST + "\nreader=" + FIRST + "\n")))
                .isEqualTo(snapshot(3, FIRST, FIRST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "filelock-rw/1\n",
                "filelock-rw/1\ngeneration=7",
                "filelock-rw/2\ngeneration=7\n",
                " filelock-rw/1\ngeneration=7\n",
                "\ufefffilelock-rw/1\ngeneration=7\n",
                "filelock-rw/1\ngeneration=7\n\n",
                "filelock-rw/1\n\ngeneration=7\n",
                "filelock-rw/1\r\ngeneration=7\r\n",
                "filelock-rw/1\ngeneration=7\r\n",
                "filelock-rw/1\ngeneration=\n",
                "filelock-rw/1\ngeneration=07\n",
                "filelock-rw/1\ngeneration=+7\n",
                "filelock-rw/1\ngeneration=-7\n",
                "filelock-rw/1\ngeneration= 7\n",
                "filelock-rw/1\ngeneration=7 \n",
                "filelock-rw/1\ngeneration=7_0\n",
                "filelock-rw/1\ngeneration=\u0667\n",
                "filelock-rw/1\ngeneration=7.0\n",
                "filelock-rw/1\nGeneration=7\n",
                "filelock-rw/1\ngeneration=7\ngeneration=7\n",
                "filelock-rw/1\ngeneration=4611686018427387904\n",
                "filelock-rw/1\ngeneration=9223372036854775808\n",
                "filelock-rw/1\ngeneration=99999999999999999999\n",
                "filelock-rw/1\ngeneration=100000000000000000000\n",
                "filelock-rw/1\ngeneration=7\nwriter=\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b0635\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b063567\n",
                "filelock-rw/1\ngeneration=7\nwriter=93B411641FD265E3839AF0E897B06356\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b0635g\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b06356\0\n",
                "filelock-rw/1\ngeneration=7\nwriter=93b411641fd265e3839af0e897b06356\nwriter=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\ngeneration=7\nreader=93b411641fd265e3839af0e897b06356\nreader=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\ngeneration=7\nreader=\n",
                "filelock-rw/1\ngeneration=7\nfoo=bar\n",
                "filelock-rw/1\ngeneration=7\nfoo\n",
                "filelock-rw/1\ngeneration=7\u000bwriter=93b411641fd265e3839af0e897b06356\n",
                "filelock-rw/1\ngeneration=7\n\u0000\n",
            })
    void areRefusedInEveryOtherForm(String text) {
        assertThatThrownBy(() -> Snapshot.parse(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ParseException.class);
    }

    @Test
    void areReadUpToOneMebibyteAndNotBeyond() throws Exception {
        StringBuilder text = new StringBuilder("filelock-rw/1\ngeneration=7\n");
        int readers = 0;
        while (text.length() + 40 <= Snapshot.MAX_BYTES) {
            text.append(String.format("reader=%032x%n", readers++));
        }
        assertThat(Snapshot.parse(bytes(text.toString())).readers()).hasSize(readers);
        byte[] more = Arrays.copyOf(bytes(text.toString()), Snapshot.MAX_BYTES + 1);
        more[more.length - 1] = '\n';
        assertThatThrownBy(() -> Snapshot.parse(more))
                .isInstanceOf(ParseException.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void throwNothingElseForAnyBytesAndTakeNothingThatTheyWouldNotWriteThemselves() {
        Random random = new Random(20260801);
        int taken = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = mutated(random);
            try {
                Snapshot snapshot = Snapshot.parse(bytes);
                taken++;
                assertThat(sortedLines(bytes)).isEqualTo(sortedLines(snapshot.toBytes()));
            } catch (ParseException e) {
                assertThat(e).hasMessageStartingWith(e.getMessage().startsWith("a ") ? "a " : "it");
            }
        }
        assertThat(taken).as("what was still right").isBetween(1_000, 199_000);
    }

    private static String sortedLines(byte[] bytes) {
        String[] lines = new String(bytes, ISO_8859_1).split("\n", -1);
        Arrays.sort(lines, 1, lines.length);
        return String.join("\n", lines);
    }

    /** Something right with nothing, or a few things, wrong with it. */
    private static byte[] mutated(Random random) {
        Snapshot snapshot = snapshot(
                random.nextInt(200),
                random.nextBoolean() ? WRITER : null,
                random.nextBoolean() ? new String[] {} : new String[] {FIRST, SECOND});
        byte[] bytes = snapshot.toBytes();
        for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = "\n=0123456789abcdef".getBytes(US_ASCII)[random.nextInt(18)];
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    byte[] doubled = Arrays.copyOf(bytes, bytes.length + at);
                    System.arraycopy(bytes, 0, doubled, bytes.length, at);
                    bytes = doubled;
                }
            }
        }
        return bytes;
    }

    @Test
    void leadToTheirSuccessors() {
        Snapshot draining = snapshot(3, WRITER, FIRST, SECOND);
        assertThat(draining.without(Set.of())).isEqualTo(snapshot(4, WRITER, FIRST, SECOND));
        assertThat(draining.without(Set.of(FIRST))).isEqualTo(snapshot(4, WRITER, SECOND));
        assertThat(draining.without(Set.of(WRITER, SECOND))).isEqualTo(snapshot(4, null, FIRST));
        assertThat(snapshot(4, null, FIRST).with(LockMode.WRITE, WRITER)).isEqualTo(snapshot(4, WRITER, FIRST));
        assertThat(snapshot(4, null, SECOND).with(LockMode.READ, FIRST)).isEqualTo(snapshot(4, null, FIRST, SECOND));
        assertThat(draining.membersOtherThan(FIRST)).containsExactlyInAnyOrder(WRITER, SECOND);
        assertThat(draining.has(WRITER)).isTrue();
        assertThat(draining.has(FIRST)).isTrue();
        assertThat(Snapshot.NONE.has(FIRST)).isFalse();
    }
}
