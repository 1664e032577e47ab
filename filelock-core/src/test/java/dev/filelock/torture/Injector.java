package dev.filelock.torture;

import dev.filelock.FileLock;
import dev.filelock.LockBackend;
import dev.filelock.LockClaim;
import dev.filelock.LockMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Injects one fault after the other, in an order and at times that its seed decides. */
final class Injector implements Runnable {
    private static final long AIMING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Setup setup;
    private final Crowd crowd;
    private final Path locks;
    private final Ledger ledger;
    private final Random random;
    private final List<Fault> faults;
    private final List<Injection> injections = new ArrayList<>();
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    Injector(Setup setup, Crowd crowd, Path locks, Ledger ledger, Random random) {
        this.setup = setup;
        this.crowd = crowd;
        this.locks = locks;
        this.ledger = ledger;
        this.random = random;
        this.faults = setup.faults();
    }

    @Override
    public void run() {
        try {
            List<Fault> deck = new ArrayList<>();
            while (!stopped && !faults.isEmpty()) {
                if (deck.isEmpty()) {
                    deck.addAll(faults);
                    Collections.shuffle(deck, random);
                }
                Thread.sleep(300 + random.nextInt(1500));
                if (!stopped) {
                    inject(deck.remove(deck.size() - 1));
                }
            }
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
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
        crowd.replace(victim);
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
