package dev.filelock.torture;

import dev.filelock.LockBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The players of one round: who lives, who was killed, and who took the place of whom. Safe for use by several threads. */
final class Crowd implements AutoCloseable {
    private final Setup setup;
    private final Path notes;
    private final Path locks;
    private final Ledger ledger;
    private final Random seeds;
    private final Path script;

    /** The library by which clocks are stepped, if they are to be. */
    private final @Nullable Path clock;

    private final List<Contestant> living = new ArrayList<>();
    private final Set<Long> killed = new TreeSet<>();
    private int births;

    Crowd(Setup setup, Path notes, Path locks, Ledger ledger, Random seeds) throws IOException {
        this.setup = setup;
        this.notes = notes;
        this.locks = locks;
        this.ledger = ledger;
        this.seeds = seeds;
        this.script = notes.resolve("player.py");
        try (InputStream player = Objects.requireNonNull(Crowd.class.getResourceAsStream("player.py"))) {
            Files.copy(player, script);
        }
        this.clock = setup.faults().contains(Fault.CLOCK) ? Powers.clock(notes) : null;
    }

    void start() throws IOException {
        for (int i = 0; i < setup.jvms(); i++) {
            living.add(born(false));
        }
        for (int i = 0; i < setup.pythons(); i++) {
            living.add(born(true));
        }
        living.forEach(this::welcome);
    }

    private Path directoryOf(String name) throws IOException {
        return setup.apart() ? Files.createDirectory(locks.resolve(name)) : locks;
    }

    private Contestant born(boolean python) throws IOException {
        String name = (python ? "python" : "java") + births++;
        return python
                ? Contestant.python(name, setup, notes, directoryOf(name), seeds.nextInt(), clock, script)
                : Contestant.java(name, setup, notes, directoryOf(name), seeds.nextInt(), clock);
    }

    private void welcome(Contestant newborn) {
        newborn.awaitReady();
        long now = System.nanoTime();
        for (LockBackend backend : setup.backends(newborn.python())) {
            for (int i = 0; i < (newborn.python() ? 1 : setup.threads()); i++) {
                ledger.starts(newborn.name(), backend, i, now);
            }
        }
    }

    synchronized Contestant victim(Random random) {
        return living.get(random.nextInt(living.size()));
    }

    synchronized List<Contestant> living() {
        return List.copyOf(living);
    }

    synchronized Set<Long> livingPids() {
        return living.stream().map(Contestant::pid).collect(Collectors.toUnmodifiableSet());
    }

    synchronized Set<Long> killed() {
        return Set.copyOf(killed);
    }

    synchronized void collect() throws IOException {
        for (Contestant contestant : living) {
            contestant.collect(ledger);
        }
    }

    /** Those that ended though nobody killed them, with what they said. */
    synchronized List<String> died() {
        return living.stream()
                .filter(contestant -> !contestant.isAlive())
                .map(contestant -> contestant.name() + " DIED: " + String.join("\n", contestant.errors()))
                .toList();
    }

    synchronized void bury(Contestant dead, long aliveAt, Map<LockBackend, Long> heldUntil) throws IOException {
        living.remove(dead);
        killed.add(dead.pid());
        dead.noteEnd(ledger, aliveAt, heldUntil);
    }

    void replace(Contestant dead) throws IOException {
        add(dead.python());
    }

    /** Lets one more JVM contend. */
    void join() throws IOException {
        add(false);
    }

    private void add(boolean python) throws IOException {
        Contestant newborn;
        synchronized (this) {
            newborn = born(python);
        }
        welcome(newborn);
        synchronized (this) {
            living.add(newborn);
        }
    }

    @Override
    public synchronized void close() {
        living.forEach(Contestant::close);
    }
}
