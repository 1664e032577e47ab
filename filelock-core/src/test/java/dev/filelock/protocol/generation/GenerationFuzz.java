package dev.filelock.protocol.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.ParseException;
import java.util.Arrays;
import java.util.List;

/** Any bytes in a snapshot or in a participant's record. */
public final class GenerationFuzz {
    public static final List<String> SEEDS = List.of(
            "filelock-rw/1\ngeneration=7\n",
            "filelock-rw/1\ngeneration=6\nwriter=93b411641fd265e3839af0e897b06356\n",
            "filelock-rw/1\ngeneration=2\nreader=5288af747c92b0a5758f2beece7476fe\nreader=8d06dd4ddc24c7d0a5b5d8a7158fdb9b\n",
            "filelock-rw/1\ntoken=5288af747c92b0a5758f2beece7476fe\npid=13978\nhost=vm\nnonce=2dde7297f280f05a058686419a2c7c35\n");

    private GenerationFuzz() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        try {
            Snapshot snapshot = Snapshot.parse(bytes);
            assertThat(snapshot.generation()).isBetween(0L, Snapshot.MAX_GENERATION);
            assertThat(Snapshot.parse(snapshot.toBytes())).isEqualTo(snapshot);
        } catch (ParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
        HolderRecord record = HolderRecord.parse(Arrays.copyOf(bytes, Math.min(bytes.length, HolderRecord.MAX_BYTES)));
        if (record != null) {
            assertThat(HolderRecord.parse(record.toBytes())).isEqualTo(record);
        }
    }
}
