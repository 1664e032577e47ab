package dev.filelock.protocol.claim;

import dev.filelock.LockOptions;
import dev.filelock.protocol.LockFile;
import dev.filelock.testing.sim.SimulatedProcess;
import java.nio.file.Path;

/** The protocol as a process of a simulation runs it. */
final class Participants {
    private Participants() {}

    static LockFile open(SimulatedProcess self, Path path) {
        Surroundings surroundings =
                new Surroundings(self::files, self.processes(), self.time(), self.random(), directory -> directory);
        return new ClaimProtocol(surroundings).open(path, LockOptions.defaults());
    }
}
