package dev.filelock.protocol.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.FileIdentity;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What takes the place of a disk. */
class MemoryTest {
    @Test
    void noTwoDirectoriesAreOneThoughTheyAreFirstAskedForAtOnce() {
        Memory memory = new Memory();
        int directories = 20_000;
        Set<FileIdentity> identities = ConcurrentHashMap.newKeySet();

        IntStream.range(0, directories)
                .parallel()
                .forEach(i -> identities.add(memory.following(Path.of("/directory-" + i))));

        assertThat(identities).hasSize(directories);
    }
}
