package dev.filelock.torture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A crowd contends for a while, is told to stop, and must have left no trace. */
final class Round {
    private static final Duration UNTIL_STOPPED = Duration.ofSeconds(90);

    /** Threads and descriptors of the library end some seconds after they were last needed. */
    private static final Duration UNTIL_GONE = Duration.ofSeconds(60);

    /** What a call that failed could not remove, others remove who contend, once they have seen it unchanged for long enough. */
    private static final Duration UNTIL_SWEPT = Arena.STALE.multipliedBy(2);

    private final Setup setup;
    private final Path notes;
    private final Path locks;
    private final Ledger ledger = new Ledger();
    private final Crowd crowd;
    private final Injector injector;
    private final List<String> violations = new ArrayList<>();

    /** A round on a disk of its own, or on one that others use too. */
    Round(Setup setup, Path notes, Path locks, @Nullable Disk disk, long seed) throws IOException {
        this.setup = setup;
        this.notes = notes;
        this.locks = locks;
        Random random = new Random(seed);
        this.crowd = new Crowd(setup, notes, locks, ledger, new Random(random.nextLong()));
        this.injector = new Injector(setup, crowd, locks, disk, ledger, new Random(random.nextLong()));
    }

    /** Plays the round. */
    Figures play(Duration length, Consumer<String> progress) throws IOException, InterruptedException {
        for (var backend : setup.backends()) {
            SharedNumber.create(new Arena(backend, locks).number(notes));
        }
        try (crowd) {
            crowd.start();
            contend(length, progress);
            progress.accept(soFar() + ", coming to an end");
            if (end()) {
                lookForTraces();
            }
            for (Contestant contestant : crowd.living()) {
                contestant.collect(ledger);
            }
        }
        Oracle.Verdict verdict = Oracle.judge(ledger, injector.injections());
        violations.addAll(verdict.violations());
        return new Figures(
                ledger, injector.injections(), new Oracle.Verdict(List.copyOf(violations), verdict.overtaken()));
    }

    private void contend(Duration length, Consumer<String> progress) throws IOException, InterruptedException {
        Thread lane = new Thread(injector, "injector");
        lane.start();
        watch(length, progress);
        injector.stop();
        lane.join();
        watch(UNTIL_SWEPT, progress);
        if (injector.failure() != null) {
            throw new IOException("a fault could not be injected", injector.failure());
        }
    }

    private void watch(Duration length, Consumer<String> progress) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.NANOSECONDS.convert(length) && injector.failure() == null) {
            Thread.sleep(Math.min(1000, Math.max(1, length.toMillis() / 10)));
            crowd.collect();
            progress.accept(soFar());
        }
    }

    private String soFar() {
        return ledger.acquisitions() + " acquisitions, " + injector.injections().size() + " faults";
    }

    /** Tells all to stop; false if somebody does not. */
    private boolean end() {
        List<String> died = crowd.died();
        violations.addAll(died);
        if (!died.isEmpty()) {
            return false;
        }
        List<Contestant> living = crowd.living();
        living.forEach(Contestant::tellToStop);
        boolean all = true;
        for (Contestant contestant : living) {
            try {
                contestant.awaitStopped(UNTIL_STOPPED);
            } catch (AssertionError e) {
                violations.add("HANGS: " + e.getMessage());
                all = false;
            }
        }
        return all;
    }

    private void lookForTraces() throws IOException, InterruptedException {
        Traces traces = new Traces(locks, crowd.livingPids(), crowd.killed());
        long begun = System.nanoTime();
        List<String> found = new ArrayList<>();
        do {
            Thread.sleep(250);
            found.clear();
            for (Contestant contestant : crowd.living()) {
                found.addAll(traces.of(contestant));
            }
        } while (!found.isEmpty() && System.nanoTime() - begun < UNTIL_GONE.toNanos());
        violations.addAll(found);
        violations.addAll(traces.onDisk());
    }
}
