package dev.filelock.verify;

import dev.filelock.LockBackend;
import java.time.Duration;
import java.util.Locale;

/**
 * Contending for one lock.
 *
 * @param backend whose lock
 * @param subdirectory where, below each host's directory
 * @param duration for how long
 */
record Round(LockBackend backend, String subdirectory, Duration duration) {

    String file() {
        return subdirectory + "/" + backend.name().toLowerCase(Locale.ROOT) + backend.suffix();
    }
}
