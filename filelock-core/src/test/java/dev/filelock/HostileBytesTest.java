package dev.filelock;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.filelock.os.ProcFuzz;
import dev.filelock.protocol.claim.ClaimFuzz;
import dev.filelock.protocol.generation.GenerationFuzz;
import dev.filelock.protocol.marker.MarkerFuzz;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the parsers make of bytes that nobody vouches for. This plays a few thousand variations of real records; the same targets
 * run for as long as one likes under a fuzzer that is guided by coverage, by the profile {@code fuzz}.
 */
class HostileBytesTest {
    /** On a machine that does much else, too; a parser that takes its time by the square of the length needs hours. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private enum Target {
        MARKER(MarkerFuzz.SEEDS, MarkerFuzz::fuzzerTestOneInput),
        CLAIM(ClaimFuzz.SEEDS, ClaimFuzz::fuzzerTestOneInput),
        GENERATION(GenerationFuzz.SEEDS, GenerationFuzz::fuzzerTestOneInput),
        PROC(ProcFuzz.SEEDS, ProcFuzz::fuzzerTestOneInput),
        NAME(LockNameFuzz.SEEDS, LockNameFuzz::fuzzerTestOneInput);

        private final List<String> seeds;
        private final Consumer<byte[]> parser;

        Target(List<String> seeds, Consumer<byte[]> parser) {
            this.seeds = seeds;
            this.parser = parser;
        }

        void parse(byte[] bytes) {
            try {
                parser.accept(bytes);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("for " + HexFormat.of().formatHex(bytes), e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void variationsOfRecordsLeadToNoSurprise(Target target) {
        Random random = new Random(20_261_124);
        for (String seed : target.seeds) {
            target.parse(seed.getBytes(StandardCharsets.UTF_8));
            for (int round = 0; round < 2000; round++) {
                byte[] bytes = seed.getBytes(StandardCharsets.UTF_8);
                for (int change = random.nextInt(4); change >= 0; change--) {
                    bytes = changed(bytes, target.seeds, random);
                }
                target.parse(bytes);
            }
        }
    }

    private static byte[] changed(byte[] bytes, List<String> seeds, Random random) {
        int at = random.nextInt(bytes.length + 1);
        int end = at + random.nextInt(bytes.length - at + 1);
        byte[] other = seeds.get(random.nextInt(seeds.size())).getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> joined(bytes, at, new byte[0], end);
            case 2 -> joined(bytes, at, new byte[] {(byte) random.nextInt(256)}, at);
            case 3 -> joined(bytes, at, new byte[] {(byte) random.nextInt(256)}, Math.min(at + 1, bytes.length));
            case 4 -> joined(bytes, end, Arrays.copyOfRange(bytes, at, end), end);
            default -> joined(bytes, at, Arrays.copyOf(other, random.nextInt(other.length + 1)), end);
        };
    }

    private static byte[] joined(byte[] bytes, int until, byte[] middle, int from) {
        byte[] joined = Arrays.copyOf(bytes, until + middle.length + bytes.length - from);
        System.arraycopy(middle, 0, joined, until, middle.length);
        System.arraycopy(bytes, from, joined, until + middle.length, bytes.length - from);
        return joined;
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void aMebibyteOfAnyOneThingIsReadInNoTime(Target target) {
        for (String part : List.of("\n", " ", "0", "9_", "a", "=", "%", ")", "(", "\0", "/", "- ", "1\n", "\u00e9")) {
            for (String head : List.of("", target.seeds.get(0))) {
                byte[] bytes = (head + part.repeat((1 << 20) / part.length())).getBytes(StandardCharsets.UTF_8);
                assertTimeoutPreemptively(LIMIT, () -> target.parse(bytes));
            }
        }
    }

    /** A tebibyte without a single block on disk, wherever a protocol keeps something. */
    @ParameterizedTest
    @EnumSource(LockKind.class)
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "sparse files are made another way")
    void aGiantFileIsNotReadToItsEnd(LockKind kind, @TempDir Path directory) throws Exception {
        Path path = directory.resolve("x" + kind.suffix);
        FileLock lock = kind.lock(path);
        for (String name : List.of(
                "",
                "-journal",
                ".filelock/claims/held-v1-cb237affe412d0a51e43f04abdf9d7ee.claim",
                ".rw/gen/00000000000000000001",
                ".rw/holders/5288af747c92b0a5758f2beece7476fe")) {
            Path giant = directory.resolve(path.getFileName() + name);
            Files.createDirectories(giant.getParent());
            makeGiant(giant);
            assertTimeoutPreemptively(LIMIT, () -> {
                try (HeldLock held = lock.tryAcquire().orElse(null)) {
                    lock.claims();
                } catch (FileLockException e) {
                    // refused in words, as its own tests say
                }
            });
            Files.delete(giant);
        }
    }

    private static void makeGiant(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(1L << 40);
        }
    }
}
