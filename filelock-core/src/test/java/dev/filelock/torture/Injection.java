package dev.filelock.torture;

import dev.filelock.LockBackend;
import org.jspecify.annotations.Nullable;

/**
 * A fault that was injected.
 *
 * @param contestant the process it struck; null: all
 * @param backend the only lock it struck; null: all
 * @param begun just before it began
 * @param ended just after it had ended
 */
record Injection(
        Fault fault, @Nullable String contestant, @Nullable LockBackend backend, long begun, long ended) {

    boolean concerns(String otherContestant, LockBackend otherBackend) {
        return (contestant == null || contestant.equals(otherContestant))
                && (backend == null || backend == otherBackend);
    }

    boolean during(long from, long to) {
        return begun < to && from < ended;
    }
}
