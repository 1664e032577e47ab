package dev.filelock.sample.page;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockClaim;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockRegistry;
import dev.filelock.sample.Ledger;
import dev.filelock.sample.Turn;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * What the page's buttons start: processes and threads that take the ledger's lock in earnest. One scene at a time.
 *
 * <p>Whatever was started is ended by its own end, by {@link #stop}, after {@code sample.page.longest}, or with this application.
 */
@Component
class Stage implements DisposableBean {
    private static final Logger log = LoggerFactory.getLogger(Stage.class);

    private static final int THREADS = 2;
    private static final int TURNS = 10;
    private static final int KEPT = 20;
    private static final String POLL = "0.005";
    private static final Duration LAST_WAIT = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final FileLock lock;
    private final Archive archive;
    private final PageData data;
    private final PageProperties properties;
    private final Python python;
    private final LockChanges changes;

    private final Map<Long, Role> roles = new LinkedHashMap<>();
    private final Deque<Killed> killed = new ArrayDeque<>();
    private @Nullable Scene scene;
    private @Nullable String problem;
    private PythonStatus pythonStatus = new PythonStatus(null, "Looking for Python with filelock");

    Stage(
            Ledger ledger,
            LockRegistry locks,
            PageData data,
            PageProperties properties,
            Python python,
            LockChanges changes)
            throws IOException {
        this.ledger = ledger;
        this.lock = locks.lock(data.lockName()).labelled("Ledger.append");
        this.archive = new Archive(
                data.directory(),
                data.account(),
                locks.lock(
                        LockName.of(Archive.name(data.account())),
                        LockMode.EXCLUSIVE,
                        locks.options().toBuilder()
                                .backend(Archive.BACKEND)
                                .label("Archive")
                                .build()));
        this.data = data;
        this.properties = properties;
        this.python = python;
        this.changes = changes;
    }

    /** Which process that is, as far as this application started it. */
    enum Role {
        SECOND,
        PYTHON
    }

    /**
     * The second Java process.
     *
     * @param holdingSince null if it has not got the lock
     */
    record Second(long pid, @Nullable Instant holdingSince) {}

    /**
     * Python.
     *
     * @param found null as long as that isn't known
     * @param text its version, or what to do about it
     */
    record PythonStatus(@Nullable Boolean found, String text) {}

    /**
     * A record that a dead process left behind.
     *
     * @param pid null if it can't be read
     */
    record Leftover(
            String file, LockClaim.Kind kind, @Nullable Long pid) {
        static Leftover of(LockClaim claim) {
            return new Leftover(
                    claim.file().toString(), claim.kind(), claim.owner().pid());
        }
    }

    /**
     * Everything about the stage at one moment.
     *
     * @param scene null if nothing is going on
     * @param running the processes that take part and have not ended
     * @param leftovers of the archive's lock
     * @param problem why a participant failed, null if none did
     */
    record Status(
            Scene.@Nullable Kind scene,
            List<Long> running,
            @Nullable Second second,
            PythonStatus python,
            Map<Long, Role> roles,
            List<Killed> killed,
            List<Leftover> leftovers,
            @Nullable String problem) {
        Status withKilled(List<Killed> seen) {
            return new Status(scene, running, second, python, roles, seen, leftovers, problem);
        }
    }

    /** Looks for Python without keeping anybody waiting. */
    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        Thread thread = new Thread(this::lookForPython, "look for Python");
        thread.setDaemon(true);
        thread.start();
    }

    /** Threads of this service, a second Java process and Python take turns, as many each as the others. */
    synchronized void contend() throws IOException {
        Scene begun = begin(Scene.Kind.CONTEND);
        int turns = THREADS * TURNS;
        SecondInstance second =
                startSecond(begun, "turns", "" + turns, properties.pause().toString());
        begun.run(
                () -> {
                    startPython(begun, turns);
                    second.awaitFirstHold(properties.longest()); // the slowest to start; nobody is ahead of the others
                    takeTurnsInThreads(begun, TURNS);
                },
                this::failed);
    }

    /** A second Java process takes the lock and keeps it, and the others queue up behind it. */
    synchronized void hold() throws IOException {
        Scene begun = begin(Scene.Kind.HOLD);
        SecondInstance second = startSecond(begun, "hold", properties.longest().toString());
        begun.run(
                () -> {
                    second.awaitFirstHold(properties.longest());
                    takeTurnsInThreads(begun, 1);
                    startPython(begun, 1);
                },
                this::failed);
    }

    /** A second Java process dies while it has the archive's lock, and this service waits until its claim is broken. */
    synchronized void leaveClaim() throws IOException {
        Scene begun = begin(Scene.Kind.ARCHIVE);
        SecondInstance second =
                startSecond(begun, "archive", properties.longest().toString());
        begun.run(
                () -> {
                    second.awaitFirstHold(properties.longest());
                    second.child().kill();
                    second.child().over().join();
                    try (HeldLock held = archive.acquire(properties.longest());
                            HeldLock reading = lock.acquire(properties.longest())) {
                        archive.copy(data.ledger());
                    }
                },
                this::failed);
    }

    /** Removes what dead processes left of the archive's lock: a person has looked, and says so. */
    void breakClaims() {
        if (archive.breakLeftovers() == 0) {
            throw new BusyException("There is no leftover claim to break");
        }
        changes.signal();
    }

    /** Kills the second Java process, whatever it is doing. */
    synchronized void killSecond() {
        Scene current = scene;
        SecondInstance second = current == null ? null : current.second();
        if (second == null || !second.child().isAlive()) {
            throw new BusyException("There is no second process to kill");
        }
        second.child().kill();
    }

    synchronized void stop() {
        if (scene != null) {
            scene.stop();
        }
    }

    synchronized Status status() {
        Scene current = scene;
        if (current != null && current.isOver()) {
            current.stop();
            scene = null;
        }
        SecondInstance second = current == null ? null : current.second();
        return new Status(
                scene == null ? null : scene.kind(),
                scene == null ? List.of() : scene.running(),
                second == null || !second.child().isAlive()
                        ? null
                        : new Second(second.child().pid(), second.holdingSince()),
                pythonStatus,
                Map.copyOf(roles),
                List.copyOf(killed),
                leftovers(),
                problem);
    }

    /** None where they can't be read, for the rest of the page still can be shown; {@link #problem} says why. */
    private List<Leftover> leftovers() {
        try {
            return archive.leftovers().stream().map(Leftover::of).toList();
        } catch (FileLockException e) {
            problem = e.getMessage();
            return List.of();
        }
    }

    private Scene begin(Scene.Kind kind) {
        if (status().scene() != null) {
            throw new BusyException("Something is going on already; stop it, or wait until it is over");
        }
        problem = null;
        Scene begun = new Scene(kind);
        scene = begun;
        CompletableFuture.delayedExecutor(properties.longest().toMillis(), TimeUnit.MILLISECONDS)
                .execute(begun::stop);
        changes.signal();
        return begun;
    }

    private void takeTurnsInThreads(Scene scene, int countOfEach) {
        for (int i = 0; i < THREADS; i++) {
            scene.run(() -> takeTurns(countOfEach), this::failed);
        }
    }

    private void takeTurns(int count) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            Instant asked = Turn.now();
            // The annotation's lock, by hand: who watches may take longer than filelock.timeout before they press a
            // button.
            try (HeldLock held = lock.acquire(properties.longest())) {
                ledger.append(data.account(), 1, asked); // takes the lock we have once more, which is allowed
            }
            Thread.sleep(
                    ThreadLocalRandom.current().nextLong(2 * properties.pause().toMillis() + 1));
        }
    }

    private SecondInstance startSecond(Scene scene, String... task) throws IOException {
        SecondInstance second = SecondInstance.start(data, properties.longest(), changes::signal, task);
        scene.add(second);
        entered(second.child(), Role.SECOND);
        second.child().over().thenRun(() -> {
            remember(second.killed(Turn.now()));
            left(second.child(), "The second Java process");
        });
        return second;
    }

    private void startPython(Scene scene, int count) throws IOException {
        if (!lookForPython()) {
            return;
        }
        Child child = Child.start(
                python.command(List.of(
                        "--data=" + data.directory(),
                        "--account=" + data.account(),
                        "--count=" + count,
                        "--work=" + seconds(data.work()),
                        "--pause=" + seconds(properties.pause()),
                        "--poll=" + POLL,
                        "--timeout=" + seconds(properties.longest()))),
                properties.longest(),
                line -> changes.signal());
        scene.add(child);
        entered(child, Role.PYTHON);
        child.over().thenRun(() -> left(child, "The Python script"));
    }

    private static String seconds(Duration time) {
        return Double.toString(time.toMillis() / 1000.0);
    }

    private boolean lookForPython() {
        String version = python.look();
        synchronized (this) {
            pythonStatus = version == null
                    ? new PythonStatus(false, python.advice())
                    : new PythonStatus(true, "filelock " + version);
        }
        changes.signal();
        return version != null;
    }

    private synchronized void entered(Child child, Role role) {
        roles.put(child.pid(), role);
        if (roles.size() > KEPT) {
            roles.remove(roles.keySet().iterator().next());
        }
        changes.signal();
    }

    private synchronized void left(Child child, String name) {
        if (child.failed()) {
            problem = name + " (pid " + child.pid() + ") failed: " + child.lastWords();
            log.warn("{}", problem);
        }
        changes.signal();
    }

    private synchronized void remember(@Nullable Killed victim) {
        if (victim != null) {
            killed.add(victim);
            if (killed.size() > KEPT) {
                killed.remove();
            }
        }
    }

    private synchronized void failed(Exception e) {
        problem = "A turn of this service failed: " + e.getMessage();
        log.warn("A turn failed", e);
        changes.signal();
    }

    @Override
    public void destroy() throws InterruptedException {
        Scene last;
        synchronized (this) {
            last = scene;
        }
        if (last != null) {
            last.stop();
            if (!last.awaitThreads(LAST_WAIT)) {
                log.warn("Threads of the page still run after {}", LAST_WAIT);
            }
        }
    }
}
