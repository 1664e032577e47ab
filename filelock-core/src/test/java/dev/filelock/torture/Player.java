package dev.filelock.torture;

import dev.filelock.FileLock;
import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import dev.filelock.engine.Leaks;
import dev.filelock.testing.FilesBelow;
import dev.filelock.testing.LibraryCopy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** A JVM that contends in every arena by every call there is, and writes down when it was in. */
public final class Player {
    private static final ScheduledExecutorService TROUBLE = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "trouble");
        thread.setDaemon(true);
        return thread;
    });

    /** Marks a failure that no fault excuses. */
    static final String BUG = "by a bug, ";

    /** None of them is ever collected, since JNA keeps them. */
    private static final int MOST_COPIES = 6;

    private static final AtomicInteger copies = new AtomicInteger();
    private static volatile boolean stopped;

    private Player() {}

    /**
     * Contends until told to stop, and then answers questions until told to quit.
     *
     * @param arguments journal, the oracle's directory, directory of the locks, seed, threads for each arena, backends
     */
    public static void main(String[] arguments) throws Exception {
        loadAll(Player.class.getClassLoader());
        for (String own : List.of("dev/filelock/torture", "dev/filelock/testing")) {
            for (String name : classesOf(Player.class, own)) {
                Class.forName(name, false, Player.class.getClassLoader());
            }
        }
        Path notes = Path.of(arguments[1]);
        Path directory = Path.of(arguments[2]);
        Random seeds = new Random(Long.parseLong(arguments[3]));
        int threads = Integer.parseInt(arguments[4]);
        List<Thread> contenders = new ArrayList<>();
        try (Journal journal = new Journal(Path.of(arguments[0]))) {
            for (String backend : arguments[5].split(",")) {
                Arena arena = new Arena(LockBackend.valueOf(backend), directory);
                for (int i = 0; i < threads; i++) {
                    Contender contender = new Contender(arena, i, notes, journal, new Random(seeds.nextLong()));
                    contenders.add(new Thread(contender, backend + "-" + i));
                }
            }
            contenders.forEach(Thread::start);
            answer(directory, contenders);
        }
    }

    /** A class that can't be loaded while descriptors are exhausted is broken for ever, as a JVM is whose classes lie in a directory. */
    private static void loadAll(ClassLoader loader) throws IOException, ClassNotFoundException {
        for (String name : classesOf(FileLock.class, "")) {
            Class.forName(name, true, loader);
        }
    }

    /** The names of all classes below a directory where one of them is from, none if that is no directory. */
    private static List<String> classesOf(Class<?> one, String below) throws IOException {
        Path classes = Path.of(URI.create(
                one.getProtectionDomain().getCodeSource().getLocation().toString()));
        if (!Files.isDirectory(classes)) {
            return List.of();
        }
        return FilesBelow.list(classes.resolve(below)).stream()
                .map(file -> classes.relativize(file).toString().replace('/', '.'))
                .filter(name -> name.endsWith(".class") && !name.contains("-info"))
                .map(name -> name.substring(0, name.length() - ".class".length()))
                .toList();
    }

    private static void answer(Path directory, List<Thread> contenders) throws IOException, InterruptedException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        say("ready");
        for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
            if (line.equals("stop")) {
                stopped = true;
                for (Thread contender : contenders) {
                    awaitEnd(contender);
                }
                say("stopped");
            } else {
                System.gc(); // finds the holds that were dropped
                say(Leaks.held(directory).size() + " held, "
                        + Leaks.waiting(directory).size() + " waiting");
            }
        }
    }

    /** It may wait for a hold that was dropped, which nobody finds any more once too little happens for a collection. */
    private static void awaitEnd(Thread contender) throws InterruptedException {
        while (contender.isAlive()) {
            System.gc();
            contender.join(1000);
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** One thread in one arena. */
    private static final class Contender implements Runnable {
        private final Arena arena;
        private final int thread;
        private final Journal journal;
        private final Random random;
        private final SharedNumber number;

        Contender(Arena arena, int thread, Path notes, Journal journal, Random random) throws IOException {
            this.arena = arena;
            this.thread = thread;
            this.journal = journal;
            this.random = random;
            this.number = new SharedNumber(arena.number(notes));
        }

        @Override
        public void run() {
            while (!stopped) {
                LockMode mode = arena.hasReaders() && random.nextInt(3) > 0 ? LockMode.READ : arena.writing();
                try {
                    turn(arena.lock(mode));
                } catch (FileLockTimeoutException e) {
                    trouble("timed out");
                } catch (FileLockException | IOException | UncheckedIOException e) {
                    journal.write('F', arena.backend(), thread, System.nanoTime(), e);
                    pause(50_000);
                } catch (RuntimeException | Error e) {
                    journal.write('F', arena.backend(), thread, System.nanoTime(), BUG + e);
                    e.printStackTrace();
                }
                pause(6_000);
            }
        }

        private void trouble(String what) {
            journal.write('D', arena.backend(), thread, System.nanoTime(), what);
        }

        private void turn(FileLock lock) throws IOException {
            switch (random.nextInt(12)) {
                case 0 -> once(lock);
                case 1, 2 -> hurried(lock);
                case 3, 4 -> interrupted(lock);
                case 5, 6 -> cancelled(lock);
                case 7 -> asynchronous(lock);
                case 8 -> nested(lock);
                case 9 -> plain(lock);
                default -> patient(lock);
            }
            if (random.nextInt(150) == 0) {
                dropped(lock);
            }
            if (random.nextInt(3000) == 0 && copies.incrementAndGet() <= MOST_COPIES) {
                byAnotherCopy(lock.mode());
            }
        }

        private void patient(FileLock lock) throws IOException {
            try (HeldLock held = lock.acquire()) {
                section(held);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this", e);
            }
        }

        private void once(FileLock lock) throws IOException {
            Optional<HeldLock> taken = lock.tryAcquire();
            if (taken.isPresent()) {
                try (HeldLock held = taken.get()) {
                    section(held);
                }
            }
        }

        private void hurried(FileLock lock) throws IOException {
            try (HeldLock held = lock.acquire(Duration.ofMillis(random.nextInt(40)))) {
                section(held);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this", e);
            }
        }

        /** The interrupt may come before, while waiting, inside, while releasing, or never. */
        private void interrupted(FileLock lock) throws IOException {
            Thread self = Thread.currentThread();
            AtomicBoolean over = new AtomicBoolean();
            TROUBLE.schedule(
                    () -> {
                        synchronized (over) {
                            if (!over.get()) {
                                self.interrupt();
                            }
                        }
                    },
                    random.nextInt(20_000),
                    TimeUnit.MICROSECONDS);
            try (HeldLock held = lock.acquire()) {
                section(held);
            } catch (InterruptedException e) {
                trouble("interrupted");
            } finally {
                synchronized (over) {
                    over.set(true);
                }
                Thread.interrupted();
            }
        }

        private void cancelled(FileLock lock) throws IOException {
            CompletableFuture<HeldLock> future = lock.acquireAsync();
            pause(15_000);
            if (future.cancel(true)) {
                trouble("cancelled");
            } else {
                inside(lock, future);
            }
        }

        private void asynchronous(FileLock lock) throws IOException {
            inside(lock, lock.acquireAsync());
        }

        private void inside(FileLock lock, CompletableFuture<HeldLock> future) throws IOException {
            try (HeldLock held = future.get()) {
                section(held);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this", e);
            } catch (ExecutionException e) {
                throw cause(e);
            }
        }

        private static RuntimeException cause(ExecutionException e) {
            return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }

        private void nested(FileLock lock) throws IOException {
            try (HeldLock outer = lock.acquire()) {
                HeldLock inner = random.nextBoolean() ? outer.again() : lock.acquire();
                inner.close();
                section(outer);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this", e);
            }
        }

        /** Without a handle that could be asked; but a lost hold can't be entered again. */
        private void plain(FileLock lock) throws IOException {
            lock.lock();
            try {
                section(lock.mode(), OptionalLong.empty(), () -> reenter(lock));
            } finally {
                lock.unlock();
            }
        }

        private static void reenter(FileLock lock) {
            Optional<HeldLock> again = lock.isHeldByCurrentThread() ? lock.tryAcquire() : Optional.empty();
            if (again.isEmpty()) { // its directory is another one now
                throw new LockLostException(
                        lock.path(), LockLostException.Reason.MARKER_MISSING, "this thread does not hold it any more");
            }
            try (HeldLock held = again.get()) {
                held.ensureValid();
            }
        }

        /** A hold whose handle is never closed: the collector has to find it. */
        private void dropped(FileLock lock) throws IOException {
            try {
                section(lock.acquireAsync().get());
            } catch (ExecutionException e) {
                throw cause(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this", e);
            }
            trouble("dropped");
            System.gc();
        }

        /** As an application does that a container drops afterwards; every other time it leaves its lock to the collector. */
        private void byAnotherCopy(LockMode mode) throws IOException {
            try (LibraryCopy copy = LibraryCopy.load()) {
                UnaryOperator<String> guest = guest(copy);
                String answer = guest.apply("take " + arena.backend() + " " + mode);
                if (!answer.equals(Guest.WELL)) {
                    throw new IOException("by another copy: " + answer);
                }
                section(mode, OptionalLong.empty(), () -> ask(guest));
                if (random.nextBoolean()) {
                    answer = guest.apply("release");
                    if (!answer.equals(Guest.WELL) && !answer.startsWith(Guest.LOST)) {
                        throw new IOException("by another copy: " + answer);
                    }
                }
            }
            trouble("application dropped");
            System.gc();
        }

        private UnaryOperator<String> guest(LibraryCopy copy) throws IOException {
            try {
                loadAll(copy.loader());
                return copy.user(Guest.class, arena.directory());
            } catch (LinkageError | IllegalStateException | ClassNotFoundException e) {
                throw new IOException("another copy can't be loaded", e);
            }
        }

        private void ask(UnaryOperator<String> guest) {
            String answer = guest.apply("ask");
            if (answer.startsWith(Guest.LOST)) {
                throw new LockLostException(arena.path(), LockLostException.Reason.MARKER_MISSING, answer);
            } else if (!answer.equals(Guest.WELL)) {
                throw new FileLockException(arena.path(), answer);
            }
        }

        private void section(HeldLock held) throws IOException {
            section(held.mode(), held.fencingToken(), held::ensureValid);
        }

        /** Is inside, and asks before it leaves whether it still had the lock. */
        private void section(LockMode mode, OptionalLong token, Runnable ask) throws IOException {
            long entered = System.nanoTime();
            long seen = number.read();
            if (token.isPresent()) {
                journal.write('E', arena.backend(), thread, mode, entered, seen, token.getAsLong());
            } else {
                journal.write('E', arena.backend(), thread, mode, entered, seen);
            }
            pause(random.nextInt(25) == 0 ? 60_000 : 1_500);
            long now = seen;
            if (mode == LockMode.READ) {
                now = number.read();
            } else {
                number.write(++now);
            }
            long leaving = System.nanoTime();
            try {
                ask.run();
                journal.write('L', arena.backend(), thread, leaving, now);
            } catch (LockLostException e) {
                journal.write('X', arena.backend(), thread, leaving, now, System.nanoTime(), e.getMessage());
            } catch (FileLockException e) { // it can't be found out
                journal.write('L', arena.backend(), thread, leaving, now);
                throw e;
            }
        }

        private void pause(int atMostMicros) {
            LockSupport.parkNanos(1000L * random.nextInt(atMostMicros));
        }
    }
}
