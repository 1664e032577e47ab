package dev.filelock.protocol.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.protocol.claim.ClaimName.State;
import dev.filelock.protocol.claim.ClaimRecord.Malformed;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a claim says: the very bytes of a Python peer, and nothing else. */
class ClaimRecordTest {
    private static final String TOKEN = "cb237affe412d0a51e43f04abdf9d7ee";

    /** As Python filelock 4.0.8 wrote it. */
    private static final byte[] GOLDEN = HexFormat.of()
            .parseHex("66696c656c6f636b2d7374726963742d"
                    + "76310a63623233376166666534313264"
                    + "30613531653433663034616264663964"
                    + "3765650a31333937360a373636640a31"
                    + "31333638393336363633353432373238"
                    + "34303234363837323438313930323035"
                    + "33383130373536323535333136353138"
                    + "3134373232343530300a");

    private static final ClaimRecord GOLDEN_RECORD = new ClaimRecord(
            TOKEN, 13976, "vm", new BigInteger("1136893666354272840246872481902053810756255316518147224500"));

    private static @Nullable ClaimRecord parse(byte[] bytes) {
        try {
            return ClaimRecord.parse(bytes, TOKEN);
        } catch (Malformed e) {
            return null;
        }
    }

    private static @Nullable ClaimRecord parse(String text) {
        return parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theRecordOfAPythonPeerIsReadAndWrittenToTheByte() throws Exception {
        assertThat(GOLDEN).hasSize(122);
        assertThat(ClaimRecord.parse(GOLDEN, TOKEN)).isEqualTo(GOLDEN_RECORD);
        assertThat(GOLDEN_RECORD.toBytes()).isEqualTo(GOLDEN);
    }

    @Test
    void theStartTokenMayBeMissing() throws Exception {
        byte[] bytes = ("filelock-strict-v1\n" + TOKEN + "\n1\n3f\n\n").getBytes(StandardCharsets.US_ASCII);
        ClaimRecord record = new ClaimRecord(TOKEN, 1, "?", null);
        assertThat(ClaimRecord.parse(bytes, TOKEN)).isEqualTo(record);
        assertThat(record.toBytes()).isEqualTo(bytes);
    }

    @Test
    void theLongestHostFitsWithRoomToSpare() throws Exception {
        ClaimRecord record = new ClaimRecord(TOKEN, Integer.MAX_VALUE, "h".repeat(253), BigInteger.ONE.shiftLeft(192));
        assertThat(record.toBytes()).hasSizeLessThan(ClaimRecord.MAX_BYTES);
        assertThat(ClaimRecord.parse(record.toBytes(), TOKEN)).isEqualTo(record);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n\n\n\n\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n1",
                "filelock-strict-v1\nTOKEN\n5\n766d\n1\n\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n",
                "filelock-strict-v1\r\nTOKEN\n5\n766d\n1\n",
                "filelock-strict-v2\nTOKEN\n5\n766d\n1\n",
                " filelock-strict-v1\nTOKEN\n5\n766d\n1\n",
                "filelock-strict-v1\n0000000000000000000000000000000a\n5\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n0\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n-5\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n+5\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n05\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n\u0665\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n2147483648\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n99999999999999999999\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n\n766d\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n766D\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n766\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n76 6d\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n7620\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n760a\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n7600\n1\n",
                "filelock-strict-v1\nTOKEN\n5\nc2a0\n1\n",
                "filelock-strict-v1\nTOKEN\n5\nff\n1\n",
                "filelock-strict-v1\nTOKEN\n5\nvm\n1\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n01\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n-1\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n 1\n",
                "filelock-strict-v1\nTOKEN\n5\n766d\n1_0\n",
            })
    void theLeastDeviationIsRefused(String text) {
        assertThat(parse(text.replace("TOKEN", TOKEN))).isNull();
    }

    @Test
    void moreThan1024BytesAreRefused() {
        String start = "9".repeat(ClaimRecord.MAX_BYTES - "filelock-strict-v1\nT\n5\n766d\n\n".length() - 31);
        String longest = "filelock-strict-v1\n" + TOKEN + "\n5\n766d\n" + start + "\n";
        assertThat(longest).hasSize(ClaimRecord.MAX_BYTES);
        assertThat(parse(longest)).isNotNull();
        assertThat(parse(longest.replaceFirst("999", "9999"))).isNull();
        assertThat(parse(new byte[10_000_000])).isNull();
    }

    /** What one byte more or less, or another one, can make of a record. */
    private static byte[] mutated(Random random) {
        byte[] bytes = GOLDEN.clone();
        String interesting = "\n\r\0 0123456789abcdefABCDEF+-_\u00ff\u0080";
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length + 1);
            byte other = random.nextInt(4) == 0
                    ? (byte) random.nextInt(256)
                    : (byte) interesting.charAt(random.nextInt(interesting.length()));
            int end = Math.min(bytes.length, at + random.nextInt(3));
            byte[] head = Arrays.copyOf(bytes, at);
            byte[] tail = Arrays.copyOfRange(bytes, end, bytes.length);
            boolean insert = random.nextInt(3) > 0;
            byte[] result = Arrays.copyOf(head, head.length + (insert ? 1 : 0) + tail.length);
            if (insert) {
                result[at] = other;
            }
            System.arraycopy(tail, 0, result, result.length - tail.length, tail.length);
            bytes = result;
        }
        return bytes;
    }

    @Test
    void whateverIsReadIsWrittenBackTheSameAndNothingElseIsThrown() {
        Random random = new Random(4711);
        int read = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = mutated(random);
            ClaimRecord record = parse(bytes);
            if (record != null) {
                assertThat(record.toBytes()).as("a record that was taken").isEqualTo(bytes);
                read++;
            }
        }
        assertThat(read).isGreaterThan(100);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(1200)];
            random.nextBytes(noise);
            assertThat(parse(noise)).isNull();
        }
    }

    @Test
    @Timeout(120)
    void aPythonPeerTakesAndRefusesTheSameRecords(@TempDir Path directory) {
        String script = """
                import filelock, os, sys
                lock = filelock.StrictSoftFileLock(sys.argv[1], timeout=0)
                lock.acquire(); lock.release()
                claim = os.path.join(sys.argv[1] + '.filelock', 'claims', 'held-v1-' + sys.argv[2] + '.claim')
                print('ready', flush=True)
                for line in sys.stdin:
                    with open(claim, 'wb') as out:
                        out.write(bytes.fromhex(line.strip()))
                    try:
                        print('taken' if lock.claims else 'none', flush=True)
                    except filelock.SoftFileLockProtocolError:
                        print('refused', flush=True)
                """;
        Random random = new Random(815);
        try (ChildProcess python = PythonPeer.start(
                        script, directory.resolve("x.lock").toString(), TOKEN)
                .expectLine("ready")) {
            for (int i = 0; i < 2000; i++) {
                byte[] bytes = mutated(random);
                String hex = HexFormat.of().formatHex(bytes);
                assertThat(parse(bytes) == null ? "refused" : "taken")
                        .as("%s", hex)
                        .isEqualTo(python.ask(hex));
            }
        }
    }

    @Test
    void namesAreReadAndWritten() {
        ClaimName held = new ClaimName(State.HELD, TOKEN);
        assertThat(held.fileName()).isEqualTo("held-v1-" + TOKEN + ".claim");
        assertThat(ClaimName.parse(held.fileName())).isEqualTo(held);
        ClaimName intent = new ClaimName(State.INTENT, TOKEN);
        assertThat(intent.fileName()).isEqualTo("intent-v1-" + TOKEN + ".claim");
        assertThat(ClaimName.parse(intent.fileName())).isEqualTo(intent);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "held-v1-TOKEN.claim\n",
                "held-v2-TOKEN.claim",
                "Held-v1-TOKEN.claim",
                "intent-v1-TOKEN.claim.bak",
                "intent-v1-TOKEN",
                "intent-v1-0TOKEN.claim",
                "intent-v1-CB237AFFE412D0A51E43F04ABDF9D7EE.claim",
                ".held-v1-TOKEN.claim",
                "README"
            })
    void noOtherNameIsTheNameOfAClaim(String name) {
        assertThat(ClaimName.parse(name.replace("TOKEN", TOKEN))).isNull();
    }

    @Test
    void privateNamesTellThePublicOne() {
        Path claim = Path.of("/locks/x.lock.filelock/claims/intent-v1-" + TOKEN + ".claim");
        Path unfinished = PrivateRecords.name(claim, "0123456789abcdef0123456789abcdef");
        assertThat(unfinished)
                .hasToString("/locks/x.lock.filelock/claims/.intent-v1-" + TOKEN
                        + ".claim.private-v1-0123456789abcdef0123456789abcdef.tmp");
        assertThat(PrivateRecords.publicName(unfinished.getFileName().toString()))
                .isEqualTo(claim.getFileName().toString());
        for (String other : new String[] {".x", ".x.private-v1-0.tmp", "x.private-v1-" + TOKEN + ".tmp", ".nfs0001"}) {
            assertThat(PrivateRecords.publicName(other)).isNull();
        }
    }

    @Test
    void aMalformedRecordSaysWhatIsWrong() {
        assertThatThrownBy(() -> ClaimRecord.parse("x".getBytes(StandardCharsets.US_ASCII), TOKEN))
                .isInstanceOf(Malformed.class)
                .hasMessage("it has not five lines");
    }
}
