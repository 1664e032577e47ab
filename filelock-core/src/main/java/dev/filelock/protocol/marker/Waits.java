package dev.filelock.protocol.marker;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Time;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The short waits that belong to one step on disk. No interrupt cuts them short. */
final class Waits {
    private static final int TRIES_ON_WINDOWS = 10;

    private Waits() {}

    /** What may be denied, and can then be done again from its beginning. */
    @FunctionalInterface
    interface Step<T> {
        @Nullable T run() throws IOException;
    }

    /**
     * Windows, the system without flock, denies access for a moment to a file that a peer is just deleting or reading: so there the
     * step is tried again for half a second. Elsewhere a denial is one.
     */
    static <T> @Nullable T outDenials(OsFiles files, Step<T> step) throws IOException {
        Duration pause = Duration.ofMillis(1);
        for (int tries = 1; ; tries++) {
            try {
                return step.run();
            } catch (OsException e) {
                if (e.error() != OsError.ACCESS_DENIED || files.hasFlock() || tries == TRIES_ON_WINDOWS) {
                    throw e;
                }
            }
            Time.system().pause(pause);
            pause = pause.multipliedBy(2);
        }
    }
}
