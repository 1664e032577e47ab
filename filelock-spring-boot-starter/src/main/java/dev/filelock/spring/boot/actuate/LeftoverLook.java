package dev.filelock.spring.boot.actuate;

import dev.filelock.FileLockException;
import dev.filelock.LeftoverLock;
import dev.filelock.LockRegistry;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for leftovers in lock directories, each time on a thread of its own: a file system that hangs must not hang those who ask
 * what is the matter. What has been found when the time is up is the answer, and says that it may not be all.
 */
final class LeftoverLook {
    /** So many threads at most can be stuck in a file system. */
    private static final int AT_ONCE = 4;

    private final List<LockRegistry> registries;
    private final Semaphore turns = new Semaphore(AT_ONCE);

    LeftoverLook(List<LockRegistry> registries) {
        this.registries = registries;
    }

    /**
     * Where leftovers are.
     *
     * @param directory the name of the named directory, null for the default one
     * @param lock the lock that they keep others from
     */
    record Place(@Nullable String directory, LeftoverLock lock) {}

    /**
     * What was found.
     *
     * @param places in no order
     * @param cut why there may be more, in words; null if these are all
     */
    record Found(List<Place> places, @Nullable String cut) {}

    /**
     * Looks, but no longer than that, and for no more.
     *
     * @param which is given the path of each lock, and says whether its leftovers are looked for
     */
    Found look(Predicate<Path> which, int most, Duration limit) {
        if (!turns.tryAcquire()) {
            return new Found(
                    List.of(),
                    "no leftovers were looked for: the file system still keeps those waiting who asked before");
        }
        Search search = new Search(which, most);
        Thread thread = new Thread(search, "filelock-leftovers");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return search.soFar();
    }

    private final class Search implements Runnable {
        private final Predicate<Path> which;
        private final int most;
        private final List<Place> places = new CopyOnWriteArrayList<>();
        private volatile @Nullable String cut;
        private volatile boolean over;
        private volatile boolean done;

        Search(Predicate<Path> which, int most) {
            this.which = which;
            this.most = most;
        }

        @Override
        public void run() {
            try {
                for (LockRegistry registry : registries) {
                    in(registry);
                    registry.directories().keySet().forEach(name -> in(registry.directory(name)));
                }
                done = true;
            } finally {
                turns.release();
            }
        }

        private void in(LockRegistry registry) {
            try (Stream<LeftoverLock> found = registry.leftovers(path -> !over && which.test(path))) {
                Iterator<LeftoverLock> locks = found.iterator();
                while (!over && locks.hasNext()) {
                    if (places.size() == most) {
                        end("these are the first " + most + " locks with leftovers; there are more");
                    } else {
                        places.add(new Place(registry.directoryName(), locks.next()));
                    }
                }
            } catch (FileLockException | UncheckedIOException | IllegalStateException e) {
                cut = "there may be more leftovers: " + e.getMessage();
            }
        }

        private void end(String why) {
            cut = why;
            over = true;
        }

        /** Ends it, too. */
        Found soFar() {
            if (!done) {
                end("the search for leftovers was ended before it was through; there may be more");
            }
            return new Found(List.copyOf(places), cut);
        }
    }
}
