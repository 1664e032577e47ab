package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import org.jspecify.annotations.Nullable;

/**
 * One contender's stay inside a lock, as it wrote that down itself.
 *
 * @param contestant the process
 * @param python whether that is Python, which is not told everything that Java is told
 * @param thread which of its threads
 * @param entered when it had the lock for certain
 * @param left until when it had it for certain
 * @param saw the protected number when it came
 * @param leftBehind the protected number when it went; null if it was killed inside
 * @param told when it had been told whether it had it until then
 * @param lost what it was told when it asked whether it still had the lock; null if all was well, or nobody could ask
 * @param token the fencing token; null where there is none
 */
record Section(
        LockBackend backend,
        LockMode mode,
        String contestant,
        boolean python,
        int thread,
        long entered,
        long left,
        long saw,
        @Nullable Long leftBehind,
        long told,
        @Nullable String lost,
        @Nullable Long token) {

    boolean killed() {
        return leftBehind == null;
    }

    boolean overlaps(Section other) {
        return entered < other.left && other.entered < left;
    }

    boolean excludes(Section other) {
        return !(mode.isShared() && other.mode.isShared());
    }

    @Override
    public String toString() {
        return contestant + "/" + thread + " in mode " + mode + " from " + entered + " to " + left + ", saw " + saw
                + (killed() ? ", killed inside" : ", left " + leftBehind)
                + (lost == null ? "" : ", was told: " + lost);
    }
}
