package dev.filelock.protocol.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Any bytes in a claim, or where the sentinel goes, and any name in the directory of claims. */
public final class ClaimFuzz {
    private static final String TOKEN = "cb237affe412d0a51e43f04abdf9d7ee";

    public static final List<String> SEEDS = List.of(
            "filelock-strict-v1\n" + TOKEN
                    + "\n13976\n766d\n1136893666354272840246872481902053810756255316518147224500\n",
            "filelock-strict-v1\n" + TOKEN + "\n13976\n\n\n",
            "held-v1-" + TOKEN + ".claim",
            ".held-v1-" + TOKEN + ".claim.private-v1-" + TOKEN + ".tmp",
            "13949\nvm\n1136893666\n",
            "filelock/2\npid=13949\nhost=vm\nmode=exclusive\n");

    private ClaimFuzz() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        byte[] read = Arrays.copyOf(bytes, Math.min(bytes.length, ClaimRecord.MAX_BYTES + 1));
        try {
            ClaimRecord record = ClaimRecord.parse(read, TOKEN);
            assertThat(record.toBytes()).isEqualTo(read); // every byte of it is prescribed
        } catch (ClaimRecord.Malformed e) {
            assertThat(e.reason()).isNotBlank();
        }
        OtherRecord.of(read);
        String name = new String(bytes, StandardCharsets.UTF_8);
        ClaimName claim = ClaimName.parse(name);
        if (claim != null) {
            assertThat(claim.fileName()).isEqualTo(name);
        }
        String publicName = PrivateRecords.publicName(name);
        if (publicName != null) {
            assertThat(name).startsWith("." + publicName);
        }
    }
}
