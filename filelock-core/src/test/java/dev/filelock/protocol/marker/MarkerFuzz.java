package dev.filelock.protocol.marker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;

/** Any bytes in a marker's place: read without a surprise, and the same again once they are written in canonical form. */
public final class MarkerFuzz {
    public static final List<String> SEEDS = List.of(
            "13949\nvm\n1136893666354272840246872481902053810756255316518147224485\n",
            "13949\nvm\n",
            "filelock/2\npid=13949\nhost=vm\npidns=4026532200\nmode=exclusive\nstart=1136893666354272\n",
            "filelock/2\npid=13949\nhost=vm\nmode=lease\ntoken=152bd0ec53309e3c860f80dd5c0acc45\nduration=30.0\nstart=11\n",
            "1\nfilelock-strict-v1\0\n0\n",
            "SQLite format 3\0");

    private MarkerFuzz() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        byte[] read = Arrays.copyOf(bytes, Math.min(bytes.length, Content.MAX_BYTES + 1));
        if (Content.of(read) instanceof MarkerRecord record) {
            assertThat(record.owner().pid()).isPositive();
            if (isWritable(record)) {
                assertThat(Content.of(record.toBytes())).isEqualTo(record);
            }
        }
    }

    /** Neither the beginning of STRICT's sentinel nor a duration that no lease has. */
    private static boolean isWritable(MarkerRecord record) {
        return record.owner().host().indexOf('\0') < 0
                && !(record instanceof Protocol2Record two
                        && two.duration() != null
                        && !Double.isFinite(two.duration()));
    }
}
