package dev.filelock.protocol.marker;

import java.time.Duration;

/** Short waits inside a system call's worth of work, which no interrupt may cut short. */
final class Pause {
    private Pause() {}

    static void uninterruptibly(Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        boolean interrupted = false;
        for (long left = time.toNanos(); left > 0; left = deadline - System.nanoTime()) {
            try {
                Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
