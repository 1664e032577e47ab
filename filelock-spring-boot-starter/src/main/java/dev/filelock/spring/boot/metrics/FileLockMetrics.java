package dev.filelock.spring.boot.metrics;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockLostException;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times and counts the locks of registries that have it as a listener.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code filelock.acquire}</td><td>timer: how long acquisitions took, by {@code outcome}</td></tr>
 * <tr><td>{@code filelock.hold}</td><td>timer: how long locks were held</td></tr>
 * <tr><td>{@code filelock.held}</td><td>gauge: locks held now</td></tr>
 * <tr><td>{@code filelock.waiting}</td><td>gauge: acquisitions that wait now</td></tr>
 * <tr><td>{@code filelock.lost}</td><td>counter: holds that were lost before they were released</td></tr>
 * <tr><td>{@code filelock.reclaimed}</td><td>counter: what dead holders had left and was removed</td></tr>
 * </table>
 *
 * <p>All have the tags {@code label}, {@code directory}, {@code mode} and {@code backend}. None holds a path, so that a method
 * that locks a file for each customer has as many meters as one that locks a single file. Should labels themselves be made from
 * data, those beyond the first {@value #MAX_LABELS} are counted together as {@value #OTHER}.
 *
 * <p>Safe for use by any number of threads.
 */
public final class FileLockMetrics implements LockListener {
    /** So many labels are told apart. */
    static final int MAX_LABELS = 500;

    /** The label of all others. */
    static final String OTHER = "other";

    private static final Logger log = LoggerFactory.getLogger(FileLockMetrics.class);

    private final MeterRegistry meters;
    private final Supplier<Stream<LockRegistry>> registries;
    private final Map<Series, AtomicInteger> waiting = new ConcurrentHashMap<>();
    private final Set<String> labels = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * Makes a listener.
     *
     * @param meters where the meters are
     * @param registries whose held locks the gauge counts; asked each time it is read
     */
    public FileLockMetrics(MeterRegistry meters, Supplier<Stream<LockRegistry>> registries) {
        this.meters = meters;
        this.registries = registries;
    }

    @Override
    public void waiting(WaitingLockInfo lock) {
        waiters(series(lock)).incrementAndGet();
    }

    @Override
    public void waited(WaitingLockInfo lock) {
        waiters(series(lock)).decrementAndGet();
    }

    @Override
    public void acquired(HeldLockInfo lock, Duration waited) {
        acquisition(series(lock), "acquired", waited);
    }

    @Override
    public void timedOut(WaitingLockInfo lock, Duration waited) {
        acquisition(series(lock), lock.timeout().isZero() ? "skipped" : "timeout", waited);
    }

    @Override
    public void failed(WaitingLockInfo lock, Duration waited, Throwable cause) {
        acquisition(series(lock), isCancellation(cause) ? "cancelled" : "failed", waited);
    }

    /** An interrupt, a cancelled future, or a registry that was closed; all other failures are of the file or its system. */
    private static boolean isCancellation(Throwable cause) {
        return cause instanceof InterruptedException
                || cause instanceof CancellationException
                || cause instanceof IllegalStateException;
    }

    @Override
    public void released(HeldLockInfo lock, Duration held) {
        Timer.builder("filelock.hold")
                .description("How long locks were held")
                .tags(series(lock).tags())
                .register(meters)
                .record(held);
    }

    @Override
    public void lost(HeldLockInfo lock, LockLostException reason) {
        lost(series(lock)).increment();
    }

    @Override
    public void reclaimed(WaitingLockInfo lock, String reason) {
        reclaimed(series(lock)).increment();
    }

    private void acquisition(Series series, String outcome, Duration took) {
        waiters(series); // gauges and counters are there from the first acquisition on
        Timer.builder("filelock.acquire")
                .description("How long acquisitions took, the failed ones included")
                .tags(series.tags())
                .tag("outcome", outcome)
                .register(meters)
                .record(took);
    }

    private AtomicInteger waiters(Series series) {
        AtomicInteger known = waiting.get(series);
        return known != null ? known : waiting.computeIfAbsent(series, this::newSeries);
    }

    private AtomicInteger newSeries(Series series) {
        AtomicInteger waiters = new AtomicInteger();
        Gauge.builder("filelock.waiting", waiters::get)
                .description("Acquisitions that wait now")
                .tags(series.tags())
                .register(meters);
        Gauge.builder("filelock.held", () -> held(series))
                .description("Locks held now")
                .tags(series.tags())
                .register(meters);
        lost(series); // at zero before the first one, so that a rate can be made of it
        reclaimed(series);
        return waiters;
    }

    private long held(Series series) {
        return registries
                .get()
                .flatMap(registry -> registry.heldLocks().stream())
                .filter(lock -> series(lock).equals(series))
                .count();
    }

    private Counter lost(Series series) {
        return Counter.builder("filelock.lost")
                .description("Holds that were lost before they were released")
                .tags(series.tags())
                .register(meters);
    }

    private Counter reclaimed(Series series) {
        return Counter.builder("filelock.reclaimed")
                .description("What dead holders had left and was removed")
                .tags(series.tags())
                .register(meters);
    }

    private Series series(HeldLockInfo lock) {
        return Series.of(label(lock.label()), lock.directory(), lock.mode(), lock.backend());
    }

    private Series series(WaitingLockInfo lock) {
        return Series.of(label(lock.label()), lock.directory(), lock.mode(), lock.backend());
    }

    /** The label, unless there are too many of them already. One that was let in stays in, and so does one that was not stay out. */
    private String label(@Nullable String label) {
        if (label == null || label.isBlank()) {
            return Series.NO_LABEL;
        }
        if (labels.contains(label)) {
            return label;
        }
        if (labels.size() >= MAX_LABELS) {
            if (warned.compareAndSet(false, true)) {
                log.warn(
                        "There are more than {} labels of file locks, so '{}' and all further ones are counted together as '{}'; make no "
                                + "labels from data",
                        MAX_LABELS,
                        label,
                        OTHER);
            }
            return OTHER;
        }
        labels.add(label);
        return label;
    }
}
