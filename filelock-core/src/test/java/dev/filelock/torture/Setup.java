package dev.filelock.torture;

import dev.filelock.LockBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
 * @param disks whether every other round has a small disk of its own, which may refuse
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
        boolean disks,
        boolean apart) {

    /** What Python 4.0.8 can't be trusted with where a file can't be removed or written: docs/reliability.md says why. */
    private static final Set<LockBackend> NOT_FOR_PYTHON =
            Set.of(LockBackend.SOFT, LockBackend.MARKER, LockBackend.SQLITE);

    /** Whether this round has a disk of its own. */
    boolean hasDisk(int round) {
        return disks && round % 2 == 0;
    }

    /** Why a fault can't be injected, or empty. */
    Optional<String> lack(Fault fault) {
        Optional<String> lack = Powers.lack(fault);
        return fault.isOfDisk() && !disks && lack.isEmpty() ? Optional.of("it takes a disk of its own") : lack;
    }

    /** The same with nothing but what can be injected in a round that has a disk of its own, or has none. */
    Setup forRound(boolean hasDisk) {
        List<Fault> possible = faults.stream()
                .filter(fault -> lack(fault).isEmpty() && (hasDisk || !fault.isOfDisk()))
                .toList();
        Setup round = new Setup(
                directory, seed, duration, roundLength, backends, jvms, threads, pythons, possible, disks, apart);
        return pythons == 0 || !round.backends(true).isEmpty() ? round : round.withoutPython();
    }

    private Setup withoutPython() {
        return new Setup(directory, seed, duration, roundLength, backends, jvms, threads, 0, faults, disks, apart);
    }

    /** For whose locks a contestant contends. */
    List<LockBackend> backends(boolean python) {
        boolean trusted = !python || faults.stream().noneMatch(Fault::keepsFiles);
        return backends.stream()
                .filter(backend -> trusted || !NOT_FOR_PYTHON.contains(backend))
                .toList();
    }
}
