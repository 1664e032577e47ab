package dev.filelock.verify;

import java.util.List;

/**
 * What came out of one round.
 *
 * @param round which
 * @param verdict in a word
 * @param turns how many times the lock was had
 * @param leastTurns by the process that had it least often
 * @param mostTurns by the process that had it most often
 * @param longestWait of any process for one turn, in nanoseconds
 * @param overlaps how many times somebody came in who should not have
 * @param handOffs from one process being about to leave to another being in, in nanoseconds, as the referee saw it; sorted
 * @param remarks what else to tell
 */
record Findings(
        Round round,
        Verdict verdict,
        long turns,
        long leastTurns,
        long mostTurns,
        long longestWait,
        long overlaps,
        long[] handOffs,
        List<String> remarks) {

    enum Verdict {
        SAFE("safe"),
        UNSAFE("NOT SAFE"),
        STARVES("starves"),
        UNAVAILABLE("not usable"),
        FAILED("failed");

        final String words;

        Verdict(String words) {
            this.words = words;
        }
    }

    /** The hand-off time that the given share of all hand-offs did not exceed; −1 if there was none. */
    long handOff(double share) {
        return handOffs.length == 0 ? -1 : handOffs[(int) Math.min(handOffs.length - 1, handOffs.length * share)];
    }
}
