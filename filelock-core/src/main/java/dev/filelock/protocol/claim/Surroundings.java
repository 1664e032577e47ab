package dev.filelock.protocol.claim;

import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the protocol takes from outside.
 *
 * @param files asked at the first use of a lock
 * @param random never gives the same number twice, in this process or another
 * @param directories follows the symbolic links to a directory
 */
record Surroundings(
        Supplier<OsFiles> files, Processes processes, Time time, RandomGenerator random, Directories directories) {
    private static final int TOKEN_BYTES = 16;

    /** Gives a directory the name that all who lock in it agree on. */
    @FunctionalInterface
    interface Directories {
        Path canonical(Path directory) throws IOException;
    }

    static Surroundings real(Supplier<OsFiles> files, Processes processes) {
        return new Surroundings(files, processes, Time.system(), new SecureRandom(), Path::toRealPath);
    }

    /** 32 lower-case hexadecimal digits, never the same again. */
    String token() {
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    /** Waits a while of random length. */
    void pauseUpTo(Duration longest) {
        time.pause(Duration.ofNanos(random.nextLong(longest.toNanos())));
    }
}
