package dev.filelock.torture;

import static dev.filelock.torture.Outcome.GOES_ON;
import static dev.filelock.torture.Outcome.MAY_BE_OVERTAKEN;
import static dev.filelock.torture.Outcome.MAY_FAIL;
import static dev.filelock.torture.Outcome.MAY_FAIL_AND_BE_OVERTAKEN;
import static dev.filelock.torture.Outcome.WAITS;
import static dev.filelock.torture.Outcome.WAITS_FOR_OPERATOR;

import dev.filelock.LockBackend;
import java.util.EnumMap;
import java.util.Map;

/** The faults, and for each what users were promised, backend by backend. The one place that says so; the oracle goes by it. */
enum Fault {
    /** SIGKILL, and a new process in the place of the killed one. */
    KILLED("SIGKILL", GOES_ON, Map.of(LockBackend.STRICT, WAITS_FOR_OPERATOR)),

    /** SIGSTOP, and SIGCONT after longer than a lease lasts. */
    STOPPED("SIGSTOP/SIGCONT", WAITS, timed(MAY_BE_OVERTAKEN)),

    /** One process can open nothing more, for almost as long as a lease lasts, nor can its heartbeats. */
    DESCRIPTORS("descriptors exhausted", MAY_FAIL, timed(MAY_FAIL_AND_BE_OVERTAKEN)),

    /** One process can watch nothing more; its waiters poll instead. */
    INOTIFY("inotify exhausted", GOES_ON),

    /**
     * By an hour, forth or back, as one process sees it. It may take a marker that is just being written for abandoned, and a lease
     * for run out, its own as well.
     */
    CLOCK(
            "clock step",
            GOES_ON,
            Map.of(
                    LockBackend.SOFT, MAY_BE_OVERTAKEN,
                    LockBackend.MARKER, MAY_BE_OVERTAKEN,
                    LockBackend.LEASE, MAY_BE_OVERTAKEN)),

    /** Nothing more can be written; nor can heartbeats, so here and with the next three a hold that lives by them may run out. */
    FULL(
            "disk full",
            MAY_FAIL,
            Map.of(
                    LockBackend.NATIVE, GOES_ON,
                    LockBackend.SQLITE, GOES_ON,
                    LockBackend.LEASE, MAY_FAIL_AND_BE_OVERTAKEN,
                    LockBackend.GENERATION, MAY_FAIL_AND_BE_OVERTAKEN)),

    /** No file can be made. */
    INODES("no inodes left", MAY_FAIL, timed(MAY_FAIL_AND_BE_OVERTAKEN)),

    /** For all who open something meanwhile. */
    READ_ONLY("file system read-only", MAY_FAIL, timed(MAY_FAIL_AND_BE_OVERTAKEN)),

    /** Nobody may write the directory of the locks, or search it. */
    PERMISSION("permission lost", MAY_FAIL, timed(MAY_FAIL_AND_BE_OVERTAKEN)),

    DIRECTORY_DELETED("directory deleted", MAY_FAIL_AND_BE_OVERTAKEN),

    DELETED("lock file deleted", MAY_FAIL_AND_BE_OVERTAKEN),

    RENAMED("lock file renamed", MAY_FAIL_AND_BE_OVERTAKEN),

    LINK("lock file replaced by a link", MAY_FAIL_AND_BE_OVERTAKEN),

    FIFO("lock file replaced by a FIFO", MAY_FAIL_AND_BE_OVERTAKEN),

    DIRECTORY("lock file replaced by a directory", MAY_FAIL_AND_BE_OVERTAKEN),

    GIANT("lock file replaced by a giant file", MAY_FAIL_AND_BE_OVERTAKEN);

    final String words;
    private final Map<LockBackend, Outcome> outcomes = new EnumMap<>(LockBackend.class);

    Fault(String words, Outcome everywhere) {
        this(words, everywhere, Map.of());
    }

    Fault(String words, Outcome usual, Map<LockBackend, Outcome> others) {
        this.words = words;
        for (LockBackend backend : LockBackend.values()) {
            outcomes.put(backend, others.getOrDefault(backend, usual));
        }
    }

    private static Map<LockBackend, Outcome> timed(Outcome outcome) {
        return Map.of(LockBackend.LEASE, outcome, LockBackend.GENERATION, outcome);
    }

    Outcome outcome(LockBackend backend) {
        return outcomes.get(backend);
    }

    /** Whether it is injected only on a small disk of the round's own. */
    boolean isOfDisk() {
        return this == FULL || this == INODES || keepsFiles();
    }

    /** Whether files can't be removed as long as it lasts. */
    boolean keepsFiles() {
        return this == READ_ONLY || this == PERMISSION;
    }

    /** Whether it makes a lock begin anew, with no memory of what it was before. */
    boolean isTampering() {
        return compareTo(DIRECTORY_DELETED) >= 0;
    }
}
