package dev.filelock.torture;

import dev.filelock.LockBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How to torture.
 *
 * @param directory of the file system under test; everything is made in a new directory in it
 * @param seed decides which faults strike whom and when, and what the players do; not how the system schedules them
 * @param duration for how long, in rounds
 * @param roundLength the longest a round may be
 * @param backends whose locks
 * @param jvms how many JVMs contend
 * @param threads of each JVM for each lock
 * @param pythons how many Python processes contend, with a thread for each lock
 * @param faults to be injected; may be empty
 * @param apart whether each process locks in a directory of its own, so that nothing excludes them: to see that the oracle sees it
 */
record Setup(
        Path directory,
        long seed,
        Duration duration,
        Duration roundLength,
        List<LockBackend> backends,
        int jvms,
        int threads,
        int pythons,
        List<Fault> faults,
        boolean apart) {}
