package dev.filelock.protocol.marker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.marker.MarkerRecord.Kind;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of protocol 2 are written byte for byte as Python filelock 4.0.8 writes them and read with exactly its latitude. */
class Protocol2RecordTest {
    private static final BigInteger START =
            new BigInteger("1136893666354272840246872481902053810756255316518147224485");
    private static final Owner OWNER = new Owner(13949, "vm", START, null);
    private static final String TOKEN = "152bd0ec53309e3c860f80dd5c0acc45";
    private static final String HEAD = "filelock/2\npid=5\nhost=h\nmode=";

    private static final String EXCLUSIVE =
            "filelock/2\npid=13949\nhost=vm\nmode=exclusive\nstart=1136893666354272840246872481902053810756255316518147224485\n";

    private static final String LEASE = "66 69 6c 65 6c 6f 63 6b 2f 32 0a 70 69 64 3d 31 "
            + "33 39 34 39 0a 68 6f 73 74 3d 76 6d 0a 6d 6f 64 "
            + "65 3d 6c 65 61 73 65 0a 74 6f 6b 65 6e 3d 31 35 "
            + "32 62 64 30 65 63 35 33 33 30 39 65 33 63 38 36 "
            + "30 66 38 30 64 64 35 63 30 61 63 63 34 35 0a 64 "
            + "75 72 61 74 69 6f 6e 3d 33 30 2e 30 0a 73 74 61 "
            + "72 74 3d 31 31 33 36 38 39 33 36 36 36 33 35 34 "
            + "32 37 32 38 34 30 32 34 36 38 37 32 34 38 31 39 "
            + "30 32 30 35 33 38 31 30 37 35 36 32 35 35 33 31 "
            + "36 35 31 38 31 34 37 32 32 34 34 38 35 0a";

    @Test
    void anExclusiveRecordIsWrittenAsPythonWritesIt() {
        byte[] golden = EXCLUSIVE.getBytes(US_ASCII);

        assertThat(golden).hasSize(109);
        assertThat(Protocol2Record.exclusive(OWNER).toBytes()).isEqualTo(golden);
        assertThat(Content.of(golden)).isEqualTo(Protocol2Record.exclusive(OWNER));
    }

    @Test
    void aLeaseIsWrittenAsPythonWritesIt() {
        byte[] golden = HexFormat.ofDelimiter(" ").parseHex(LEASE);

        assertThat(golden).hasSize(158);
        assertThat(Protocol2Record.lease(OWNER, TOKEN, 30).toBytes()).isEqualTo(golden);
        assertThat(Content.of(golden)).isEqualTo(Protocol2Record.lease(OWNER, TOKEN, 30));
    }

    @Test
    void theStartTokenIsLeftOutWhereTheSystemHasNone() {
        Owner owner = new Owner(13949, "vm", null, null);

        assertThat(text(Protocol2Record.exclusive(owner)))
                .isEqualTo("filelock/2\npid=13949\nhost=vm\nmode=exclusive\n");
    }

    @Test
    void thePidNamespaceIsAKeyThatPeersIgnore() {
        Protocol2Record record = Protocol2Record.lease(new Owner(7, "vm", BigInteger.TEN, "4026532001"), TOKEN, 0.25);

        assertThat(text(record))
                .isEqualTo("filelock/2\npid=7\nhost=vm\npidns=4026532001\nmode=lease\ntoken=" + TOKEN
                        + "\nduration=0.25\nstart=10\n");
        assertThat(Content.of(record.toBytes())).isEqualTo(record);
    }

    private static String text(MarkerRecord record) {
        return new String(record.toBytes(), UTF_8);
    }

    @Test
    void readsWhateverPythonReads() {
        assertRead(HEAD + "exclusive", Kind.EXCLUSIVE, null, null, null);
        assertRead(HEAD + "exclusive\n\n\n", Kind.EXCLUSIVE, null, null, null);
        assertRead("\n filelock/2\r\npid=5\r\nhost=h\r\nmode=exclusive\r\n", Kind.EXCLUSIVE, null, null, null);
        assertRead("filelock/2\nmode=exclusive\nhost=h\npid= +0_5 \n", Kind.EXCLUSIVE, null, null, null);
        assertRead(
                "filelock/2\npid=6\nhost=x\n" + "pid=5\nhost=h\nmode=lease\nmode=exclusive",
                Kind.EXCLUSIVE,
                null,
                null,
                null);
        assertRead(HEAD + "exclusive\nx=y=z\n=\nfuture=1\n", Kind.EXCLUSIVE, null, null, null);
        assertRead(HEAD + "exclusive\nstart= -1_0 \n", Kind.EXCLUSIVE, null, null, -10);
        assertRead(HEAD + "exclusive\ntoken=zz\nduration=inf\n", Kind.EXCLUSIVE, "zz", Double.POSITIVE_INFINITY, null);
        assertRead(HEAD + "lease\ntoken=\nduration=30\n", Kind.LEASE, "", 30.0, null);
        assertRead(HEAD + "lease\ntoken=a b\nduration= 1_0.5e1 \nstart=3\n", Kind.LEASE, "a b", 105.0, 3);
        assertRead(HEAD + "lease\ntoken=a\nduration=\u0663\n", Kind.LEASE, "a", 3.0, null);
        assertRead(HEAD + "shared\nduration=-5\n", Kind.UNKNOWN, null, -5.0, null);
        assertRead(HEAD + "\n", Kind.UNKNOWN, null, null, null);
        assertRead(HEAD + "EXCLUSIVE\n", Kind.UNKNOWN, null, null, null);
        assertRead(HEAD + "exclusive \nx=1\n", Kind.UNKNOWN, null, null, null);
    }

    private static void assertRead(
            String text, Kind kind, @Nullable String token, @Nullable Double duration, @Nullable Integer start) {
        assertThat(Content.of(text.getBytes(UTF_8))).as(text).isInstanceOfSatisfying(Protocol2Record.class, record -> {
            assertThat(record.kind()).isEqualTo(kind);
            assertThat(record.owner())
                    .isEqualTo(new Owner(5, "h", start == null ? null : BigInteger.valueOf(start), null));
            assertThat(record.token()).isEqualTo(token);
            assertThat(record.duration()).isEqualTo(duration);
        });
    }

    @Test
    void keepsTheHostVerbatim() {
        for (String host : List.of(" ", "?", "a=b", " h ", "w\u00f6rks", "h\0x")) {
            assertThat(Content.of(("filelock/2\npid=5\nhost=" + host + "\nmode=exclusive\n").getBytes(UTF_8)))
                    .isInstanceOfSatisfying(
                            Protocol2Record.class,
                            record -> assertThat(record.owner().host()).isEqualTo(host));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filelock/2 \npid=5\nhost=h\nmode=exclusive\n",
                "filelock/3\npid=5\nhost=h\nmode=exclusive\n",
                "\ufefffilelock/2\npid=5\nhost=h\nmode=exclusive\n",
                "filelock/2\n\npid=5\nhost=h\nmode=exclusive\n",
                "filelock/2\nnonsense\npid=5\nhost=h\nmode=exclusive\n",
                "filelock/2\nPID=5\nhost=h\nmode=exclusive\n",
                "filelock/2\n pid=5\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=0\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=-5\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=2147483648\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=5.0\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=5\nhost=\nmode=exclusive\n",
                "filelock/2\nhost=h\nmode=exclusive\n",
                "filelock/2\npid=5\nmode=exclusive\n",
                HEAD + "exclusive\nstart=\n",
                HEAD + "exclusive\nstart=1.5\n",
                HEAD + "exclusive\nduration=\n",
                HEAD + "exclusive\nduration=x\n",
                HEAD + "shared\nduration=x\n",
                HEAD + "lease\nduration=1\nx=1\n",
                HEAD + "lease\ntoken=a\nx=1\n",
                HEAD + "lease\ntoken=a\nduration=0\n",
                HEAD + "lease\ntoken=a\nduration=-1\n",
                HEAD + "lease\ntoken=a\nduration=inf\n",
                HEAD + "lease\ntoken=a\nduration=nan\n",
                HEAD + "lease\ntoken=a\nduration=1e999\n",
                HEAD + "lease\ntoken=a\nduration=1e-999\n",
                HEAD + "lease\ntoken=a\nduration=0x1p3\n"
            })
    void readsNothingThatPythonDoesNotRead(String text) {
        assertThat(Content.of(text.getBytes(UTF_8))).as(text).isInstanceOf(Content.Foreign.class);
    }

    @Test
    void saysWhatItIsIfItsFirstLineDoes() {
        assertThat(Content.of("filelock/2\npid=many\n".getBytes(US_ASCII)))
                .isEqualTo(new Content.Foreign("a damaged record of a MARKER or LEASE lock"));
    }

    @Test
    void readsNoTextThatIsNotUtf8() {
        assertThat(Content.of((HEAD + "exclusive\nx=\u00e9\n").getBytes(ISO_8859_1)))
                .isInstanceOf(Content.Foreign.class);
    }

    @Test
    void isUnfinishedUntilItSaysEnoughToBeARecord() {
        Owner inNamespace = new Owner(13949, "build-3", START, "4026532001");
        for (MarkerRecord record : List.of(
                Protocol2Record.exclusive(OWNER),
                Protocol2Record.exclusive(inNamespace),
                Protocol2Record.lease(OWNER, TOKEN, 30),
                Protocol2Record.lease(inNamespace, TOKEN, 1e-5))) {
            String whole = text(record);
            for (int length = 0; length < whole.length(); length++) {
                String cutOff = whole.substring(0, length);
                Content content = Content.of(cutOff.getBytes(US_ASCII));
                if (content
                        instanceof
                        MarkerRecord) { // as it does in Python; its last line is not complete, or could be the last
                    assertThat(cutOff).contains("\nmode=");
                } else {
                    assertThat(content).as(cutOff).isEqualTo(new Content.Unfinished(null));
                    assertThat(Content.of((cutOff + "!\n!").getBytes(US_ASCII)))
                            .as(cutOff)
                            .isInstanceOf(Content.Foreign.class);
                }
            }
        }
    }

    @Test
    void isNeverMadeUpFromRandomBytes() {
        Random random = new Random(20_261_124);
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = randomRecordLikeBytes(random);
            if (Content.of(bytes) instanceof Protocol2Record record) {
                assertThat(record.owner().pid()).isPositive();
                assertThat(record.owner().host()).isNotEmpty();
                if (record.duration() == null || Double.isFinite(record.duration())) {
                    assertThat(Content.of(record.toBytes()))
                            .as("canonical form of %s", HexFormat.of().formatHex(bytes))
                            .isEqualTo(record);
                }
            }
        }
    }

    @Test
    void bothReadEveryFileAlike(@TempDir Path directory) throws IOException {
        Random random = new Random(408);
        int count = 4000;
        for (int i = 0; i < count; i++) {
            Files.write(directory.resolve("" + i), randomRecordLikeBytes(random));
        }
        int records = 0;
        try (ChildProcess python = PythonPeer.start("""
                import sys
                from filelock import MarkerSoftFileLock
                for i in range(int(sys.argv[2])):
                    it = MarkerSoftFileLock(f'{sys.argv[1]}/{i}').owner
                    print(None if it is None else (it.mode, it.pid, it.hostname.encode().hex(), it.token is not None,
                            None if it.lease_duration is None else it.lease_duration.hex(), it.start))
                """, directory.toString(), "" + count)) {
            for (int i = 0; i < count; i++) {
                byte[] bytes = Files.readAllBytes(directory.resolve("" + i));
                String ours = "None";
                if (Content.of(bytes) instanceof Protocol2Record record) {
                    ours = describe(record);
                    records++;
                }
                assertThat(ours)
                        .as("%s", HexFormat.ofDelimiter(" ").formatHex(bytes))
                        .isEqualTo(python.readLine());
            }
        }
        assertThat(records)
                .as("files that are records, so that the test means something")
                .isGreaterThan(400);
    }

    /** As the script prints it. */
    private static String describe(Protocol2Record record) {
        Double duration = record.duration();
        String hex = duration == null
                ? "None"
                : duration.isNaN()
                        ? "'nan'"
                        : duration.isInfinite() ? (duration < 0 ? "'-inf'" : "'inf'") : "'" + pythonHex(duration) + "'";
        return "('" + record.kind().name().toLowerCase(Locale.ROOT) + "', "
                + record.owner().pid() + ", '"
                + HexFormat.of().formatHex(record.owner().host().getBytes(UTF_8)) + "', "
                + (record.token() == null ? "False" : "True") + ", " + hex + ", "
                + (record.owner().start() == null ? "None" : record.owner().start()) + ")";
    }

    /** {@code float.hex}, which writes all 13 digits and the sign of the exponent. */
    private static String pythonHex(double number) {
        if (number == 0) {
            return (1 / number < 0 ? "-" : "") + "0x0.0p+0";
        }
        String java = Double.toHexString(number);
        int point = java.indexOf('.');
        int exponent = java.indexOf('p');
        String fraction = java.substring(point + 1, exponent);
        String power = java.substring(exponent + 1);
        return java.substring(0, point + 1) + fraction + "0".repeat(13 - fraction.length()) + "p"
                + (power.startsWith("-") ? "" : "+") + power;
    }

    /** Mostly records with one thing or two changed, so that a good part parses. */
    static byte[] randomRecordLikeBytes(Random random) {
        String[] values = {
            "",
            "5",
            " 7 ",
            "+3",
            "-2",
            "0",
            "1_0",
            "1__0",
            "2147483647",
            "2147483648",
            "\u0663",
            "1.5",
            ".5",
            "5.",
            "1e3",
            "1E-2",
            "inf",
            "-Infinity",
            "nan",
            "0x1",
            "1e999",
            "-0.0",
            "h",
            "vm",
            " ",
            "\u00e9",
            "a=b",
            "\u001f1",
            "1\u00a0",
            "lease",
            "exclusive",
            "shared",
            "Lease",
            "exclusive ",
            TOKEN
        };
        String[] ends = {
            "\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n", "\u0085", "\u001f", "\u2028", " \n", ""
        };
        String[] keys = {"pid", "host", "mode", "token", "duration", "start", "pidns", "Pid", "x", ""};
        String[] first = {
            "filelock/2", "filelock/2", "filelock/2", "filelock/2", "filelock/2", " filelock/2", "filelock/2 ", "1"
        };
        StringBuilder text = new StringBuilder(first[random.nextInt(first.length)]).append(end(ends, random));
        String mode = random.nextBoolean() ? "lease" : random.nextInt(4) == 0 ? "shared" : "exclusive";
        String[][] lines = {
            {"pid", "" + (1 + random.nextInt(9999))},
            {"host", "build-" + random.nextInt(9)},
            {"mode", mode},
            {"token", TOKEN},
            {"duration", "" + random.nextInt(100) / 4.0},
            {"start", "" + random.nextInt()}
        };
        for (String[] line : lines) {
            if (random.nextInt(12) == 0) {
                continue;
            }
            String key = random.nextInt(30) == 0 ? keys[random.nextInt(keys.length)] : line[0];
            String value = random.nextInt(8) == 0 ? values[random.nextInt(values.length)] : line[1];
            text.append(key)
                    .append(random.nextInt(60) == 0 ? "" : "=")
                    .append(value)
                    .append(end(ends, random));
            if (random.nextInt(20) == 0) {
                text.append(keys[random.nextInt(keys.length)])
                        .append('=')
                        .append(values[random.nextInt(values.length)]);
                text.append('\n');
            }
        }
        byte[] bytes = text.toString().getBytes(UTF_8);
        if (random.nextInt(20) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(15) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static String end(String[] ends, Random random) {
        return random.nextInt(6) == 0 ? ends[random.nextInt(ends.length)] : "\n";
    }
}
