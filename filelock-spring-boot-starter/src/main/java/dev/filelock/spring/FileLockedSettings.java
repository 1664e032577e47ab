package dev.filelock.spring;

import java.time.Duration;
import org.springframework.core.Ordered;

/**
 * What {@link FileLockedConfiguration} takes from an optional bean of this type.
 *
 * @param order the advisor's order; must be lower than that of transactions, so that the lock is taken first
 * @param failOnMisuse whether annotations that can't work end the start of the application, rather than being logged
 * @param maxWaitInTransaction how long a thread that keeps locks until its transaction completes waits for another lock, where it
 *     would wait for ever
 */
public record FileLockedSettings(int order, boolean failOnMisuse, Duration maxWaitInTransaction) {
    /** Outside transactions, which have the lowest precedence by default, with room between. */
    public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 100;

    /**
     * What holds where there is no such bean.
     *
     * @return {@link #DEFAULT_ORDER}, fail, 30 seconds
     */
    public static FileLockedSettings defaults() {
        return new FileLockedSettings(DEFAULT_ORDER, true, Duration.ofSeconds(30));
    }
}
