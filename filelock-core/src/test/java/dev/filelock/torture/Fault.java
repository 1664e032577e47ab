package dev.filelock.torture;

import static dev.filelock.torture.Outcome.GOES_ON;
import static dev.filelock.torture.Outcome.MAY_BE_OVERTAKEN;
import static dev.filelock.torture.Outcome.WAITS;
import static dev.filelock.torture.Outcome.WAITS_FOR_OPERATOR;

import dev.filelock.LockBackend;
import java.util.EnumMap;
import java.util.Map;

/** The faults, and for each what users were promised, backend by backend. The one place that says so; the oracle goes by it. */
enum Fault {
    // spotless:off
    //                            NATIVE   SOFT     MARKER   LEASE             STRICT              SQLITE   GENERATION
    /** SIGKILL, and a new process in the place of the killed one. */
    KILLED("SIGKILL", GOES_ON, GOES_ON, GOES_ON, GOES_ON, WAITS_FOR_OPERATOR, GOES_ON, GOES_ON),
    /** SIGSTOP, and SIGCONT after longer than a lease lasts. */
    STOPPED("SIGSTOP/SIGCONT", WAITS, WAITS, WAITS, MAY_BE_OVERTAKEN, WAITS, WAITS, MAY_BE_OVERTAKEN);
    // spotless:on

    final String words;
    private final Map<LockBackend, Outcome> outcomes = new EnumMap<>(LockBackend.class);

    Fault(
            String words,
            Outcome onNative,
            Outcome soft,
            Outcome marker,
            Outcome lease,
            Outcome strict,
            Outcome sqlite,
            Outcome generation) {
        this.words = words;
        outcomes.put(LockBackend.NATIVE, onNative);
        outcomes.put(LockBackend.SOFT, soft);
        outcomes.put(LockBackend.MARKER, marker);
        outcomes.put(LockBackend.LEASE, lease);
        outcomes.put(LockBackend.STRICT, strict);
        outcomes.put(LockBackend.SQLITE, sqlite);
        outcomes.put(LockBackend.GENERATION, generation);
    }

    Outcome outcome(LockBackend backend) {
        return outcomes.get(backend);
    }
}
