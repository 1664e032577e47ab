package dev.filelock.spring;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of a method say, read once.
 *
 * @param locked the method and its annotations
 * @param locks the locks to take, in the order of the annotations; never empty
 * @param timeout how long to wait for all of them together; null: what is configured
 * @param minimumHold zero: no longer than the method runs
 * @param release until when the locks are kept if a transaction is under way
 * @param otherwise what happens if the locks are not had in time
 * @param work when the work of the method is done
 */
record CallPlan(
        LockedMethod locked,
        List<LockPlan> locks,
        @Nullable Duration timeout,
        Duration minimumHold,
        FileLocked.Release release,
        Otherwise otherwise,
        Work work) {}
