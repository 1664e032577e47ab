package dev.filelock.torture;

import dev.filelock.FileLock;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Injects one fault after the other, in an order and at times that its seed decides. */
final class Injector implements Runnable {
    private static final long AN_HOUR = TimeUnit.HOURS.toSeconds(1);
    private static final long AIMING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Setup setup;
    private final Crowd crowd;
    private final Path locks;

    /** Of the round's own; null if it has none. */
    private final @Nullable Disk disk;

    private final Ledger ledger;
    private final Random random;
    private final Tampering tampering;
    private final List<Injection> injections = new ArrayList<>();
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    Injector(Setup setup, Crowd crowd, Path locks, @Nullable Disk disk, Ledger ledger, Random random)
            throws IOException {
        this.setup = setup;
        this.crowd = crowd;
        this.locks = locks;
        this.disk = disk;
        this.ledger = ledger;
        this.random = random;
        this.tampering = new Tampering(locks, new Random(random.nextLong()));
    }

    @Override
    public void run() {
        try {
            List<Fault> deck = new ArrayList<>();
            while (!stopped && !setup.faults().isEmpty()) {
                if (deck.isEmpty()) {
                    deck.addAll(setup.faults());
                    Collections.shuffle(deck, random);
                }
                Thread.sleep(300 + random.nextInt(1500));
                if (!stopped) {
                    inject(deck.remove(deck.size() - 1));
                }
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            failure = e;
        }
    }

    void stop() {
        stopped = true;
    }

    @Nullable Throwable failure() {
        return failure;
    }

    synchronized List<Injection> injections() {
        return List.copyOf(injections);
    }

    private synchronized void note(
            Fault fault, @Nullable String contestant, @Nullable LockBackend backend, long begun) {
        injections.add(new Injection(fault, contestant, backend, begun, System.nanoTime()));
    }

    private void inject(Fault fault) throws IOException, InterruptedException {
        switch (fault) {
            case KILLED -> kill();
            case STOPPED -> stopForAWhile();
            case DESCRIPTORS -> exhaustDescriptors();
            case INOTIFY -> exhaustInotify();
            case CLOCK -> stepClock();
            case DIRECTORY_DELETED -> deleteDirectory();
            case FULL, INODES, READ_ONLY, PERMISSION -> refuse(fault, Objects.requireNonNull(disk));
            default -> tamper(fault);
        }
    }

    /** Any process; every other time one that is inside a lock, if one is found so within a second. */
    private Contestant victim() throws IOException, InterruptedException {
        Contestant any = crowd.victim(random);
        LockBackend lock = setup.backends().get(random.nextInt(setup.backends().size()));
        if (random.nextBoolean()) {
            return any;
        }
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < AIMING_NANOS) {
            any.collect(ledger);
            if (ledger.isInside(any.name(), lock)) {
                break;
            }
            Thread.sleep(1);
        }
        return any;
    }

    private void kill() throws IOException, InterruptedException {
        Contestant victim = victim();
        long begun = System.nanoTime();
        victim.kill();
        Map<LockBackend, Long> heldUntil = new HashMap<>();
        if (setup.backends().contains(LockBackend.STRICT)) {
            Thread.sleep(100 + random.nextInt(400)); // all of them have to wait for the operator
            heldUntil.put(LockBackend.STRICT, System.nanoTime());
            clearAfter(victim.pid());
        }
        crowd.bury(victim, begun, heldUntil);
        note(Fault.KILLED, victim.name(), null, begun);
        if (crowd.living().size() < setup.jvms() + setup.pythons()) {
            crowd.replace(victim);
        }
    }

    /** What an operator does when a process has died under STRICT. */
    private void clearAfter(long pid) {
        FileLock strict = new Arena(LockBackend.STRICT, locks).lock(LockMode.EXCLUSIVE);
        for (LockClaim claim : strict.claims()) {
            Long owner = claim.owner().pid();
            if (owner != null && owner == pid) {
                strict.forceBreak(claim);
            }
        }
    }

    private void exhaustDescriptors() throws IOException, InterruptedException {
        Contestant victim = victim();
        String before = victim.mayOpen();
        long begun = System.nanoTime();
        victim.limitOpen(Long.toString(victim.descriptors() + random.nextInt(3)));
        try {
            Thread.sleep(500 + random.nextInt(1500));
        } finally {
            victim.limitOpen(before);
        }
        note(Fault.DESCRIPTORS, victim.name(), null, begun);
    }

    private void exhaustInotify() throws IOException, InterruptedException {
        Contestant victim = victim();
        long begun = System.nanoTime();
        victim.limitInotify(0);
        try {
            Thread.sleep(500 + random.nextInt(1500));
        } finally {
            victim.limitInotify(Integer.MAX_VALUE);
        }
        note(Fault.INOTIFY, victim.name(), null, begun);
    }

    private void stepClock() throws IOException, InterruptedException {
        Contestant victim = victim();
        long begun = System.nanoTime();
        victim.stepClock(random.nextBoolean() ? AN_HOUR : -AN_HOUR);
        try {
            Thread.sleep(500 + random.nextInt(1500));
        } finally {
            victim.stepClock(0);
        }
        note(Fault.CLOCK, null, null, begun); // whoever it takes for late is struck too
    }

    private void refuse(Fault fault, Disk itself) throws IOException, InterruptedException {
        CountDownLatch mended = new CountDownLatch(1);
        Executor later = CompletableFuture.delayedExecutor(500 + random.nextInt(3000), TimeUnit.MILLISECONDS);
        long begun = System.nanoTime();
        CompletableFuture<Void> meanwhile = CompletableFuture.runAsync(() -> {
                    if (fault.keepsFiles()) {
                        joinCrowd(); // those who are there have files open that they can write all the same
                    }
                })
                .whenCompleteAsync((done, thrown) -> mended.countDown(), later);
        switch (fault) {
            case FULL -> itself.fill(mended);
            case INODES -> itself.takeInodes(mended);
            case READ_ONLY -> itself.forbidWriting(mended);
            default -> tampering.withdrawPermission(mended);
        }
        meanwhile.join();
        note(fault, null, null, begun);
    }

    private void joinCrowd() {
        try {
            crowd.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deleteDirectory() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        tampering.deleteDirectory();
        note(Fault.DIRECTORY_DELETED, null, null, begun);
    }

    private void tamper(Fault fault) throws IOException, InterruptedException {
        LockBackend backend =
                setup.backends().get(random.nextInt(setup.backends().size()));
        if (backend == LockBackend.SQLITE && fault == Fault.FIFO) {
            return; // Python's SQLite would read from it for ever
        }
        long begun = System.nanoTime();
        tampering.strike(fault, backend);
        note(fault, null, backend, begun);
    }

    private void stopForAWhile() throws IOException, InterruptedException {
        Contestant victim = victim();
        long begun = System.nanoTime();
        victim.stop();
        try {
            Thread.sleep(Arena.LEASE.toMillis() + 700 + random.nextInt(1500));
        } finally {
            victim.goOn();
        }
        note(Fault.STOPPED, victim.name(), null, begun);
    }
}
