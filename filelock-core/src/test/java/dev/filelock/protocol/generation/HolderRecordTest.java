package dev.filelock.protocol.generation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of participants are written byte for byte as Python filelock 4.0.8 writes them, and read for messages only. */
class HolderRecordTest {
    private static final String TOKEN = "5288af747c92b0a5758f2beece7476fe";
    private static final String NONCE = "2dde7297f280f05a058686419a2c7c35";
    private static final String GOLDEN =
            "filelock-rw/1\ntoken=" + TOKEN + "\npid=13978\nhost=vm\nnonce=" + NONCE + "\n";

    private static final HolderRecord RECORD = new HolderRecord(TOKEN, 13978, "vm", NONCE);

    @Test
    void areWrittenAsPythonWritesThem() {
        assertThat(RECORD.toBytes()).hasSize(110).isEqualTo(GOLDEN.getBytes(US_ASCII));
        assertThat(HolderRecord.parse(RECORD.toBytes())).isEqualTo(RECORD);
    }

    @Test
    void keepTheirLengthWithEveryNonce() {
        HolderRecord fresh = RECORD.withNonce(Tokens.random().next());
        assertThat(fresh.toBytes()).hasSize(110).isNotEqualTo(RECORD.toBytes());
        assertThat(HolderRecord.parse(fresh.toBytes())).isEqualTo(fresh);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "filelock-rw/1\n",
                "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=13978\nhost=vm\nnonce=2dde7297f280f05a058686419a2c7c35",
                "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=0\nhost=vm\nnonce=2dde7297f280f05a058686419a2c7c35\n",
                "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=99999999999\nhost=vm\nnonce=2dde7297f280f05a058686419a2c7c35\n",
                "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=1\nhost=\nnonce=2dde7297f280f05a058686419a2c7c35\n",
                "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=1\nhost=a b\nnonce=2dde7297f280f05a058686419a2c7c35\n",
            })
    void nameNobodyInAnyOtherForm(String text) {
        assertThat(HolderRecord.parse(text.getBytes(US_ASCII))).isNull();
    }

    @Test
    void throwNothingForAnyBytes() {
        Random random = new Random(20260801);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = RECORD.toBytes();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            HolderRecord read = HolderRecord.parse(bytes);
            if (read != null) {
                assertThat(read.toBytes()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void tokensAre32LowerCaseHexadecimalDigitsThatNobodyDrawsTwice() {
        Tokens tokens = Tokens.random();
        String token = tokens.next();
        assertThat(token).matches("[0-9a-f]{32}").isNotEqualTo(tokens.next());
        assertThat(Tokens.isToken(token)).isTrue();
        assertThat(Tokens.isToken(token.substring(1))).isFalse();
        assertThat(Tokens.isToken(token.substring(1) + "A")).isFalse();
        assertThat(Tokens.isToken(token.substring(1) + "/")).isFalse();
    }
}
